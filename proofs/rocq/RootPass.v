(** * The smallest (largest) plan in O(T^2)

    Under (G) the rows of Q come from the running-extremum recurrence; one
    least-weight-subsequence pass over the blocks at T does the rest:

      V(T) = a_T,    V(i) = opt_{i <= k < T}  V(k+1) h_T (Q(i,k)). *)

From Coq Require Import List Arith Lia Reals Lra.
From Symmerge Require Import Plan Merge Scalar OneSided DynamicProgram RunningExtremum
  Tables.
Import ListNotations.
Local Open Scope R_scope.

(** V as it must be, with the recurrence for Q. *)
Definition root_pass (le : R -> R -> Prop) (pick : R -> R -> R) (a g : nat -> R) (T : nat)
    (V : nat -> R) : Prop :=
  V T = a T /\
  forall i, (1 <= i < T)%nat ->
    best le (fun x => exists k, (i <= k < T)%nat /\
               x = V (S k) * h (g T) (fst (running pick a g i (S k - i)))) (V i).

Lemma root_pass_is_row : forall (le : R -> R -> Prop) pick a g T Mx Qx V,
  (forall x y, le x y -> le y x -> x = y) -> (1 <= T)%nat -> filled le a g T Mx Qx ->
  (forall i j, (1 <= i)%nat -> (i <= j)%nat -> (j <= T)%nat ->
     Qx i j = fst (running pick a g i (S j - i))) ->
  root_pass le pick a g T V ->
  forall n i, (i + n)%nat = T -> (1 <= i)%nat -> V i = Mx i T.
Proof.
  intros le pick a g T Mx Qx V anti HT [Hd Hf] HQ [V0 HV] n.
  induction n as [n IH] using lt_wf_ind. intros i Hn Hi.
  destruct n as [|n].
  - replace i with T by lia. rewrite V0. symmetry. apply Hd. lia.
  - destruct (HV i ltac:(lia)) as [(k & Hk & EV) BV].
    destruct (Hf i T) as [[(k' & Hk' & EM) BM] _]; try lia.
    assert (row : forall k, (i <= k < T)%nat ->
      V (S k) * h (g T) (fst (running pick a g i (S k - i))) =
      Mx (S k) T * h (g T) (Qx i k)).
    { intros l Hl. rewrite (IH (T - S l)%nat) by lia. rewrite HQ by lia. reflexivity. }
    apply anti.
    + apply BM. exists k. split; [exact Hk|]. rewrite EV. apply row, Hk.
    + apply BV. exists k'. split; [exact Hk'|]. rewrite EM. symmetry. apply row, Hk'.
Qed.

Theorem root_pass_min : forall a g T V, (1 <= T)%nat ->
  positive a T -> shrinkage g T -> condition_G a g T -> root_pass Rge Rmin a g T V ->
  best Rge (fun x => exists p, covers 1 T p /\ x = M a g p) (V 1%nat).
Proof.
  intros a g T V HT Ha Hg HG HV.
  assert (F := min_tables_filled a g T).
  rewrite (root_pass_is_row Rge Rmin a g T (fst (tables Rmin a g T))
             (snd (tables Rmin a g T)) V) with (n := (T - 1)%nat); trivial; try lia.
  - apply min_program; assumption.
  - intros; lra.
  - apply running_min_exact with (Mx := fst (tables Rmin a g T)); assumption.
Qed.

Theorem root_pass_max : forall a g T V, (1 <= T)%nat ->
  positive a T -> shrinkage g T -> condition_G a g T -> root_pass Rle Rmax a g T V ->
  best Rle (fun x => exists p, covers 1 T p /\ x = M a g p) (V 1%nat).
Proof.
  intros a g T V HT Ha Hg HG HV.
  assert (F := max_tables_filled a g T).
  rewrite (root_pass_is_row Rle Rmax a g T (fst (tables Rmax a g T))
             (snd (tables Rmax a g T)) V) with (n := (T - 1)%nat); trivial; try lia.
  - apply max_program; assumption.
  - intros; lra.
  - apply running_max_exact with (Mx := fst (tables Rmax a g T)); assumption.
Qed.
