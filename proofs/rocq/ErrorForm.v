(** * The relative error without subtraction

    Numerical code must not compute M/C - 1 by subtracting: the error may be
    1e-35.  The recursion below adds and multiplies errors only; the
    theorem says that it computes exactly M/C - 1. *)

From Coq Require Import List Lia Reals Lra.
From Symmerge Require Import Plan Merge Scalar.
Import ListNotations.
Local Open Scope R_scope.

Definition combine (e1 e2 : R) : R := e1 + e2 + e1 * e2.

Fixpoint relative_error (a g : nat -> R) (p : plan) : R :=
  match p with
  | leaf _ => 0
  | node f r =>
      let gj := g (last_leaf r) in
      let e := relative_error_parts a g f in
      combine (relative_error a g r)
              ((1 - gj) * e + gj * (1 / over a (leavesP f) - 1))
  end
with relative_error_parts (a g : nat -> R) (f : parts) : R :=
  match f with
  | one p => relative_error a g p
  | more p f' => combine (relative_error a g p) (relative_error_parts a g f')
  end.

Lemma relative_error_mul : forall a g,
  (forall p, (forall t, In t (leaves p) -> 0 < a t) ->
     M a g p = over a (leaves p) * (1 + relative_error a g p)) /\
  (forall f, (forall t, In t (leavesP f) -> 0 < a t) ->
     Mparts a g f = over a (leavesP f) * (1 + relative_error_parts a g f)).
Proof.
  intros a g. apply plan_parts_ind; cbn [leaves leavesP].
  - intros t _. rewrite over_one, M_leaf. cbn. ring.
  - intros f IHf r IHr H.
    assert (Hf : forall t, In t (leavesP f) -> 0 < a t)
      by (intros; apply H, in_or_app; auto).
    assert (P := over_pos a _ Hf).
    rewrite M_node, IHf, IHr, over_app, h_eq
      by (assumption || (intros; apply H, in_or_app; auto)).
    cbn [relative_error]. unfold combine. field. lra.
  - intros p IH H. rewrite Mparts_one. apply IH, H.
  - intros p IHp f IHf H.
    rewrite Mparts_more, IHp, IHf, over_app by (intros; apply H, in_or_app; auto).
    cbn [relative_error_parts]. unfold combine. ring.
Qed.

Theorem relative_error_exact : forall a g i j p, covers i j p ->
  (forall t, (i <= t <= j)%nat -> 0 < a t) ->
  relative_error a g p = M a g p / C a i j - 1.
Proof.
  intros a g i j p Hp Ha. rewrite (C_covers _ _ _ _ Hp).
  assert (H : forall t, In t (leaves p) -> 0 < a t).
  { intros t Ht. rewrite (proj1 covers_leaves_seq _ _ _ Hp) in Ht.
    apply in_seq in Ht. apply Ha.
    assert (L := proj1 covers_le _ _ _ Hp).
    lia. }
  assert (P := over_pos a _ H).
  rewrite (proj1 (relative_error_mul a g) p H). field. lra.
Qed.
