(** * Theorems 1 and 2: all steps on one side of 1

    Proofs are by induction on the plan, with conditions on lists of steps
    ([Forall ... (body p)]); nothing depends on the order of the g's. *)

From Coq Require Import List Arith Lia Reals Lra Psatz.
From Symmerge Require Import Plan Merge Scalar Canonical.
Import ListNotations.
Local Open Scope R_scope.

(** ** The spine identity

    Only the merges at the noisiest step T change the answer
    multiplicatively. *)

(** The left parts met on the way down to the noisiest step. *)
Fixpoint spine (p : plan) : list parts :=
  match p with
  | leaf _ => []
  | node f r => f :: spine r
  end.

Theorem spine_identity : forall a g p,
  M a g p = a (last_leaf p) *
            prod (map (fun f => h (g (last_leaf p)) (Mparts a g f)) (spine p)).
Proof.
  intros a g. refine (plan_mut _ (fun _ => True) _ _ _ _); trivial.
  - intros t. rewrite M_leaf. cbn. ring.
  - intros f _ r IH. rewrite M_node. cbn [last_leaf spine map].
    change (prod (?x :: ?l)) with (x * prod l). rewrite IH. ring.
Qed.

Lemma body_spine : forall p, body p = concat (map leavesP (spine p)).
Proof.
  refine (plan_mut _ (fun _ => True) _ _ _ _); simpl; trivial.
  intros f _ r IH. rewrite IH. reflexivity.
Qed.

(** The same for the relative error: with f = h(Q)/C - 1 for every merge at T,
    M/C is the product of the (1 + f)'s. *)
Theorem spine_identity_relative : forall a g p,
  (forall t, In t (leaves p) -> 0 < a t) ->
  M a g p / over a (leaves p) =
  prod (map (fun f => 1 + (h (g (last_leaf p)) (Mparts a g f)
                           / over a (leavesP f) - 1)) (spine p)).
Proof.
  intros a g p. rewrite spine_identity, leaves_body, body_spine, over_app, over_one.
  generalize (last_leaf p) as T. intros T.
  induction (spine p) as [|f fs IH]; cbn [map concat]; intros Ha.
  - assert (a T <> 0) by (apply Rgt_not_eq, Ha; simpl; auto).
    cbn. field. assumption.
  - change (prod (?x :: ?l)) with (x * prod l).
    rewrite <- IH by (intros t Ht; apply Ha; rewrite <- app_assoc;
                      apply in_or_app; auto).
    rewrite over_app.
    assert (pos : forall l, (forall t, In t l -> 0 < a t) -> over a l <> 0).
    { intros l Hl. apply Rgt_not_eq, over_pos, Hl. }
    assert (a T <> 0) by (apply Rgt_not_eq, Ha; apply in_or_app; simpl; auto).
    assert (over a (leavesP f) <> 0)
      by (apply pos; intros; apply Ha; rewrite <- app_assoc; apply in_or_app; auto).
    assert (over a (concat (map leavesP fs)) <> 0)
      by (apply pos; intros; apply Ha; apply in_or_app; left; apply in_or_app; auto).
    field. auto.
Qed.

(** ** Conditions on lists of steps *)

Definition unit_at (a : nat -> R) (t : nat) : Prop := 0 < a t <= 1.
Definition above_at (a : nat -> R) (t : nat) : Prop := 1 <= a t.
Definition shrink_at (g : nat -> R) (t : nat) : Prop := 0 <= g t <= 1.

Lemma over_unit : forall a l, Forall (unit_at a) l -> 0 < over a l <= 1.
Proof.
  intros a l H. induction H as [|t l Ht _ IH].
  - rewrite over_nil. lra.
  - rewrite over_cons. apply mul_unit; assumption.
Qed.

Lemma over_above : forall a l, Forall (above_at a) l -> 1 <= over a l.
Proof.
  intros a l H. induction H as [|t l Ht _ IH].
  - rewrite over_nil. lra.
  - rewrite over_cons. apply mul_above; assumption.
Qed.

Lemma last_in_leaves : forall p, In (last_leaf p) (leaves p).
Proof. intros. rewrite leaves_body. apply in_or_app. simpl; auto. Qed.

Lemma shrink_last : forall g p, Forall (shrink_at g) (leaves p) ->
  0 <= g (last_leaf p) <= 1.
Proof.
  intros g p H. rewrite Forall_forall in H. apply H, last_in_leaves.
Qed.

(** ** All steps <= 1 *)

Section Below.
  Variables a g : nat -> R.

  (** Inside left parts everything stays between the composite and 1. *)
  Lemma below_bounds :
    (forall p, Forall (shrink_at g) (leaves p) -> Forall (unit_at a) (leaves p) ->
       over a (leaves p) <= M a g p <= 1) /\
    (forall f, Forall (shrink_at g) (leavesP f) -> Forall (unit_at a) (leavesP f) ->
       over a (leavesP f) <= Mparts a g f <= 1).
  Proof.
    apply plan_parts_ind; cbn [leaves leavesP].
    - intros t _ H. rewrite over_one, M_leaf. inversion H; subst. unfold unit_at in *. lra.
    - intros f IHf r IHr Hg Ha.
      apply Forall_app in Hg as [Hgf Hgr]. apply Forall_app in Ha as [Haf Har].
      specialize (IHf Hgf Haf). specialize (IHr Hgr Har).
      assert (Pf := over_unit _ _ Haf). assert (Pr := over_unit _ _ Har).
      assert (G := shrink_last _ _ Hgr).
      assert (U := h_raises _ G (Mparts a g f) (proj2 IHf)).
      assert (V := h_le_1 _ G (Mparts a g f) (proj2 IHf)).
      rewrite over_app, M_node.
      split; [rewrite (Rmult_comm (M a g r)) | rewrite <- (Rmult_1_r 1)];
        apply mul_le; lra.
    - intros p IH Hg Ha. rewrite Mparts_one. auto.
    - intros p IHp f IHf Hg Ha.
      apply Forall_app in Hg as [Hgp Hgf]. apply Forall_app in Ha as [Hap Haf].
      specialize (IHp Hgp Hap). specialize (IHf Hgf Haf).
      assert (Pp := over_unit _ _ Hap). assert (Pf := over_unit _ _ Haf).
      rewrite over_app, Mparts_more.
      split; [|rewrite <- (Rmult_1_r 1)]; apply mul_le; lra.
  Qed.

  (** Cutting a block completely lowers it: prod h(a_t) <= h(prod a_t). *)
  Lemma cut_completely : forall gT l, 0 <= gT <= 1 -> Forall (unit_at a) l ->
    0 < over (fun t => h gT (a t)) l <= h gT (over a l).
  Proof.
    intros gT l G H. induction H as [|t l Ht Hl IH].
    - rewrite !over_nil, h_of_1. lra.
    - rewrite !over_cons. assert (P := over_unit _ _ Hl).
      assert (0 < h gT (a t)) by (apply h_pos; unfold unit_at in Ht; lra).
      split; [apply Rmult_lt_0_compat; lra|].
      apply Rle_trans with (h gT (a t) * h gT (over a l)).
      + apply Rmult_le_compat_l; lra.
      + apply h_join; [exact G|]. unfold unit_at in Ht.
        apply Rmult_le_pos; lra.
  Qed.

  (** BOOT's value is a lower bound. *)
  Lemma below_boot_le : forall p,
    0 < a (last_leaf p) -> Forall (shrink_at g) (leaves p) ->
    Forall (unit_at a) (body p) ->
    a (last_leaf p) * over (fun t => h (g (last_leaf p)) (a t)) (body p) <= M a g p.
  Proof.
    refine (plan_mut _ (fun _ => True) _ _ _ _); trivial; cbn [last_leaf leaves body].
    - intros t _ _ _. rewrite over_nil, M_leaf. lra.
    - intros f _ r IH Hpos Hg Ha.
      apply Forall_app in Hg as [Hgf Hgr]. apply Forall_app in Ha as [Haf Har].
      specialize (IH Hpos Hgr Har).
      assert (G := shrink_last _ _ Hgr).
      destruct (proj2 below_bounds f Hgf Haf) as [B _].
      destruct (cut_completely _ _ G Haf) as [P1 P2].
      destruct (cut_completely _ _ G Har) as [P3 _].
      assert (B' := h_mono _ G _ _ B).
      rewrite over_app, M_node.
      rewrite (Rmult_comm (over _ (leavesP f))), <- Rmult_assoc.
      apply mul_le; [apply Rmult_le_pos; lra | lra | exact IH | lra].
  Qed.

  (** The composite is below BOOT. *)
  Lemma below_composite_le_boot : forall gT l, 0 <= gT <= 1 ->
    Forall (unit_at a) l -> over a l <= over (fun t => h gT (a t)) l.
  Proof.
    intros gT l G H. induction H as [|t l Ht Hl IH].
    - rewrite !over_nil. lra.
    - rewrite !over_cons. assert (P := over_unit _ _ Hl). unfold unit_at in Ht.
      apply mul_le; try lra. apply h_raises; lra.
  Qed.

  (** *** Sequential consistency is an upper bound *)

  Let S_ := fun i n => M a g (consistency_from i n).

  Lemma consistency_unit : forall n i,
    (forall t, (i <= t <= i + n)%nat -> unit_at a t) ->
    (forall t, (i <= t <= i + n)%nat -> shrink_at g t) ->
    0 < S_ i n <= 1.
  Proof.
    unfold S_. induction n as [|n IH]; intros i Ha Hg.
    - apply Ha. lia.
    - rewrite consistency_from_S. apply mul_unit; [apply Ha; lia|].
      apply h_unit; [apply Hg; lia|]. apply IH; intros; [apply Ha|apply Hg]; lia.
  Qed.

  (** Two consistency chains side by side give at most the joined chain; the
      second form has the merge of a node around the first chain. *)
  Lemma consistency_join : forall n i m,
    (forall t, (i <= t <= i + m)%nat -> unit_at a t) ->
    (forall t, (i + m < t < i + m + S n)%nat -> unit_at a t) ->
    (forall t, (i <= t <= i + m + S n)%nat -> shrink_at g t) ->
    0 < a (i + m + S n)%nat ->
    h (g (i + m + S n)%nat) (S_ i m) * S_ (S (i + m)) n <= S_ i (m + S n).
  Proof.
    unfold S_. induction n as [|n IH]; intros i m H1 H2 Hg Hpos.
    - rewrite !Nat.add_succ_r, Nat.add_0_r, consistency_from_S, !Nat.add_succ_r.
      simpl consistency_from at 2. rewrite M_leaf, Nat.add_0_r. lra.
    - replace (m + S (S n))%nat with (S (m + S n)) by lia.
      rewrite !consistency_from_S.
      replace (S (i + m) + S n)%nat with (i + m + S (S n))%nat by lia.
      replace (i + S (m + S n))%nat with (i + m + S (S n))%nat by lia.
      set (j := (i + m + S (S n))%nat) in *.
      assert (G : 0 <= g j <= 1) by (apply Hg; lia).
      assert (U1 : 0 < S_ i m <= 1)
        by (apply consistency_unit; intros; [apply H1|apply Hg]; lia).
      assert (U2 : 0 < S_ (S (i + m)) n <= 1)
        by (apply consistency_unit; intros; [apply H2|apply Hg]; lia).
      unfold S_ in U1, U2.
      assert (L : M a g (consistency_from i m) * M a g (consistency_from (S (i + m)) n)
                  <= M a g (consistency_from i (m + S n))).
      { eapply Rle_trans; [|apply IH].
        - apply Rmult_le_compat_r; [lra|]. apply h_raises; [apply Hg; lia|lra].
        - exact H1.
        - intros; apply H2; lia.
        - intros; apply Hg; lia.
        - destruct (H2 (i + m + S n)%nat) as [HH _]; [lia|exact HH]. }
      apply Rle_trans with
        (a j * h (g j) (M a g (consistency_from i m)
                        * M a g (consistency_from (S (i + m)) n))).
      + rewrite <- Rmult_assoc, (Rmult_comm (h _ _) (a j)), Rmult_assoc.
        apply Rmult_le_compat_l; [lra|]. apply h_join; [exact G|].
        apply Rmult_le_pos; lra.
      + apply Rmult_le_compat_l; [lra|]. apply h_mono; [exact G|exact L].
  Qed.

  Lemma consistency_product : forall n i m,
    (forall t, (i <= t <= i + m + S n)%nat -> unit_at a t) ->
    (forall t, (i <= t <= i + m + S n)%nat -> shrink_at g t) ->
    S_ i m * S_ (S (i + m)) n <= S_ i (m + S n).
  Proof.
    intros n i m Ha Hg.
    assert (U1 : 0 < S_ i m <= 1)
      by (apply consistency_unit; intros; [apply Ha|apply Hg]; lia).
    assert (U2 : 0 < S_ (S (i + m)) n <= 1)
      by (apply consistency_unit; intros; [apply Ha|apply Hg]; lia).
    eapply Rle_trans; [|apply consistency_join].
    - apply Rmult_le_compat_r; [lra|]. apply h_raises; [apply Hg; lia|lra].
    - intros; apply Ha; lia.
    - intros; apply Ha; lia.
    - exact Hg.
    - apply Ha; lia.
  Qed.

  Lemma below_le_consistency :
    (forall i j p, covers i j p ->
       (forall t, (i <= t < j)%nat -> unit_at a t) -> 0 < a j ->
       (forall t, (i <= t <= j)%nat -> shrink_at g t) ->
       M a g p <= M a g (consistency_from i (j - i))) /\
    (forall i j f, coversP i j f ->
       (forall t, (i <= t <= j)%nat -> unit_at a t) ->
       (forall t, (i <= t <= j)%nat -> shrink_at g t) ->
       Mparts a g f <= M a g (consistency_from i (j - i))).
  Proof.
    apply covers_coversP_ind.
    - intros t _ _ _. rewrite Nat.sub_diag. simpl. lra.
    - intros i k j f r Hf IHf Hr IHr Ha Hpos Hg.
      assert (L1 := proj2 covers_le _ _ _ Hf). assert (L2 := proj1 covers_le _ _ _ Hr).
      assert (IHf' := IHf ltac:(intros; apply Ha; lia) ltac:(intros; apply Hg; lia)).
      assert (IHr' := IHr ltac:(intros; apply Ha; lia) Hpos ltac:(intros; apply Hg; lia)).
      assert (J := consistency_join (j - S k) i (k - i)).
      unfold S_ in J.
      replace (i + (k - i))%nat with k in J by lia.
      replace (k + S (j - S k))%nat with j in J by lia.
      replace (k - i + S (j - S k))%nat with (j - i)%nat in J by lia.
      specialize (J ltac:(intros; apply Ha; lia) ltac:(intros; apply Ha; lia) Hg Hpos).
      assert (G : 0 <= g j <= 1) by (apply Hg; lia).
      assert (U : Forall (shrink_at g) (leavesP f) /\ Forall (unit_at a) (leavesP f)).
      { rewrite (proj2 covers_leaves_seq _ _ _ Hf), !Forall_forall.
        split; intros t Ht; apply in_seq in Ht; [apply Hg|apply Ha]; lia. }
      destruct (proj2 below_bounds f (proj1 U) (proj2 U)) as [B1 B2].
      assert (B3 := over_unit _ _ (proj2 U)).
      rewrite M_node, (covers_last _ _ _ Hr), Rmult_comm.
      eapply Rle_trans; [|exact J].
      eapply Rle_trans; [apply Rmult_le_compat_l; [|exact IHr']|].
      + apply Rlt_le, h_pos; [exact G|lra].
      + apply Rmult_le_compat_r; [|apply h_mono; [exact G|exact IHf']].
        eapply Rle_trans; [|exact IHr'].
        assert (Hl : Forall (shrink_at g) (leaves r) /\ Forall (unit_at a) (body r)).
        { rewrite (proj1 covers_leaves_seq _ _ _ Hr), (covers_body _ _ _ Hr), !Forall_forall.
          split; intros t Ht; apply in_seq in Ht; [apply Hg|apply Ha]; lia. }
        eapply Rle_trans; [|apply below_boot_le; try apply Hl].
        * rewrite (covers_last _ _ _ Hr). apply Rmult_le_pos; [lra|].
          apply Rlt_le, (cut_completely (g j) (body r)); [exact G|apply Hl].
        * rewrite (covers_last _ _ _ Hr). exact Hpos.
    - intros i j p Hp IH Ha Hg. rewrite Mparts_one.
      assert (L := proj1 covers_le _ _ _ Hp).
      apply IH; [intros; apply Ha; lia| |exact Hg].
      destruct (Ha j) as [HH _]; [lia|exact HH].
    - intros i k j p f Hp IHp Hf IHf Ha Hg.
      assert (L1 := proj1 covers_le _ _ _ Hp). assert (L2 := proj2 covers_le _ _ _ Hf).
      assert (IHp' := IHp ltac:(intros; apply Ha; lia) (proj1 (Ha k ltac:(lia)))
                          ltac:(intros; apply Hg; lia)).
      assert (IHf' := IHf ltac:(intros; apply Ha; lia) ltac:(intros; apply Hg; lia)).
      assert (J := consistency_product (j - S k) i (k - i)).
      unfold S_ in J.
      replace (i + (k - i))%nat with k in J by lia.
      replace (k + S (j - S k))%nat with j in J by lia.
      replace (k - i + S (j - S k))%nat with (j - i)%nat in J by lia.
      specialize (J Ha Hg).
      rewrite Mparts_more. eapply Rle_trans; [|exact J].
      assert (U : Forall (shrink_at g) (leaves p) /\ Forall (unit_at a) (leaves p)).
      { rewrite (proj1 covers_leaves_seq _ _ _ Hp), !Forall_forall.
        split; intros t Ht; apply in_seq in Ht; [apply Hg|apply Ha]; lia. }
      assert (V : Forall (shrink_at g) (leavesP f) /\ Forall (unit_at a) (leavesP f)).
      { rewrite (proj2 covers_leaves_seq _ _ _ Hf), !Forall_forall.
        split; intros t Ht; apply in_seq in Ht; [apply Hg|apply Ha]; lia. }
      assert (B1 := proj1 below_bounds p (proj1 U) (proj2 U)).
      assert (B2 := proj2 below_bounds f (proj1 V) (proj2 V)).
      assert (B3 := over_unit _ _ (proj2 U)). assert (B4 := over_unit _ _ (proj2 V)).
      apply mul_le; lra.
  Qed.
End Below.

(** ** All steps >= 1 *)

Section Above.
  Variables a g : nat -> R.

  Lemma above_bounds :
    (forall p, Forall (shrink_at g) (leaves p) -> Forall (above_at a) (leaves p) ->
       1 <= M a g p <= over a (leaves p)) /\
    (forall f, Forall (shrink_at g) (leavesP f) -> Forall (above_at a) (leavesP f) ->
       1 <= Mparts a g f <= over a (leavesP f)).
  Proof.
    apply plan_parts_ind; cbn [leaves leavesP].
    - intros t _ H. rewrite over_one, M_leaf. inversion H; subst. unfold above_at in *. lra.
    - intros f IHf r IHr Hg Ha.
      apply Forall_app in Hg as [Hgf Hgr]. apply Forall_app in Ha as [Haf Har].
      specialize (IHf Hgf Haf). specialize (IHr Hgr Har).
      assert (G := shrink_last _ _ Hgr).
      assert (U := h_lowers _ G (Mparts a g f) (proj1 IHf)).
      assert (V := h_ge_1 _ G (Mparts a g f) (proj1 IHf)).
      rewrite over_app, M_node. split; [apply mul_above; lra|].
      rewrite (Rmult_comm (M a g r)). apply mul_le; lra.
    - intros p IH Hg Ha. rewrite Mparts_one. auto.
    - intros p IHp f IHf Hg Ha.
      apply Forall_app in Hg as [Hgp Hgf]. apply Forall_app in Ha as [Hap Haf].
      specialize (IHp Hgp Hap). specialize (IHf Hgf Haf).
      rewrite over_app, Mparts_more. split; [apply mul_above; lra|].
      apply mul_le; lra.
  Qed.

  (** Vanilla's value is an upper bound. *)
  Lemma above_le_vanilla : forall p,
    0 < a (last_leaf p) -> Forall (shrink_at g) (leaves p) ->
    Forall (above_at a) (body p) ->
    0 <= M a g p <= a (last_leaf p) * h (g (last_leaf p)) (over a (body p)).
  Proof.
    refine (plan_mut _ (fun _ => True) _ _ _ _); trivial; cbn [last_leaf leaves body].
    - intros t Ht _ _. rewrite over_nil, M_leaf, h_of_1. lra.
    - intros f _ r IH Hpos Hg Ha.
      apply Forall_app in Hg as [Hgf Hgr]. apply Forall_app in Ha as [Haf Har].
      specialize (IH Hpos Hgr Har).
      assert (G := shrink_last _ _ Hgr).
      destruct (proj2 above_bounds f Hgf Haf) as [B1 B2].
      assert (A1 := over_above _ _ Haf). assert (A2 := over_above _ _ Har).
      assert (H1 := h_ge_1 _ G _ B1). assert (H2 := h_mono _ G _ _ B2).
      assert (J : h (g (last_leaf r)) (over a (leavesP f)) *
                  h (g (last_leaf r)) (over a (body r)) <=
                  h (g (last_leaf r)) (over a (leavesP f) * over a (body r))).
      { apply h_join; [exact G|].
        replace ((1 - over a (leavesP f)) * (1 - over a (body r)))
          with ((over a (leavesP f) - 1) * (over a (body r) - 1)) by ring.
        apply Rmult_le_pos; lra. }
      rewrite over_app, M_node. split; [apply Rmult_le_pos; lra|].
      eapply Rle_trans; [apply mul_le; [lra|lra|apply IH|exact H2]|].
      rewrite Rmult_assoc. apply Rmult_le_compat_l; [lra|].
      rewrite Rmult_comm. exact J.
  Qed.
End Above.

(** ** The theorems *)

Definition positive (a : nat -> R) (T : nat) : Prop :=
  forall t, (1 <= t <= T)%nat -> 0 < a t.
Definition shrinkage (g : nat -> R) (T : nat) : Prop :=
  forall t, (1 <= t <= T)%nat -> 0 <= g t <= 1.
(** One side of 1; nothing is asked of a_T. *)
Definition all_below (a : nat -> R) (T : nat) : Prop :=
  forall t, (1 <= t < T)%nat -> a t <= 1.
Definition all_above (a : nat -> R) (T : nat) : Prop :=
  forall t, (1 <= t < T)%nat -> 1 <= a t.

Lemma C_body : forall a T, (1 <= T)%nat -> C a 1 T = a T * over a (seq 1 (T - 1)).
Proof.
  intros a T H. rewrite C_over.
  replace (S T - 1)%nat with (S (T - 1)) by lia.
  rewrite seq_S, over_app, over_one. replace (1 + (T - 1))%nat with T by lia. ring.
Qed.

Lemma shrinkage_leaves : forall g T p, shrinkage g T -> covers 1 T p ->
  Forall (shrink_at g) (leaves p).
Proof.
  intros g T p Hg Hp. rewrite (proj1 covers_leaves_seq _ _ _ Hp), Forall_forall.
  intros t Ht. apply in_seq in Ht. apply Hg. lia.
Qed.

Lemma below_list : forall a T, positive a T -> all_below a T ->
  Forall (unit_at a) (seq 1 (T - 1)).
Proof.
  intros a T Hpos Ha. apply Forall_forall. intros t Ht. apply in_seq in Ht.
  split; [apply Hpos; lia | apply Ha; lia].
Qed.

Lemma above_list : forall a T, all_above a T ->
  Forall (above_at a) (seq 1 (T - 1)).
Proof.
  intros a T Ha. apply Forall_forall. intros t Ht. apply in_seq in Ht.
  apply Ha; lia.
Qed.

(** Theorem 1. *)
Theorem boot_best_consistency_worst : forall T a g p, (1 <= T)%nat ->
  positive a T -> shrinkage g T -> all_below a T -> covers 1 T p ->
  C a 1 T <= M a g (boot T) /\
  M a g (boot T) <= M a g p /\
  M a g p <= M a g (consistency T).
Proof.
  intros T a g p HT Hpos Hg Ha Hp.
  assert (G : 0 <= g T <= 1) by (apply Hg; lia).
  assert (P : 0 < a T) by (apply Hpos; lia).
  assert (B := below_list _ _ Hpos Ha).
  rewrite boot_closed_form, C_body by exact HT. repeat split.
  - apply Rmult_le_compat_l; [lra|]. apply below_composite_le_boot; assumption.
  - assert (X := below_boot_le a g p).
    rewrite (covers_last _ _ _ Hp), (covers_body _ _ _ Hp) in X.
    apply X; [exact P | eapply shrinkage_leaves; eassumption | exact B].
  - apply (proj1 (below_le_consistency a g) _ _ _ Hp); [|exact P|exact Hg].
    intros t Ht. split; [apply Hpos; lia | apply Ha; lia].
Qed.

(** Theorem 2. *)
Theorem vanilla_best : forall T a g p, (1 <= T)%nat ->
  positive a T -> shrinkage g T -> all_above a T -> covers 1 T p ->
  M a g p <= M a g (vanilla T) /\ M a g (vanilla T) <= C a 1 T.
Proof.
  intros T a g p HT Hpos Hg Ha Hp.
  assert (G : 0 <= g T <= 1) by (apply Hg; lia).
  assert (P : 0 < a T) by (apply Hpos; lia).
  assert (B := above_list _ _ Ha).
  rewrite vanilla_closed_form_1, C_body by exact HT. split.
  - assert (X := above_le_vanilla a g p).
    rewrite (covers_last _ _ _ Hp), (covers_body _ _ _ Hp) in X.
    apply X; [exact P | eapply shrinkage_leaves; eassumption | exact B].
  - apply Rmult_le_compat_l; [lra|]. apply h_lowers; [exact G|].
    apply over_above, B.
Qed.

(** In terms of the distance to the teacher's composite. *)
Corollary boot_nearest : forall T a g p, (1 <= T)%nat ->
  positive a T -> shrinkage g T -> all_below a T -> covers 1 T p ->
  Rabs (M a g (boot T) - C a 1 T) <= Rabs (M a g p - C a 1 T).
Proof.
  intros T a g p HT Hpos Hg Ha Hp.
  destruct (boot_best_consistency_worst T a g p HT Hpos Hg Ha Hp) as (H1 & H2 & _).
  rewrite !Rabs_right; lra.
Qed.

Corollary vanilla_nearest : forall T a g p, (1 <= T)%nat ->
  positive a T -> shrinkage g T -> all_above a T -> covers 1 T p ->
  Rabs (M a g (vanilla T) - C a 1 T) <= Rabs (M a g p - C a 1 T).
Proof.
  intros T a g p HT Hpos Hg Ha Hp.
  destruct (vanilla_best T a g p HT Hpos Hg Ha Hp) as (H1 & H2).
  rewrite !Rabs_left1; lra.
Qed.
