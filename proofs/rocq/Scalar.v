(** * The one-merge map  h_g(x) = (1-g) x + g,  for 0 <= g <= 1

    Everything that follows uses only these facts: h is increasing, it moves x
    towards 1 without passing it, and the exchange identity. *)

From Coq Require Import Reals Lra Psatz.
From Symmerge Require Import Merge.
Local Open Scope R_scope.

(** Exchange identity: cutting a block AB into A and B. *)
Lemma exchange_identity : forall g A B,
  h g A * h g B - h g (A * B) = - (g * (1 - g) * ((1 - A) * (1 - B))).
Proof. intros. rewrite !h_eq. ring. Qed.

Lemma h_minus_id : forall g x, h g x - x = g * (1 - x).
Proof. intros. rewrite h_eq. ring. Qed.

Lemma h_minus_one : forall g x, h g x - 1 = (1 - g) * (x - 1).
Proof. intros. rewrite h_eq. ring. Qed.

(** Further identities of the same kind, used by search algorithms; here they
    are only checked. *)
Lemma identity_I3 : forall gj gv A B,
  h gj (B * h gv A) - h gj A * h gj B =
  (1 - gj) * (1 - A) * (gv * B - gj * (B - 1)).
Proof. intros. rewrite !h_eq. ring. Qed.

Lemma identity_I4 : forall g X Y,
  h g X * h g Y = (1 - g) ^ 2 * (X * Y) + g * (1 - g) * (X + Y) + g ^ 2.
Proof. intros. rewrite !h_eq. ring. Qed.

Lemma identity_I5 : forall S X q, S <> 0 -> X <> 0 ->
  (S + q / S) - (X + q / X) = (S - X) * (S * X - q) / (S * X).
Proof. intros. field. auto. Qed.

Lemma identity_I6 : forall g gamma A Z D,
  h g (A * Z) * h g D - h g A * h g (D * h gamma Z) =
  (1 - g) * (Z - 1) * (gamma * D * h g A - g * (D - A)).
Proof. intros. rewrite !h_eq. ring. Qed.

Lemma h_of_1 : forall g, h g 1 = 1.
Proof. intros. rewrite h_eq. ring. Qed.

(** Products of non-negative factors, in the shapes used below. *)
Lemma mul_le : forall x y x' y', 0 <= x -> 0 <= y -> x <= x' -> y <= y' ->
  x * y <= x' * y'.
Proof. intros. apply Rmult_le_compat; assumption. Qed.

Lemma mul_unit : forall x y, 0 < x <= 1 -> 0 < y <= 1 -> 0 < x * y <= 1.
Proof. intros; split; nra. Qed.

Lemma mul_above : forall x y, 1 <= x -> 1 <= y -> 1 <= x * y.
Proof. intros; nra. Qed.

Section OneMerge.
  Variable g : R.
  Hypothesis Hg : 0 <= g <= 1.

  Lemma h_mono : forall x y, x <= y -> h g x <= h g y.
  Proof. intros. rewrite !h_eq. nra. Qed.

  Lemma h_mono_strict : forall x y, g < 1 -> x < y -> h g x < h g y.
  Proof. intros. rewrite !h_eq. nra. Qed.

  Lemma h_pos : forall x, 0 < x -> 0 < h g x.
  Proof. intros. rewrite h_eq. destruct (Req_dec g 0); nra. Qed.

  (** x <= 1: the merge raises x, but not above 1. *)
  Lemma h_raises : forall x, x <= 1 -> x <= h g x.
  Proof. intros x H. assert (E := h_minus_id g x). nra. Qed.
  Lemma h_le_1 : forall x, x <= 1 -> h g x <= 1.
  Proof. intros x H. assert (E := h_minus_one g x). nra. Qed.
  Lemma h_unit : forall x, 0 < x <= 1 -> 0 < h g x <= 1.
  Proof. intros x [H1 H2]. split; [apply h_pos | apply h_le_1]; assumption. Qed.

  (** x >= 1: the merge lowers x, but not below 1. *)
  Lemma h_lowers : forall x, 1 <= x -> h g x <= x.
  Proof. intros x H. assert (E := h_minus_id g x). nra. Qed.
  Lemma h_ge_1 : forall x, 1 <= x -> 1 <= h g x.
  Proof. intros x H. assert (E := h_minus_one g x). nra. Qed.

  (** Same side of 1: one block is larger; opposite sides: smaller. *)
  Lemma h_join : forall A B, 0 <= (1 - A) * (1 - B) ->
    h g A * h g B <= h g (A * B).
  Proof.
    intros A B H. assert (E := exchange_identity g A B).
    assert (0 <= g * (1 - g) * ((1 - A) * (1 - B)))
      by (apply Rmult_le_pos; [nra | exact H]).
    lra.
  Qed.
  Lemma h_cut : forall A B, (1 - A) * (1 - B) <= 0 ->
    h g (A * B) <= h g A * h g B.
  Proof.
    intros A B H. assert (E := exchange_identity g A B).
    assert (0 <= g * (1 - g) * (- ((1 - A) * (1 - B))))
      by (apply Rmult_le_pos; [nra | lra]).
    lra.
  Qed.
  Lemma h_cut_strict : forall A B, 0 < g < 1 -> (1 - A) * (1 - B) < 0 ->
    h g (A * B) < h g A * h g B.
  Proof.
    intros A B G H. assert (E := exchange_identity g A B).
    assert (0 < g * (1 - g) * (- ((1 - A) * (1 - B))))
      by (apply Rmult_lt_0_compat; [nra | lra]).
    lra.
  Qed.
End OneMerge.
