(** * The running-extremum recurrence

    Condition (G):  g_v >= g_j (1 - 1/Bbar_j) for v < j, with
    Bbar_j = prod_{t<j} max (a_t, 1); here without division.  Under (G) the table
    Q of the interval program has a recurrence of O(1) per interval: for every
    start i, with X_0 = 1,

      X_{n+1} = a_j [ (1-g_j) X_n + g_j run_n ],      j = i+n,

    where run_n is the max (min) of X_0 .. X_n: then Q over the n steps from i
    on is X_n.  Max and min are again one proof with the order as a parameter.

    Why it holds.  A tree ending at j is a_j times a product of h_j(block).
    Read the blocks from the clean side, with everything before them already
    in a product: a first block on the good side of 1 is better outside the
    node; a first block on the bad side is better joined with the next one, by
    the exchange identity if the next one is <= 1, and otherwise by hanging it
    on the first tree of the next block, where (G) makes that pay.  So one
    block, or none, is left. *)

From Coq Require Import List Arith Lia Reals Lra Psatz.
From Symmerge Require Import Plan Merge Scalar OneSided Canonical DynamicProgram.
Import ListNotations.
Local Open Scope R_scope.

Definition condition_G (a g : nat -> R) (T : nat) : Prop :=
  forall v j, (1 <= v)%nat -> (v < j)%nat -> (j <= T)%nat ->
  let bound := over (fun t => Rmax (a t) 1) (seq 1 (j - 1)) in
  g j * (bound - 1) <= g v * bound.

(** (G) holds for every non-increasing g, in particular for a constant one. *)
Lemma G_nonincreasing : forall a g T, shrinkage g T ->
  (forall v j, (1 <= v)%nat -> (v < j)%nat -> (j <= T)%nat -> g j <= g v) ->
  condition_G a g T.
Proof.
  intros a g T Hg H v j H1 H2 H3 bound.
  assert (G := Hg j ltac:(lia)). assert (D := H v j H1 H2 H3).
  assert (1 <= bound).
  { unfold bound. apply over_above, Forall_forall. intros t _. apply Rmax_r. }
  nra.
Qed.

(** The recurrence, as a program: the pair (X_n, run_n). *)
Fixpoint running (pick : R -> R -> R) (a g : nat -> R) (i n : nat) : R * R :=
  match n with
  | 0%nat => (1, 1)
  | S n' =>
      let (x, s) := running pick a g i n' in
      let j := (i + n')%nat in
      let x' := a j * ((1 - g j) * x + g j * s) in
      (x', pick s x')
  end.

(** ** No value exceeds prod max (a_t, 1) *)

Lemma over_max_ge_1 : forall a l, 1 <= over (fun t => Rmax (a t) 1) l.
Proof.
  intros a l. apply over_above, Forall_forall. intros t _. apply Rmax_r.
Qed.

Lemma value_bound : forall a g,
  (forall i j p, covers i j p ->
     (forall t, (i <= t <= j)%nat -> 0 < a t /\ 0 <= g t <= 1) ->
     M a g p <= over (fun t => Rmax (a t) 1) (leaves p)) /\
  (forall i j f, coversP i j f ->
     (forall t, (i <= t <= j)%nat -> 0 < a t /\ 0 <= g t <= 1) ->
     Mparts a g f <= over (fun t => Rmax (a t) 1) (leavesP f)).
Proof.
  intros a g. apply covers_coversP_ind; cbn [leaves leavesP].
  - intros t H. rewrite over_one, M_leaf. apply Rmax_l.
  - intros i k j f r Hf IHf Hr IHr H.
    assert (L1 := proj2 covers_le _ _ _ Hf). assert (L2 := proj1 covers_le _ _ _ Hr).
    assert (F := IHf ltac:(intros; apply H; lia)).
    assert (R := IHr ltac:(intros; apply H; lia)).
    assert (PR := proj1 (values_positive a g) _ _ _ Hr ltac:(intros; apply H; lia)).
    assert (PF := proj2 (values_positive a g) _ _ _ Hf ltac:(intros; apply H; lia)).
    assert (O := over_max_ge_1 a (leavesP f)).
    assert (G := proj2 (H j ltac:(lia))).
    rewrite M_node, over_app, (covers_last _ _ _ Hr), Rmult_comm.
    apply mul_le; [apply Rlt_le, h_pos; lra|lra| |exact R].
    rewrite h_eq. nra.
  - intros i j p Hp IH H. rewrite Mparts_one. auto.
  - intros i k j p f Hp IHp Hf IHf H.
    assert (L1 := proj1 covers_le _ _ _ Hp). assert (L2 := proj2 covers_le _ _ _ Hf).
    assert (F := IHf ltac:(intros; apply H; lia)).
    assert (P := IHp ltac:(intros; apply H; lia)).
    assert (PP := proj1 (values_positive a g) _ _ _ Hp ltac:(intros; apply H; lia)).
    assert (PF := proj2 (values_positive a g) _ _ _ Hf ltac:(intros; apply H; lia)).
    rewrite Mparts_more, over_app. apply mul_le; lra.
Qed.

(** ** Joining sequences of parts *)

Fixpoint append (f1 f2 : parts) : parts :=
  match f1 with
  | one p => more p f2
  | more p f => more p (append f f2)
  end.

Lemma append_value : forall a g f1 f2,
  Mparts a g (append f1 f2) = Mparts a g f1 * Mparts a g f2.
Proof.
  intros a g f1 f2. induction f1 as [p|p f IH] using parts_list_ind.
  - reflexivity.
  - cbn [append]. rewrite !Mparts_more, IH. ring.
Qed.

Lemma append_covers : forall f1 f2 i k j, coversP i k f1 -> coversP (S k) j f2 ->
  coversP i j (append f1 f2).
Proof.
  intros f1 f2. induction f1 as [p|p f IH] using parts_list_ind;
    intros i k j H1 H2; inversion H1; subst; cbn [append];
    eapply covers_more; eauto.
Qed.

(** Hanging fa on the first tree of f: a new node around that tree. *)
Definition hang (fa f : parts) : parts :=
  match f with
  | one p => one (node fa p)
  | more p f' => more (node fa p) f'
  end.

Lemma hang_spec : forall a g fa f i k j, coversP i k fa -> coversP (S k) j f ->
  coversP i j (hang fa f) /\
  exists v, (S k <= v <= j)%nat /\
    Mparts a g (hang fa f) = Mparts a g f * h (g v) (Mparts a g fa).
Proof.
  intros a g fa f i k j Ha Hf.
  inversion Hf as [? ? p Hp|? v ? p f' Hp Hf']; subst; cbn [hang].
  - assert (L := proj1 covers_le _ _ _ Hp). split.
    + constructor. eapply covers_node; eassumption.
    + exists j. split; [lia|].
      rewrite !Mparts_one, M_node, (covers_last _ _ _ Hp). reflexivity.
  - assert (L := proj1 covers_le _ _ _ Hp). assert (L' := proj2 covers_le _ _ _ Hf').
    split.
    + eapply covers_more; [eapply covers_node; eassumption|exact Hf'].
    + exists v. split; [lia|].
      rewrite !Mparts_more, M_node, (covers_last _ _ _ Hp). ring.
Qed.

(** ** The recurrence, for an order with the properties of max or min *)

Section Extremum.
  Variable le : R -> R -> Prop.
  Hypothesis le_refl : forall x, le x x.
  Hypothesis le_trans : forall x y z, le x y -> le y z -> le x z.
  Hypothesis le_antisym : forall x y, le x y -> le y x -> x = y.
  Hypothesis le_total : forall x y, le x y \/ le y x.
  Hypothesis le_mul : forall x y x' y', 0 < x -> 0 < y -> 0 < x' -> 0 < y' ->
    le x x' -> le y y' -> le (x * y) (x' * y').
  Hypothesis le_add : forall x y x' y', le x x' -> le y y' -> le (x + y) (x' + y').
  Hypothesis le_scale : forall c x y, 0 <= c -> le x y -> le (c * x) (c * y).
  Hypothesis le_cancel : forall x y, 0 < x -> le (x * y) x -> le y 1.
  Hypothesis le_h : forall g x y, 0 <= g <= 1 -> le x y -> le (h g x) (h g y).
  (** A block on the good side of 1 is better outside of the node. *)
  Hypothesis le_pull : forall g A, 0 <= g <= 1 -> le 1 A -> le (h g A) A.
  (** A block on the bad side is better joined with the next one. *)
  Hypothesis le_join : forall g A B, 0 <= g <= 1 -> le A 1 -> B <= 1 ->
    le (h g A * h g B) (h g (A * B)).
  Hypothesis le_hang : forall gj gv A B, 0 <= gj <= 1 -> le A 1 -> 1 <= B ->
    gj * (B - 1) <= gv * B -> le (h gj A * h gj B) (h gj (B * h gv A)).

  Variables (a g : nat -> R) (T : nat) (Mx Qx : nat -> nat -> R).
  Hypothesis Ha : positive a T.
  Hypothesis Hg : shrinkage g T.
  Hypothesis HG : condition_G a g T.
  Hypothesis Hfill : filled le a g T Mx Qx.

  (** Q over the n steps from i on; 1 when there is none. *)
  Definition Qn (i n : nat) : R := match n with 0%nat => 1 | S n' => Qx i (i + n') end.

  Let exact := exact_interval le le_refl le_trans le_mul le_h a g T Mx Qx Ha Hg Hfill.

  Lemma Qn_attained : forall i n, (1 <= i)%nat -> (i + n <= T)%nat ->
    exists f, coversP i (i + n) f /\ Qn i (S n) = Mparts a g f.
  Proof. intros i n H1 H2. apply (exact i (i + n)%nat); lia. Qed.

  Lemma Qn_bound : forall i n f, (1 <= i)%nat -> (i + n <= T)%nat ->
    coversP i (i + n) f -> le (Mparts a g f) (Qn i (S n)).
  Proof.
    intros i n f H1 H2 Hf. apply (exact i (i + n)%nat); try lia. exists f. auto.
  Qed.

  Lemma ag : forall i j, (1 <= i)%nat -> (j <= T)%nat ->
    forall t, (i <= t <= j)%nat -> 0 < a t /\ 0 <= g t <= 1.
  Proof. intros i j H1 H2 t Ht. split; [apply Ha | apply Hg]; lia. Qed.

  Lemma Qn_pos : forall i n, (1 <= i)%nat -> (i + n <= S T)%nat -> 0 < Qn i n.
  Proof.
    intros i [|n] H1 H2; [simpl; lra|].
    destruct (Qn_attained i n) as (f & Hf & ->); try lia.
    apply (proj2 (values_positive a g) _ _ _ Hf), ag; lia.
  Qed.

  Lemma Qn_closure : forall i m l, (1 <= i)%nat -> (i + m + l <= S T)%nat ->
    le (Qn i m * Qn (i + m) l) (Qn i (m + l)).
  Proof.
    intros i [|m] [|l] H1 H2.
    - simpl. rewrite Rmult_1_r. apply le_refl.
    - rewrite Nat.add_0_r. change (Qn i 0) with 1. rewrite Rmult_1_l. apply le_refl.
    - rewrite Nat.add_0_r. change (Qn (i + S m) 0) with 1. rewrite Rmult_1_r. apply le_refl.
    - destruct (Qn_attained i m) as (f1 & F1 & ->); try lia.
      destruct (Qn_attained (i + S m) l) as (f2 & F2 & ->); try lia.
      replace (i + S m)%nat with (S (i + m)) in F2 by lia.
      rewrite <- append_value. replace (S m + S l)%nat with (S (m + S l)) by lia.
      apply Qn_bound; [lia|lia|].
      apply (append_covers f1 f2 i (i + m)); [exact F1|].
      replace (i + (m + S l))%nat with (S (i + m) + l)%nat by lia. exact F2.
  Qed.

  Lemma Qn_hang : forall i m l, (1 <= i)%nat -> (i + S m + S l <= S T)%nat ->
    exists v, (i + S m <= v <= i + S m + l)%nat /\
    le (Qn (i + S m) (S l) * h (g v) (Qn i (S m))) (Qn i (S m + S l)).
  Proof.
    intros i m l H1 H2.
    destruct (Qn_attained i m) as (f1 & F1 & ->); try lia.
    destruct (Qn_attained (i + S m) l) as (f2 & F2 & ->); try lia.
    replace (i + S m)%nat with (S (i + m)) in F2 |- * by lia.
    destruct (hang_spec a g f1 f2 i (i + m) (S (i + m) + l) F1 F2) as (K & v & Hv & E).
    exists v. split; [lia|]. rewrite <- E.
    replace (S m + S l)%nat with (S (m + S l)) by lia.
    apply Qn_bound; [lia|lia|].
    replace (i + (m + S l))%nat with (S (i + m) + l)%nat by lia. exact K.
  Qed.

  (** (G) for a block which ends before j. *)
  Lemma G_block : forall i l v j, (1 <= i)%nat -> (i + l < j)%nat -> (j <= T)%nat ->
    (1 <= v < j)%nat -> g j * (Qn i (S l) - 1) <= g v * Qn i (S l).
  Proof.
    intros i l v j H1 H2 H3 H4.
    assert (G := HG v j ltac:(lia) ltac:(lia) H3). cbv zeta in G.
    destruct (Qn_attained i l) as (f & Hf & E); try lia.
    assert (B := proj2 (value_bound a g) _ _ _ Hf (ag i (i + l) ltac:(lia) ltac:(lia))).
    rewrite <- E, (proj2 covers_leaves_seq _ _ _ Hf) in B.
    assert (P := Qn_pos i (S l) ltac:(lia) ltac:(lia)).
    replace (j - 1)%nat with ((i - 1) + ((S (i + l) - i) + (j - 1 - (i + l))))%nat in G by lia.
    rewrite !seq_app, !over_app in G.
    replace (1 + (i - 1))%nat with i in G by lia.
    assert (O1 := over_max_ge_1 a (seq 1 (i - 1))).
    assert (O2 := over_max_ge_1 a (seq i (S (i + l) - i))).
    assert (O3 := over_max_ge_1 a (seq (i + (S (i + l) - i)) (j - 1 - (i + l)))).
    set (o1 := over _ (seq 1 (i - 1))) in *.
    set (o2 := over _ (seq i (S (i + l) - i))) in *.
    set (o3 := over _ (seq (i + (S (i + l) - i)) (j - 1 - (i + l)))) in *.
    assert (Hb : Qn i (S l) <= o1 * (o2 * o3)).
    { apply Rle_trans with (1 * (o2 * 1)); [lra|].
      apply mul_le; [lra|lra|exact O1|]. apply mul_le; lra. }
    assert (Gj := Hg j ltac:(lia)). assert (Gv := Hg v ltac:(lia)).
    destruct (Rle_lt_dec (g j) (g v)); nra.
  Qed.

  (** The blocks of a tree which ends at j. *)
  Fixpoint Bl (gj : R) (s : nat) (ns : list nat) : R :=
    match ns with
    | [] => 1
    | n :: ns' => h gj (Qn s (S n)) * Bl gj (s + S n) ns'
    end.

  Lemma Bl_pos : forall j ns s, (1 <= s)%nat -> (s + total ns <= j)%nat -> (j <= T)%nat ->
    0 < Bl (g j) s ns.
  Proof.
    intros j. induction ns as [|n ns IH]; intros s H1 H2 H3.
    - apply Rlt_0_1.
    - cbn [Bl]. change (total (n :: ns)) with (S n + total ns)%nat in H2.
      apply Rmult_lt_0_compat.
      + apply h_pos; [apply Hg; lia|]. apply Qn_pos; lia.
      + apply IH; lia.
  Qed.

  Lemma tree_blocks : forall s j p, covers s j p -> (1 <= s)%nat -> (j <= T)%nat ->
    exists ns, (s + total ns)%nat = j /\ le (M a g p) (a j * Bl (g j) s ns).
  Proof.
    intros s j p Hp. revert s Hp.
    refine (plan_mut (fun p => forall s, covers s j p -> (1 <= s)%nat -> (j <= T)%nat ->
      exists ns, (s + total ns)%nat = j /\ le (M a g p) (a j * Bl (g j) s ns))
      (fun _ => True) _ _ _ _ p); trivial; clear p.
    - intros t s Hp H1 H2. inversion Hp; subst. exists []. split; [simpl; lia|].
      cbn [Bl]. rewrite M_leaf, Rmult_1_r. apply le_refl.
    - intros f _ r IH s Hp H1 H2. inversion Hp as [|? k ? ? ? Hf Hr]; subst.
      assert (L1 := proj2 covers_le _ _ _ Hf). assert (L2 := proj1 covers_le _ _ _ Hr).
      destruct (IH _ Hr ltac:(lia) H2) as (ns & E & L).
      exists ((k - s)%nat :: ns). split.
      { change (total ((k - s)%nat :: ns)) with (S (k - s) + total ns)%nat. lia. }
      cbn [Bl]. replace (s + S (k - s))%nat with (S k) by lia.
      rewrite M_node, (covers_last _ _ _ Hr).
      replace (a j * (h (g j) (Qn s (S (k - s))) * Bl (g j) (S k) ns))
        with (a j * Bl (g j) (S k) ns * h (g j) (Qn s (S (k - s)))) by ring.
      assert (Gj := Hg j ltac:(lia)). assert (Aj := Ha j ltac:(lia)).
      assert (PF := proj2 (values_positive a g) _ _ _ Hf (ag s k ltac:(lia) ltac:(lia))).
      assert (PR := proj1 (values_positive a g) _ _ _ Hr (ag (S k) j ltac:(lia) ltac:(lia))).
      apply le_mul.
      + exact PR.
      + apply h_pos; assumption.
      + apply Rmult_lt_0_compat; [exact Aj|]. apply Bl_pos; lia.
      + apply h_pos; [exact Gj|]. apply Qn_pos; lia.
      + exact L.
      + apply le_h; [exact Gj|]. apply Qn_bound; [lia|lia|].
        replace (s + (k - s))%nat with k by lia. exact Hf.
  Qed.

  (** Blocks behind a product: only one of the two shapes remains. *)
  Lemma blocks_reduce : forall j c ns i k, (length ns <= c)%nat -> (1 <= i)%nat ->
    (i + k + total ns)%nat = j -> (j <= T)%nat ->
    exists m, (m <= k + total ns)%nat /\
    le (Qn i k * Bl (g j) (i + k) ns)
       ((1 - g j) * Qn i (k + total ns) + g j * Qn i m).
  Proof.
    intros j. induction c as [|c IH]; intros ns i k Hc H1 Hj HT;
      assert (Gj := Hg j ltac:(lia)); destruct ns as [|n ns];
      cbn [length] in Hc; try lia.
    1,2: exists k; change (total []) with 0%nat; rewrite Nat.add_0_r; split; [lia|];
      cbn [Bl]; replace ((1 - g j) * Qn i k + g j * Qn i k) with (Qn i k * 1) by ring;
      apply le_refl.
    change (total (n :: ns)) with (S n + total ns)%nat in *. cbn [Bl].
    assert (PQ := Qn_pos i k ltac:(lia) ltac:(lia)).
    assert (PA := Qn_pos (i + k) (S n) ltac:(lia) ltac:(lia)).
    assert (PB := Bl_pos j ns (i + k + S n) ltac:(lia) ltac:(lia) HT).
    assert (HA := h_pos (g j) Gj _ PA).
    destruct (le_total 1 (Qn (i + k) (S n))) as [Good|Bad].
    - (* pull the first block out *)
      destruct (IH ns i (k + S n)%nat ltac:(lia) H1 ltac:(lia) HT) as (m & Hm & L).
      exists m. split; [lia|].
      replace (k + (S n + total ns))%nat with (k + S n + total ns)%nat by lia.
      eapply le_trans; [|exact L].
      replace (i + (k + S n))%nat with (i + k + S n)%nat by lia.
      rewrite <- Rmult_assoc. apply le_mul; trivial.
      + apply Rmult_lt_0_compat; assumption.
      + apply Qn_pos; lia.
      + apply le_trans with (Qn i k * Qn (i + k) (S n)).
        * apply le_scale; [lra|]. apply le_pull; assumption.
        * apply Qn_closure; lia.
    - destruct ns as [|n2 ns].
      + (* one block *)
        exists k. split; [lia|]. cbn [Bl]. change (total []) with 0%nat.
        rewrite Nat.add_0_r.
        replace (Qn i k * (h (g j) (Qn (i + k) (S n)) * 1))
          with ((1 - g j) * (Qn i k * Qn (i + k) (S n)) + g j * Qn i k)
          by (rewrite h_eq; ring).
        apply le_add; [|apply le_refl]. apply le_scale; [lra|]. apply Qn_closure; lia.
      + (* join the first two *)
        change (total (n2 :: ns)) with (S n2 + total ns)%nat in *. cbn [Bl] in PB |- *.
        cbn [length] in Hc.
        destruct (IH ((n + S n2)%nat :: ns) i k) as (m & Hm & L);
          [cbn [length]; lia | exact H1 | | exact HT |].
        { change (total ((n + S n2)%nat :: ns)) with (S (n + S n2) + total ns)%nat. lia. }
        change (total ((n + S n2)%nat :: ns)) with (S (n + S n2) + total ns)%nat in *.
        exists m. split; [lia|].
        replace (k + (S n + (S n2 + total ns)))%nat
          with (k + (S (n + S n2) + total ns))%nat by lia.
        eapply le_trans; [|exact L]. apply le_scale; [lra|]. cbn [Bl].
        replace (i + k + S (n + S n2))%nat with (i + k + S n + S n2)%nat by lia.
        rewrite <- Rmult_assoc.
        assert (PB2 := Qn_pos (i + k + S n) (S n2) ltac:(lia) ltac:(lia)).
        assert (HB := h_pos (g j) Gj _ PB2).
        apply le_mul.
        * apply Rmult_lt_0_compat; assumption.
        * apply Bl_pos; lia.
        * apply h_pos; [exact Gj|]. apply Qn_pos; lia.
        * apply Bl_pos; lia.
        * replace (S (n + S n2)) with (S n + S n2)%nat by lia.
          destruct (Rle_lt_dec (Qn (i + k + S n) (S n2)) 1) as [B1|B1].
          -- eapply le_trans; [apply le_join; eassumption|].
             apply le_h; [exact Gj|]. apply Qn_closure; lia.
          -- destruct (Qn_hang (i + k) n n2) as (v & Hv & K); try lia.
             apply le_trans with
               (h (g j) (Qn (i + k + S n) (S n2) * h (g v) (Qn (i + k) (S n)))).
             ++ apply le_hang; trivial; [lra|]. apply G_block; lia.
             ++ apply le_h; [exact Gj|exact K].
        * apply le_refl.
  Qed.

  Lemma Qn_upper : forall i n, (1 <= i)%nat -> (i + n <= T)%nat ->
    exists m, (m <= n)%nat /\
    le (Qn i (S n))
       (a (i + n)%nat * ((1 - g (i + n)%nat) * Qn i n + g (i + n)%nat * Qn i m)).
  Proof.
    intros i n H1 H2. set (j := (i + n)%nat).
    assert (Aj : 0 < a j) by (apply Ha; lia).
    assert (step : forall k q, (k <= n)%nat -> covers (i + k) j q ->
      exists m, (m <= n)%nat /\
      le (Qn i k * M a g q) (a j * ((1 - g j) * Qn i n + g j * Qn i m))).
    { intros k q Hk Hq.
      destruct (tree_blocks _ _ _ Hq ltac:(lia) ltac:(lia)) as (ns & E & L).
      destruct (blocks_reduce j (length ns) ns i k (le_n _) H1 E ltac:(lia)) as (m & Hm & K).
      replace (k + total ns)%nat with n in * by lia.
      exists m. split; [exact Hm|].
      apply le_trans with (a j * (Qn i k * Bl (g j) (i + k) ns)).
      - replace (a j * (Qn i k * Bl (g j) (i + k) ns))
          with (Qn i k * (a j * Bl (g j) (i + k) ns)) by ring.
        apply le_scale; [|exact L]. apply Rlt_le, Qn_pos; lia.
      - apply le_scale; [lra|exact K]. }
    destruct (Qn_attained i n H1 H2) as (f & Hf & ->).
    destruct (unsnoc _ _ _ Hf) as [(q & -> & Hq)|(k & f' & q & -> & Hf' & Hq)].
    - rewrite Mparts_one. destruct (step 0%nat q) as (m & Hm & L); [lia| |].
      + rewrite Nat.add_0_r. exact Hq.
      + exists m. split; [exact Hm|]. change (Qn i 0) with 1 in L.
        rewrite Rmult_1_l in L. exact L.
    - assert (L1 := proj2 covers_le _ _ _ Hf'). assert (L2 := proj1 covers_le _ _ _ Hq).
      destruct (step (S (k - i)) q) as (m & Hm & L); [lia| |].
      + replace (i + S (k - i))%nat with (S k) by lia. exact Hq.
      + exists m. split; [exact Hm|]. eapply le_trans; [|exact L].
        rewrite snoc_value. apply le_mul.
        * apply (proj2 (values_positive a g) _ _ _ Hf'), ag; lia.
        * apply (proj1 (values_positive a g) _ _ _ Hq), ag; lia.
        * apply Qn_pos; lia.
        * apply (proj1 (values_positive a g) _ _ _ Hq), ag; lia.
        * apply Qn_bound; [lia|lia|]. replace (i + (k - i))%nat with k by lia. exact Hf'.
        * apply le_refl.
  Qed.

  Definition best_at (i n m : nat) : Prop :=
    (m <= n)%nat /\ forall l, (l <= n)%nat -> le (Qn i l) (Qn i m).

  (** One consistency-type block after position m. *)
  Lemma Qn_lower : forall i m l, (1 <= i)%nat -> (i + m + l <= T)%nat ->
    let j := (i + m + l)%nat in
    le (Qn i m * (a j * h (g j) (Qn (i + m) l))) (Qn i (S (m + l))).
  Proof.
    intros i m l H1 H2 j.
    assert (L : le (a j * h (g j) (Qn (i + m) l)) (Qn (i + m) (S l))).
    { destruct l as [|l].
      - change (Qn (i + m) 0) with 1. rewrite h_of_1, Rmult_1_r.
        change (le (Mparts a g (one (leaf j))) (Qn (i + m) 1)).
        apply Qn_bound; [lia|lia|]. constructor.
        replace j with (i + m + 0)%nat by reflexivity.
        rewrite Nat.add_0_r. constructor.
      - destruct (Qn_attained (i + m) l) as (f & Hf & ->); try lia.
        change (a j * h (g j) (Mparts a g f)) with (M a g (node f (leaf j))).
        rewrite <- Mparts_one. apply Qn_bound; [lia|unfold j in *; lia|].
        constructor. eapply covers_node; [exact Hf|].
        replace (S (i + m + l)) with j by (unfold j; lia).
        replace (i + m + S l)%nat with j by (unfold j; lia). constructor. }
    replace (S (m + l)) with (m + S l)%nat by lia.
    eapply le_trans; [|apply Qn_closure; lia].
    apply le_scale; [|exact L]. apply Rlt_le, Qn_pos; lia.
  Qed.

  Theorem recurrence : forall c i n m, (i + n < c)%nat -> (1 <= i)%nat -> (i + n <= T)%nat ->
    best_at i n m ->
    Qn i (S n) = a (i + n)%nat * ((1 - g (i + n)%nat) * Qn i n + g (i + n)%nat * Qn i m).
  Proof.
    induction c as [|c IH]; intros i n m Hc H1 H2 [Hm Hbest]; [lia|].
    assert (Gj := Hg (i + n)%nat ltac:(lia)). assert (Aj := Ha (i + n)%nat ltac:(lia)).
    (* after the best position everything is a chain of its own *)
    assert (factor : forall l, (m + l <= n)%nat ->
      Qn i (m + l) = Qn i m * Qn (i + m) l).
    { intros l. induction l as [l IHl] using lt_wf_ind. intros Hl.
      destruct l as [|l].
      - rewrite Nat.add_0_r. change (Qn (i + m) 0) with 1. symmetry. apply Rmult_1_r.
      - replace (m + S l)%nat with (S (m + l)) by lia.
        rewrite (IH i (m + l)%nat m ltac:(lia) ltac:(lia) ltac:(lia)).
        1: rewrite (IH (i + m)%nat l 0%nat ltac:(lia) ltac:(lia) ltac:(lia)).
        + rewrite (IHl l) by lia. change (Qn (i + m) 0) with 1.
          replace (i + (m + l))%nat with (i + m + l)%nat by lia. ring.
        + split; [lia|]. intros l' Hl'. change (Qn (i + m) 0) with 1.
          apply le_cancel with (Qn i m); [apply Qn_pos; lia|].
          rewrite <- IHl by lia. apply Hbest. lia.
        + split; [lia|]. intros l' Hl'. apply Hbest. lia. }
    apply le_antisym.
    - destruct (Qn_upper i n H1 H2) as (m' & Hm' & L).
      eapply le_trans; [exact L|]. apply le_scale; [lra|].
      apply le_add; [apply le_refl|]. apply le_scale; [lra|]. apply Hbest, Hm'.
    - assert (L := Qn_lower i m (n - m) H1 ltac:(lia)). cbv zeta in L.
      replace (i + m + (n - m))%nat with (i + n)%nat in L by lia.
      replace (m + (n - m))%nat with n in L by lia.
      assert (F := factor (n - m)%nat ltac:(lia)).
      replace (m + (n - m))%nat with n in F by lia.
      replace (a (i + n)%nat * ((1 - g (i + n)%nat) * Qn i n + g (i + n)%nat * Qn i m))
        with (Qn i m * (a (i + n)%nat * h (g (i + n)%nat) (Qn (i + m) (n - m))))
        by (rewrite F, h_eq; ring).
      exact L.
  Qed.

  (** What lies behind the best position is a chain of its own. *)
  Lemma best_factor : forall i n m, (1 <= i)%nat -> (i + n <= S T)%nat ->
    best_at i n m -> forall l, (m + l <= n)%nat ->
    Qn i (m + l) = Qn i m * Qn (i + m) l.
  Proof.
    intros i n m H1 H2 [Hm Hbest] l. induction l as [l IHl] using lt_wf_ind. intros Hl.
    destruct l as [|l].
    - rewrite Nat.add_0_r. change (Qn (i + m) 0) with 1. symmetry. apply Rmult_1_r.
    - replace (m + S l)%nat with (S (m + l)) by lia.
      rewrite (recurrence (S (i + (m + l))) i (m + l)%nat m ltac:(lia) ltac:(lia) ltac:(lia)).
      1: rewrite (recurrence (S (i + m + l)) (i + m)%nat l 0%nat
                   ltac:(lia) ltac:(lia) ltac:(lia)).
      + rewrite (IHl l) by lia. change (Qn (i + m) 0) with 1.
        replace (i + (m + l))%nat with (i + m + l)%nat by lia. ring.
      + split; [lia|]. intros l' Hl'. change (Qn (i + m) 0) with 1.
        apply le_cancel with (Qn i m); [apply Qn_pos; lia|].
        rewrite <- IHl by lia. apply Hbest. lia.
      + split; [lia|]. intros l' Hl'. apply Hbest. lia.
  Qed.

  Variable pick : R -> R -> R.
  Hypothesis pick_one : forall x y, pick x y = x \/ pick x y = y.
  Hypothesis pick_l : forall x y, le x (pick x y).
  Hypothesis pick_r : forall x y, le y (pick x y).

  Theorem running_exact : forall i n, (1 <= i)%nat -> (i + n <= S T)%nat ->
    fst (running pick a g i n) = Qn i n /\
    exists m, best_at i n m /\ snd (running pick a g i n) = Qn i m.
  Proof.
    intros i n H1. induction n as [|n IH]; intros H2.
    - split; [reflexivity|]. exists 0%nat. split; [|reflexivity].
      split; [lia|]. intros l Hl. replace l with 0%nat by lia. apply le_refl.
    - destruct (IH ltac:(lia)) as (E1 & m & Hm & E2). cbn [running].
      destruct (running pick a g i n) as [x s]. cbn [fst snd] in *. subst x s.
      assert (E := recurrence (S (i + n)) i n m ltac:(lia) H1 ltac:(lia) Hm).
      rewrite <- E. split; [reflexivity|]. destruct Hm as [Hm Hb].
      destruct (pick_one (Qn i m) (Qn i (S n))) as [P|P].
      + exists m. split; [|exact P]. split; [lia|]. intros l Hl.
        destruct (Nat.eq_dec l (S n)) as [->|N]; [|apply Hb; lia].
        rewrite <- P. apply pick_r.
      + exists (S n). split; [|exact P]. split; [lia|]. intros l Hl.
        destruct (Nat.eq_dec l (S n)) as [->|N]; [apply le_refl|].
        apply le_trans with (Qn i m); [apply Hb; lia|]. rewrite <- P. apply pick_l.
  Qed.
End Extremum.

(** ** Max and min *)

Theorem running_max_exact : forall a g T Mx Qx,
  positive a T -> shrinkage g T -> condition_G a g T -> filled Rle a g T Mx Qx ->
  forall i j, (1 <= i)%nat -> (i <= j)%nat -> (j <= T)%nat ->
  Qx i j = fst (running Rmax a g i (S j - i)).
Proof.
  intros a g T Mx Qx Ha Hg HG Hf i j H1 H2 H3.
  destruct (running_exact Rle) with (a := a) (g := g) (T := T) (Mx := Mx) (Qx := Qx)
    (pick := Rmax) (i := i) (n := (S j - i)%nat) as [E _]; trivial; intros; try lra; try lia.
  - apply mul_le; lra.
  - apply Rmult_le_compat_l; assumption.
  - nra.
  - apply h_mono; assumption.
  - apply h_lowers; assumption.
  - apply h_join; [assumption|]. apply Rmult_le_pos; lra.
  - assert (E := identity_I3 gj gv A B).
    assert (0 <= (1 - gj) * (1 - A) * (gv * B - gj * (B - 1)))
      by (repeat apply Rmult_le_pos; lra). lra.
  - unfold Rmax. destruct (Rle_dec x y); auto.
  - apply Rmax_l.
  - apply Rmax_r.
  - rewrite E. unfold Qn. replace (S j - i)%nat with (S (j - i)) by lia. f_equal. lia.
Qed.

Theorem running_min_exact : forall a g T Mx Qx,
  positive a T -> shrinkage g T -> condition_G a g T -> filled Rge a g T Mx Qx ->
  forall i j, (1 <= i)%nat -> (i <= j)%nat -> (j <= T)%nat ->
  Qx i j = fst (running Rmin a g i (S j - i)).
Proof.
  intros a g T Mx Qx Ha Hg HG Hf i j H1 H2 H3.
  destruct (running_exact Rge) with (a := a) (g := g) (T := T) (Mx := Mx) (Qx := Qx)
    (pick := Rmin) (i := i) (n := (S j - i)%nat) as [E _]; trivial; intros; try lra; try lia.
  - apply Rle_ge, mul_le; lra.
  - apply Rle_ge, Rmult_le_compat_l; lra.
  - nra.
  - apply Rle_ge, h_mono; [assumption|lra].
  - apply Rle_ge, h_raises; [assumption|lra].
  - apply Rle_ge, h_cut; [assumption|].
    assert (0 <= (A - 1) * (1 - B)) by (apply Rmult_le_pos; lra). lra.
  - assert (E := identity_I3 gj gv A B).
    assert (0 <= (1 - gj) * (A - 1) * (gv * B - gj * (B - 1)))
      by (repeat apply Rmult_le_pos; lra). lra.
  - unfold Rmin. destruct (Rle_dec x y); auto.
  - apply Rle_ge, Rmin_l.
  - apply Rle_ge, Rmin_r.
  - rewrite E. unfold Qn. replace (S j - i)%nat with (S (j - i)) by lia. f_equal. lia.
Qed.
