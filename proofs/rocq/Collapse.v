(** * Collapse: left parts may be bare steps

    If every coordinate of a spectrum is one-sided (all a_t <= 1 or all
    a_t >= 1 for t < T; different coordinates may be on different sides), then
    for every plan there is a segmentation, a plan whose left parts are bare
    teacher steps, which is at least as near to the composite in every
    coordinate at once.  So only the 2^(T-2) segmentations have to be searched.

    The segmentation is the plan itself with every left part on its spine
    flattened: exact left parts are better than approximate ones. *)

From Coq Require Import List Arith Lia Reals Lra Psatz.
From Symmerge Require Import Plan Merge Scalar Canonical OneSided Vector.
Import ListNotations.
Local Open Scope R_scope.

(** Lengths (less one) of the left parts met on the spine. *)
Fixpoint spine_lengths (p : plan) : list nat :=
  match p with
  | leaf _ => []
  | node f r => (length (leavesP f) - 1)%nat :: spine_lengths r
  end.

Lemma spine_lengths_total : forall p, total (spine_lengths p) = length (body p).
Proof.
  refine (plan_mut _ (fun _ => True) _ _ _ _); trivial.
  intros f _ r IH. cbn [spine_lengths total fold_right body].
  fold (total (spine_lengths r)). rewrite IH, app_length.
  assert (L := proj2 leaves_nonempty f). lia.
Qed.

(** Value of the flattened plan. *)
Lemma flattened_blocks : forall a gT i j p, covers i j p ->
  blocks a gT i (spine_lengths p) =
  prod (map (fun f => h gT (over a (leavesP f))) (spine p)).
Proof.
  intros a gT i j p Hp. revert i Hp.
  refine (plan_mut (fun p => forall i, covers i j p ->
    blocks a gT i (spine_lengths p) =
    prod (map (fun f => h gT (over a (leavesP f))) (spine p))) (fun _ => True) _ _ _ _ p);
    trivial.
  clear p. intros f _ r IH i Hp. inversion Hp as [|? k ? ? ? Hf Hr]; subst.
  assert (L := proj2 covers_le _ _ _ Hf).
  cbn [spine_lengths blocks spine map].
  change (prod (?x :: ?l)) with (x * prod l).
  rewrite (proj2 covers_leaves_seq _ _ _ Hf), seq_length.
  replace (i + (S k - i - 1))%nat with k by lia.
  rewrite (IH _ Hr). reflexivity.
Qed.

Lemma flattened_value : forall a g T p, (1 <= T)%nat -> covers 1 T p ->
  M a g (segments 1 (spine_lengths p)) =
  a T * prod (map (fun f => h (g T) (over a (leavesP f))) (spine p)).
Proof.
  intros a g T p HT Hp.
  rewrite segments_value, spine_lengths_total, (covers_body _ _ _ Hp), seq_length.
  replace (1 + (T - 1))%nat with T by lia.
  rewrite (flattened_blocks a (g T) 1 T p Hp). reflexivity.
Qed.

Lemma flattened_covers : forall T p, (1 <= T)%nat -> covers 1 T p ->
  covers 1 T (segments 1 (spine_lengths p)).
Proof.
  intros T p HT Hp. assert (K := segments_covers (spine_lengths p) 1).
  rewrite spine_lengths_total, (covers_body _ _ _ Hp), seq_length in K.
  replace (1 + (T - 1))%nat with T in K by lia. exact K.
Qed.

(** The left parts contain steps below T only. *)
Lemma spine_inside : forall T p f, covers 1 T p -> In f (spine p) ->
  forall t, In t (leavesP f) -> (1 <= t < T)%nat.
Proof.
  intros T p f Hp Hf t Ht.
  assert (B : In t (body p)).
  { rewrite body_spine. apply in_concat. exists (leavesP f).
    split; [apply in_map, Hf | exact Ht]. }
  rewrite (covers_body _ _ _ Hp) in B. apply in_seq in B. lia.
Qed.

Lemma prod_mono : forall (A : Type) (f1 f2 : A -> R) l,
  (forall x, In x l -> 0 <= f1 x <= f2 x) ->
  0 <= prod (map f1 l) <= prod (map f2 l).
Proof.
  intros A f1 f2 l. induction l as [|x l IH]; intros H; cbn [map].
  - change (prod []) with 1. lra.
  - change (prod (?y :: ?l')) with (y * prod l').
    destruct (H x (or_introl eq_refl)).
    destruct IH; [intros; apply H; right; assumption|].
    split; [apply Rmult_le_pos; lra | apply mul_le; lra].
Qed.

Lemma C_spine : forall a T p, (1 <= T)%nat -> covers 1 T p ->
  C a 1 T = a T * prod (map (fun f => over a (leavesP f)) (spine p)).
Proof.
  intros a T p HT Hp. rewrite C_body, <- (covers_body _ _ _ Hp), body_spine by exact HT.
  f_equal. induction (spine p) as [|f fs IH]; cbn [map concat]; [reflexivity|].
  change (prod (?x :: ?l)) with (x * prod l). rewrite over_app, IH. reflexivity.
Qed.

(** The flattened plan lies between the composite and the plan. *)
Lemma collapse_below : forall T a g p, (1 <= T)%nat ->
  positive a T -> shrinkage g T -> all_below a T -> covers 1 T p ->
  C a 1 T <= M a g (segments 1 (spine_lengths p)) <= M a g p.
Proof.
  intros T a g p HT Hpos Hg Ha Hp.
  assert (P : 0 < a T) by (apply Hpos; lia).
  assert (G : 0 <= g T <= 1) by (apply Hg; lia).
  rewrite (flattened_value a g T p HT Hp), (C_spine a T p HT Hp).
  rewrite (spine_identity a g p), (covers_last _ _ _ Hp).
  assert (U : forall f, In f (spine p) ->
            0 < over a (leavesP f) <= 1 /\ over a (leavesP f) <= Mparts a g f).
  { intros f Hf.
    assert (Fa : Forall (unit_at a) (leavesP f)).
    { apply Forall_forall. intros t Ht.
      assert (R := spine_inside T p f Hp Hf t Ht).
      split; [apply Hpos; lia | apply Ha; lia]. }
    assert (Fg : Forall (shrink_at g) (leavesP f)).
    { apply Forall_forall. intros t Ht.
      assert (R := spine_inside T p f Hp Hf t Ht). apply Hg. lia. }
    split; [apply over_unit, Fa | apply (proj2 (below_bounds a g) f Fg Fa)]. }
  split; (apply Rmult_le_compat_l; [lra|]); apply prod_mono; intros f Hf;
    destruct (U f Hf) as [U1 U2].
  - split; [lra|]. apply h_raises; lra.
  - split; [apply Rlt_le, h_pos; lra|]. apply h_mono; assumption.
Qed.

Lemma collapse_above : forall T a g p, (1 <= T)%nat ->
  positive a T -> shrinkage g T -> all_above a T -> covers 1 T p ->
  M a g p <= M a g (segments 1 (spine_lengths p)) <= C a 1 T.
Proof.
  intros T a g p HT Hpos Hg Ha Hp.
  assert (P : 0 < a T) by (apply Hpos; lia).
  assert (G : 0 <= g T <= 1) by (apply Hg; lia).
  rewrite (flattened_value a g T p HT Hp), (C_spine a T p HT Hp).
  rewrite (spine_identity a g p), (covers_last _ _ _ Hp).
  assert (U : forall f, In f (spine p) ->
            1 <= over a (leavesP f) /\ 1 <= Mparts a g f <= over a (leavesP f)).
  { intros f Hf.
    assert (Fa : Forall (above_at a) (leavesP f)).
    { apply Forall_forall. intros t Ht.
      assert (R := spine_inside T p f Hp Hf t Ht). apply Ha. lia. }
    assert (Fg : Forall (shrink_at g) (leavesP f)).
    { apply Forall_forall. intros t Ht.
      assert (R := spine_inside T p f Hp Hf t Ht). apply Hg. lia. }
    split; [apply over_above, Fa | apply (proj2 (above_bounds a g) f Fg Fa)]. }
  split; (apply Rmult_le_compat_l; [lra|]); apply prod_mono; intros f Hf;
    destruct (U f Hf) as [U1 U2].
  - split; [apply Rlt_le, h_pos; lra|]. apply h_mono; lra.
  - split; [apply Rlt_le, h_pos; lra|]. apply h_lowers; lra.
Qed.

(** One segmentation for all one-sided coordinates at once. *)
Theorem collapse : forall T p, (1 <= T)%nat -> covers 1 T p ->
  exists ns, covers 1 T (segments 1 ns) /\
  forall a g, positive a T -> shrinkage g T -> (all_below a T \/ all_above a T) ->
    Rabs (M a g (segments 1 ns) - C a 1 T) <= Rabs (M a g p - C a 1 T).
Proof.
  intros T p HT Hp. exists (spine_lengths p).
  split; [apply flattened_covers; assumption|].
  intros a g Hpos Hg [Ha|Ha].
  - destruct (collapse_below T a g p HT Hpos Hg Ha Hp). rewrite !Rabs_right; lra.
  - destruct (collapse_above T a g p HT Hpos Hg Ha Hp). rewrite !Rabs_left1; lra.
Qed.

Theorem collapse_W2 : forall T spectrum p, (1 <= T)%nat -> covers 1 T p ->
  (forall c, In c spectrum ->
     legal T c /\ (all_below (step c) T \/ all_above (step c) T)) ->
  exists ns, covers 1 T (segments 1 ns) /\
    W2sq T spectrum (segments 1 ns) <= W2sq T spectrum p.
Proof.
  intros T spectrum p HT Hp H. destruct (collapse T p HT Hp) as (ns & Hns & K).
  exists ns. split; [exact Hns|]. apply W2_of_coordinates. intros c Hc.
  destruct (H c Hc) as ((Hpos & Hg & Hw) & Ho). split; [exact Hw|]. auto.
Qed.
