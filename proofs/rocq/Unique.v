(** * Uniqueness

    With strict inequalities the optimal plans are the only ones: if all
    a_t < 1 (t < T) and 0 < g_T < 1, every plan but BOOT is strictly larger; if
    all a_t > 1 and 0 < g_t < 1, every plan but vanilla is strictly smaller. *)

From Coq Require Import List Arith Lia Reals Lra Psatz.
From Symmerge Require Import Plan Merge Scalar Canonical OneSided Converse.
Import ListNotations.
Local Open Scope R_scope.

Lemma covers_single : forall i p, covers i i p -> p = leaf i.
Proof.
  intros i p Hp. inversion Hp as [|? k ? ? ? Hf Hr]; subst; [reflexivity|].
  apply (proj2 covers_le) in Hf. apply (proj1 covers_le) in Hr. lia.
Qed.

Lemma coversP_single : forall i f, coversP i i f -> f = one (leaf i).
Proof.
  intros i f Hf. inversion Hf as [? ? p Hp|? k ? ? ? Hp Hf']; subst.
  - rewrite (covers_single _ _ Hp). reflexivity.
  - apply (proj1 covers_le) in Hp. apply (proj2 covers_le) in Hf'. lia.
Qed.

(** ** BOOT *)

Section Boot.
  Variables a g : nat -> R.

  Lemma cut_strictly : forall gT n i, 0 < gT < 1 ->
    (forall t, (i <= t < i + S (S n))%nat -> 0 < a t < 1) ->
    over (fun t => h gT (a t)) (seq i (S (S n))) < h gT (over a (seq i (S (S n)))).
  Proof.
    intros gT n i G H.
    change (seq i (S (S n))) with (i :: seq (S i) (S n)). rewrite !over_cons.
    assert (Hi := H i ltac:(lia)).
    assert (U : Forall (unit_at a) (seq (S i) (S n))).
    { apply Forall_forall. intros t Ht. apply in_seq in Ht.
      unfold unit_at. assert (Z := H t ltac:(lia)). lra. }
    assert (P := over_unit _ _ U).
    assert (L : over a (seq (S i) (S n)) < 1).
    { cbn [seq]. rewrite over_cons. assert (Z := H (S i) ltac:(lia)).
      cbn [seq] in U. inversion U as [|? ? _ U']; subst. assert (P' := over_unit _ _ U').
      nra. }
    assert (Q := cut_completely a gT _ ltac:(lra) U).
    assert (R := h_cut_strict gT).
    assert (E := exchange_identity gT (a i) (over a (seq (S i) (S n)))).
    assert (0 < gT * (1 - gT) * ((1 - a i) * (1 - over a (seq (S i) (S n)))))
      by (apply Rmult_lt_0_compat; apply Rmult_lt_0_compat; lra).
    assert (0 < h gT (a i)) by (apply h_pos; lra).
    apply Rle_lt_trans with (h gT (a i) * h gT (over a (seq (S i) (S n)))).
    - apply Rmult_le_compat_l; lra.
    - lra.
  Qed.

  Lemma boot_or_larger : forall i j p, covers i j p ->
    (forall t, (i <= t < j)%nat -> 0 < a t < 1) -> 0 < a j ->
    (forall t, (i <= t <= j)%nat -> 0 <= g t <= 1) -> 0 < g j < 1 ->
    p = boot_from i (j - i) \/ M a g (boot_from i (j - i)) < M a g p.
  Proof.
    intros i j p Hp. revert i Hp.
    refine (plan_mut (fun p => forall i, covers i j p ->
      (forall t, (i <= t < j)%nat -> 0 < a t < 1) -> 0 < a j ->
      (forall t, (i <= t <= j)%nat -> 0 <= g t <= 1) -> 0 < g j < 1 ->
      p = boot_from i (j - i) \/ M a g (boot_from i (j - i)) < M a g p)
      (fun _ => True) _ _ _ _ p); trivial; clear p.
    - intros t i Hp _ _ _ _. left. inversion Hp; subst. rewrite Nat.sub_diag. reflexivity.
    - intros f _ r IH i Hp Ha Hj Hg Gj.
      inversion Hp as [|? k ? ? ? Hf Hr]; subst.
      assert (L1 := proj2 covers_le _ _ _ Hf). assert (L2 := proj1 covers_le _ _ _ Hr).
      assert (IHr := IH _ Hr ltac:(intros; apply Ha; lia) Hj
                        ltac:(intros; apply Hg; lia) Gj).
      assert (EB : forall i', (i <= i')%nat -> (i' <= j)%nat ->
        M a g (boot_from i' (j - i')) =
        a j * over (fun t => h (g j) (a t)) (seq i' (j - i'))).
      { intros i' Hi Hj'. rewrite boot_from_value.
        replace (i' + (j - i'))%nat with j by lia. reflexivity. }
      assert (P : forall i' n, (i <= i')%nat -> (i' + n <= j)%nat ->
                0 < over (fun t => h (g j) (a t)) (seq i' n)).
      { intros i' n Hi Hn. apply over_pos. intros t Ht. apply in_seq in Ht.
        apply h_pos; [lra|]. apply Ha. lia. }
      rewrite M_node, (covers_last _ _ _ Hr).
      destruct (Nat.eq_dec k i) as [->|N].
      + (* the first left part is the bare step i *)
        rewrite (coversP_single _ _ Hf), Mparts_one, M_leaf.
        assert (Hi := Ha i ltac:(lia)).
        assert (0 < h (g j) (a i)) by (apply h_pos; lra).
        replace (j - i)%nat with (S (j - S i)) by lia. cbn [boot_from].
        destruct IHr as [<-|IHr]; [left; reflexivity|right].
        rewrite M_node, (covers_last (S i) (S i + (j - S i))) by apply boot_from_covers.
        replace (S i + (j - S i))%nat with j by lia. rewrite Mparts_one, M_leaf.
        apply Rmult_lt_compat_r; assumption.
      + (* at least two steps: cutting them is strictly better *)
        right. rewrite EB by lia.
        assert (Er := EB (S k) ltac:(lia) ltac:(lia)).
        assert (Hle : M a g (boot_from (S k) (j - S k)) <= M a g r)
          by (destruct IHr as [<-|IHr]; lra).
        replace (j - i)%nat with ((S k - i) + (j - S k))%nat by lia.
        rewrite seq_app, over_app. replace (i + (S k - i))%nat with (S k) by lia.
        assert (Cf := cut_strictly (g j) (k - i - 1) i Gj).
        replace (S (S (k - i - 1))) with (S k - i)%nat in Cf by lia.
        specialize (Cf ltac:(intros; apply Ha; lia)).
        assert (U : Forall (shrink_at g) (leavesP f) /\ Forall (unit_at a) (leavesP f)).
        { rewrite (proj2 covers_leaves_seq _ _ _ Hf), !Forall_forall.
          split; intros t Ht; apply in_seq in Ht.
          - apply Hg; lia.
          - assert (Z := Ha t ltac:(lia)). unfold unit_at. lra. }
        assert (B := proj1 (proj2 (below_bounds a g) f (proj1 U) (proj2 U))).
        rewrite (proj2 covers_leaves_seq _ _ _ Hf) in B.
        assert (B' := h_mono (g j) ltac:(lra) _ _ B).
        assert (P1 := P i (S k - i)%nat ltac:(lia) ltac:(lia)).
        assert (P2 := P (S k) (j - S k)%nat ltac:(lia) ltac:(lia)).
        set (x := over (fun t => h (g j) (a t)) (seq i (S k - i))) in *.
        set (y := over (fun t => h (g j) (a t)) (seq (S k) (j - S k))) in *.
        replace (a j * (x * y)) with (a j * y * x) by ring. rewrite <- Er.
        apply Rlt_le_trans with (M a g (boot_from (S k) (j - S k)) * h (g j) (Mparts a g f)).
        * apply Rmult_lt_compat_l; [|lra]. rewrite Er. apply Rmult_lt_0_compat; lra.
        * apply Rmult_le_compat_r; lra.
  Qed.
End Boot.

Theorem boot_unique : forall T a g p, (1 <= T)%nat ->
  positive a T -> shrinkage g T -> 0 < g T < 1 ->
  (forall t, (1 <= t < T)%nat -> a t < 1) ->
  covers 1 T p -> p <> boot T -> M a g (boot T) < M a g p.
Proof.
  intros T a g p HT Hpos Hg HgT Ha Hp N.
  destruct (boot_or_larger a g 1 T p Hp) as [E|L]; trivial.
  - intros t Ht. split; [apply Hpos; lia | apply Ha; lia].
  - apply Hpos. lia.
  - contradiction.
Qed.

(** ** Vanilla *)

Section Vanilla.
  Variables a g : nat -> R.

  (** Below T: every merge loses something. *)
  Lemma bare_or_smaller :
    (forall i j p, covers i j p ->
       (forall t, (i <= t <= j)%nat -> 1 < a t /\ 0 < g t < 1) ->
       p = leaf i \/ M a g p < C a i j) /\
    (forall i j f, coversP i j f ->
       (forall t, (i <= t <= j)%nat -> 1 < a t /\ 0 < g t < 1) ->
       f = bare i (j - i) \/ Mparts a g f < C a i j).
  Proof.
    assert (CC : forall i j, (i <= j)%nat -> (forall t, (i <= t <= j)%nat -> 1 < a t) ->
               1 < C a i j).
    { intros i j L H. rewrite C_over. replace (S j - i)%nat with (S (j - i)) by lia.
      cbn [seq]. rewrite over_cons. assert (Z := H i ltac:(lia)).
      assert (1 <= over a (seq (S i) (j - i))); [|nra].
      apply over_above, Forall_forall. intros t Ht. apply in_seq in Ht.
      unfold above_at. assert (Y := H t ltac:(lia)). lra. }
    assert (BB : forall i j l, l = seq i (S j - i) ->
        (forall t, (i <= t <= j)%nat -> 1 < a t /\ 0 < g t < 1) ->
        Forall (shrink_at g) l /\ Forall (above_at a) l).
    { intros i j l -> H. rewrite !Forall_forall.
      split; intros t Ht; apply in_seq in Ht; destruct (H t) as [? ?]; try lia;
        unfold shrink_at, above_at; lra. }
    apply covers_coversP_ind.
    - auto.
    - intros i k j f r Hf IHf Hr IHr H. right.
      assert (L1 := proj2 covers_le _ _ _ Hf). assert (L2 := proj1 covers_le _ _ _ Hr).
      assert (Sf := proj2 covers_leaves_seq _ _ _ Hf).
      assert (Sr := proj1 covers_leaves_seq _ _ _ Hr).
      destruct (BB _ _ _ Sf ltac:(intros; apply H; lia)) as [F1 F2].
      destruct (BB _ _ _ Sr ltac:(intros; apply H; lia)) as [R1 R2].
      assert (Bf := proj2 (above_bounds a g) f F1 F2).
      assert (Br := proj1 (above_bounds a g) r R1 R2).
      rewrite Sf in Bf. rewrite Sr in Br. rewrite <- C_over in Bf, Br.
      assert (Cf := CC i k L1 ltac:(intros; apply H; lia)).
      assert (Gj := proj2 (H j ltac:(lia))).
      rewrite M_node, (covers_last _ _ _ Hr), (C_cut a i k j), (Rmult_comm (C a i k)) by lia.
      assert (X := h_mono (g j) ltac:(lra) _ _ (proj2 Bf)).
      assert (Y : h (g j) (C a i k) < C a i k)
        by (assert (E := h_minus_id (g j) (C a i k)); nra).
      assert (Z := h_ge_1 (g j) ltac:(lra) _ (proj1 Bf)).
      apply Rle_lt_trans with (C a (S k) j * h (g j) (Mparts a g f)).
      + apply Rmult_le_compat_r; lra.
      + apply Rmult_lt_compat_l; lra.
    - intros i j p Hp IH H. rewrite Mparts_one. destruct (IH H) as [->|L]; [|auto].
      left. inversion Hp; subst. rewrite Nat.sub_diag. reflexivity.
    - intros i k j p f Hp IHp Hf IHf H.
      assert (L1 := proj1 covers_le _ _ _ Hp). assert (L2 := proj2 covers_le _ _ _ Hf).
      assert (Sp := proj1 covers_leaves_seq _ _ _ Hp).
      assert (Sf := proj2 covers_leaves_seq _ _ _ Hf).
      destruct (BB _ _ _ Sp ltac:(intros; apply H; lia)) as [P1 P2].
      destruct (BB _ _ _ Sf ltac:(intros; apply H; lia)) as [F1 F2].
      assert (Bp := proj1 (above_bounds a g) p P1 P2).
      assert (Bf := proj2 (above_bounds a g) f F1 F2).
      rewrite Sp in Bp. rewrite Sf in Bf. rewrite <- C_over in Bp, Bf.
      rewrite Mparts_more, (C_cut a i k j) by lia.
      destruct (IHp ltac:(intros; apply H; lia)) as [->|Lp].
      + inversion Hp; subst.
        destruct (IHf ltac:(intros; apply H; lia)) as [->|Lf].
        * left. replace (j - k)%nat with (S (j - S k)) by lia. reflexivity.
        * right. apply Rle_lt_trans with (C a k k * Mparts a g f).
          -- apply Rmult_le_compat_r; lra.
          -- apply Rmult_lt_compat_l; lra.
      + right. apply Rlt_le_trans with (C a i k * Mparts a g f).
        * apply Rmult_lt_compat_r; lra.
        * apply Rmult_le_compat_l; lra.
  Qed.
End Vanilla.

Theorem vanilla_unique : forall T a g p, (1 <= T)%nat ->
  positive a T -> shrinkage_strict g T ->
  (forall t, (1 <= t < T)%nat -> 1 < a t) ->
  covers 1 T p -> p <> vanilla T -> M a g p < M a g (vanilla T).
Proof.
  intros T a g p HT Hpos Hg Ha Hp N.
  destruct (Nat.eq_dec T 1) as [->|NT].
  { rewrite (covers_single _ _ Hp) in N. contradiction. }
  assert (PT : 0 < a T) by (apply Hpos; lia).
  assert (GT : 0 < g T < 1) by (apply Hg; lia).
  inversion Hp as [|? k ? f r Hf Hr]; subst; [lia|].
  assert (L1 := proj2 covers_le _ _ _ Hf). assert (L2 := proj1 covers_le _ _ _ Hr).
  assert (Sf := proj2 covers_leaves_seq _ _ _ Hf).
  assert (Bf : 1 <= Mparts a g f <= C a 1 k).
  { rewrite C_over, <- Sf.
    apply (proj2 (above_bounds a g)); rewrite Sf; apply Forall_forall; intros t Ht;
      apply in_seq in Ht.
    - apply (strict_shrinkage _ _ Hg). lia.
    - apply Rlt_le, Ha. lia. }
  rewrite M_node, (covers_last _ _ _ Hr), vanilla_closed_form by lia.
  assert (X := h_mono (g T) ltac:(lra) _ _ (proj2 Bf)).
  destruct (Nat.eq_dec k (T - 1)) as [->|Nk].
  - (* one merge at T: its left part is not bare *)
    replace (S (T - 1)) with T in Hr by lia.
    rewrite (covers_single _ _ Hr) in *. rewrite M_leaf.
    apply Rmult_lt_compat_l; [exact PT|]. apply h_mono_strict; [lra|].
    destruct (proj2 (bare_or_smaller a g) _ _ _ Hf) as [->|L]; [|..].
    + intros t Ht. split; [apply Ha; lia | apply Hg; lia].
    + exfalso. apply N. unfold vanilla, vanilla_from.
      replace (T - 1)%nat with (S (T - 1 - 1)) by lia.
      replace (S (T - 1 - 1) - 1)%nat with (T - 1 - 1)%nat by lia.
      replace (1 + S (T - 1 - 1))%nat with T by lia. reflexivity.
    + exact L.
  - (* several merges at T *)
    assert (AB : forall i n, (1 <= i)%nat -> (i + n < T)%nat -> 1 < C a i (i + n)).
    { intros i n Hi Hn. rewrite C_over. replace (S (i + n) - i)%nat with (S n) by lia.
      cbn [seq]. rewrite over_cons. assert (Z := Ha i ltac:(lia)).
      assert (1 <= over a (seq (S i) n)); [|nra].
      apply over_above, Forall_forall. intros t Ht. apply in_seq in Ht.
      apply Rlt_le, Ha. lia. }
    assert (A := AB 1%nat (k - 1)%nat ltac:(lia) ltac:(lia)).
    assert (B := AB (S k) (T - 1 - S k)%nat ltac:(lia) ltac:(lia)).
    replace (1 + (k - 1))%nat with k in A by lia.
    replace (S k + (T - 1 - S k))%nat with (T - 1)%nat in B by lia.
    assert (V := above_le_vanilla a g r).
    rewrite (covers_last _ _ _ Hr), (covers_body _ _ _ Hr) in V.
    replace (T - S k)%nat with (S (T - 1) - S k)%nat in V by lia. rewrite <- C_over in V.
    destruct V as [V0 V].
    + exact PT.
    + rewrite (proj1 covers_leaves_seq _ _ _ Hr). apply Forall_forall. intros t Ht.
      apply in_seq in Ht. apply (strict_shrinkage _ _ Hg). lia.
    + apply Forall_forall. intros t Ht. apply in_seq in Ht. apply Rlt_le, Ha. lia.
    + rewrite (C_cut a 1 k (T - 1)) by lia.
      assert (E := exchange_identity (g T) (C a 1 k) (C a (S k) (T - 1))).
      assert (0 < g T * (1 - g T) * ((1 - C a 1 k) * (1 - C a (S k) (T - 1)))).
      { replace ((1 - C a 1 k) * (1 - C a (S k) (T - 1)))
          with ((C a 1 k - 1) * (C a (S k) (T - 1) - 1)) by ring.
        apply Rmult_lt_0_compat; apply Rmult_lt_0_compat; lra. }
      assert (Z := h_ge_1 (g T) ltac:(lra) _ (proj1 Bf)).
      apply Rle_lt_trans with
        (a T * (h (g T) (C a (S k) (T - 1)) * h (g T) (C a 1 k))).
      * rewrite <- Rmult_assoc. apply mul_le; lra.
      * apply Rmult_lt_compat_l; lra.
Qed.
