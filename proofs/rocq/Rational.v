(** * Rational data

    The rational instance computes the same numbers as the real one, so the
    values checked in [Checks.v] are values of the M of the theorems. *)

From Coq Require Import List Arith Reals QArith Qreals Qreduction.
From Symmerge Require Import Plan Merge.
Import ListNotations.

Lemma Q2R_red : forall x, Q2R (Qred x) = Q2R x.
Proof. intros. apply Qeq_eqR, Qred_correct. Qed.

Local Open Scope R_scope.

Lemma Q2R_one : Q2R 1 = 1.
Proof. unfold Q2R. simpl. field. Qed.

Lemma Q2R_h : forall g x, Q2R (hG Qops g x) = h (Q2R g) (Q2R x).
Proof.
  intros. unfold hG. cbn [kadd kmul ksub kone Qops].
  rewrite Q2R_red, Q2R_plus, Q2R_red, Q2R_mult, Q2R_red, Q2R_minus, Q2R_one.
  reflexivity.
Qed.

Lemma Q2R_merge_parts : forall a g,
  (forall p, Q2R (mergeG Qops a g p) = M (fun t => Q2R (a t)) (fun t => Q2R (g t)) p) /\
  (forall f, Q2R (partsG Qops a g f) = Mparts (fun t => Q2R (a t)) (fun t => Q2R (g t)) f).
Proof.
  intros a g. apply plan_parts_ind.
  - reflexivity.
  - intros f IHf r IHr.
    change (mergeG Qops a g (node f r)) with
      (Qred (mergeG Qops a g r * hG Qops (g (last_leaf r)) (partsG Qops a g f))).
    rewrite M_node, Q2R_red, Q2R_mult, Q2R_h, IHf, IHr. reflexivity.
  - intros p IH. rewrite Mparts_one. exact IH.
  - intros p IHp f IHf.
    change (partsG Qops a g (more p f)) with
      (Qred (mergeG Qops a g p * partsG Qops a g f)).
    rewrite Mparts_more, Q2R_red, Q2R_mult, IHf, IHp. reflexivity.
Qed.

Theorem rational_values : forall a g p,
  Q2R (mergeG Qops a g p) = M (fun t => Q2R (a t)) (fun t => Q2R (g t)) p.
Proof. intros. apply Q2R_merge_parts. Qed.

Theorem rational_composite : forall a i j,
  Q2R (compositeG Qops a i j) = C (fun t => Q2R (a t)) i j.
Proof.
  intros. unfold compositeG. rewrite C_over. induction (seq i (S j - i)) as [|t l IH].
  - apply Q2R_one.
  - rewrite over_cons, <- IH. cbn [map prodG fold_right kmul Qops].
    rewrite Q2R_red, Q2R_mult. reflexivity.
Qed.
