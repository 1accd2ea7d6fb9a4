(** * One plan for many coordinates

    A spectrum is a list of coordinates, each with its own teacher steps,
    shrinkages and weight (multiplicity, or the variance of the input).  The
    squared 2-Wasserstein distance of the two centred Gaussians is the
    weighted sum of (M_i - C_i)^2. *)

From Coq Require Import List Arith Lia Reals Lra Psatz.
From Symmerge Require Import Plan Merge Scalar Canonical OneSided.
Import ListNotations.
Local Open Scope R_scope.

Record coordinate : Type := mkCoordinate {
  step : nat -> R;
  shrink : nat -> R;
  weight : R
}.

Definition sum (l : list R) : R := fold_right Rplus 0 l.

Definition W2sq (T : nat) (spectrum : list coordinate) (p : plan) : R :=
  sum (map (fun c => weight c * (M (step c) (shrink c) p - C (step c) 1 T) ^ 2)
           spectrum).

Definition legal (T : nat) (c : coordinate) : Prop :=
  positive (step c) T /\ shrinkage (shrink c) T /\ 0 <= weight c.

Lemma sum_le : forall (A : Type) (f1 f2 : A -> R) l,
  (forall x, In x l -> f1 x <= f2 x) -> sum (map f1 l) <= sum (map f2 l).
Proof.
  intros A f1 f2 l. induction l as [|x l IH]; intros H; cbn; [lra|].
  apply Rplus_le_compat; [apply H; left; reflexivity|].
  apply IH. intros y Hy. apply H. right. exact Hy.
Qed.

Lemma square_le : forall x y, Rabs x <= Rabs y -> x ^ 2 <= y ^ 2.
Proof. intros x y H. apply Rsqr_le_abs_1 in H. unfold Rsqr in H. nra. Qed.

(** If a plan is the nearest one in every coordinate, it is the nearest one. *)
Lemma W2_of_coordinates : forall T spectrum p q,
  (forall c, In c spectrum -> 0 <= weight c /\
     Rabs (M (step c) (shrink c) p - C (step c) 1 T) <=
     Rabs (M (step c) (shrink c) q - C (step c) 1 T)) ->
  W2sq T spectrum p <= W2sq T spectrum q.
Proof.
  intros T spectrum p q H. apply sum_le. intros c Hc.
  destruct (H c Hc) as [Hw Habs].
  apply Rmult_le_compat_l; [exact Hw|]. apply square_le, Habs.
Qed.

Theorem boot_best_W2 : forall T spectrum p, (1 <= T)%nat ->
  (forall c, In c spectrum -> legal T c /\ all_below (step c) T) ->
  covers 1 T p ->
  W2sq T spectrum (boot T) <= W2sq T spectrum p.
Proof.
  intros T spectrum p HT H Hp. apply W2_of_coordinates. intros c Hc.
  destruct (H c Hc) as ((Hpos & Hg & Hw) & Ha).
  split; [exact Hw|]. apply boot_nearest; assumption.
Qed.

Theorem vanilla_best_W2 : forall T spectrum p, (1 <= T)%nat ->
  (forall c, In c spectrum -> legal T c /\ all_above (step c) T) ->
  covers 1 T p ->
  W2sq T spectrum (vanilla T) <= W2sq T spectrum p.
Proof.
  intros T spectrum p HT H Hp. apply W2_of_coordinates. intros c Hc.
  destruct (H c Hc) as ((Hpos & Hg & Hw) & Ha).
  split; [exact Hw|]. apply vanilla_nearest; assumption.
Qed.
