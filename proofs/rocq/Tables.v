(** * The interval program as a program

    [filled] in [DynamicProgram.v] says what the tables must satisfy; here they
    are computed, length by length, so that the exactness theorems are about
    something that exists. *)

From Coq Require Import List Arith Lia Reals Lra.
From Symmerge Require Import Plan Merge OneSided DynamicProgram.
Import ListNotations.
Local Open Scope R_scope.

Section Program.
  Variable pick : R -> R -> R.
  Variables a g : nat -> R.

  (** Best of f 0 .. f n. *)
  Fixpoint extreme (f : nat -> R) (n : nat) : R :=
    match n with
    | 0%nat => f 0%nat
    | S n' => pick (extreme f n') (f (S n'))
    end.

  (** The pair (M, Q), right for all intervals of at most n+1 steps. *)
  Fixpoint tables (n : nat) : (nat -> nat -> R) * (nat -> nat -> R) :=
    match n with
    | 0%nat => (fun i _ => a i, fun i _ => a i)
    | S n' =>
        let Mx := fst (tables n') in
        let Qx := snd (tables n') in
        let Mx' := fun i j =>
          if (j - i =? S n')%nat
          then extreme (fun k => Mx (S (i + k)) j * h (g j) (Qx i (i + k)%nat)) n'
          else Mx i j in
        (Mx', fun i j =>
          if (j - i =? S n')%nat
          then pick (Mx' i j) (extreme (fun k => Qx i (i + k)%nat * Mx (S (i + k)) j) n')
          else Qx i j)
    end.

  Lemma tables_stable : forall n m i j, (m <= n)%nat -> (j - i <= m)%nat ->
    fst (tables n) i j = fst (tables m) i j /\ snd (tables n) i j = snd (tables m) i j.
  Proof.
    induction n as [|n IH]; intros m i j H1 H2.
    - replace m with 0%nat by lia. auto.
    - destruct (Nat.eq_dec m (S n)) as [->|N]; [auto|].
      cbn [tables fst snd].
      destruct (Nat.eqb_spec (j - i) (S n)) as [E|_]; [lia|]. apply IH; lia.
  Qed.

  Variable le : R -> R -> Prop.
  Hypothesis le_refl : forall x, le x x.
  Hypothesis le_trans : forall x y z, le x y -> le y z -> le x z.
  Hypothesis pick_one : forall x y, pick x y = x \/ pick x y = y.
  Hypothesis pick_l : forall x y, le x (pick x y).
  Hypothesis pick_r : forall x y, le y (pick x y).

  Lemma extreme_spec : forall f n,
    (exists k, (k <= n)%nat /\ extreme f n = f k) /\
    (forall k, (k <= n)%nat -> le (f k) (extreme f n)).
  Proof.
    intros f. induction n as [|n [(k & Hk & E) B]]; cbn [extreme].
    - split; [exists 0%nat; auto|]. intros k Hk. replace k with 0%nat by lia. apply le_refl.
    - split.
      + destruct (pick_one (extreme f n) (f (S n))) as [P|P]; rewrite P.
        * exists k. auto.
        * exists (S n). auto.
      + intros l Hl. destruct (Nat.eq_dec l (S n)) as [->|N]; [apply pick_r|].
        apply le_trans with (extreme f n); [apply B; lia|apply pick_l].
  Qed.

  Theorem tables_filled : forall T, filled le a g T (fst (tables T)) (snd (tables T)).
  Proof.
    intros T. split.
    - intros i Hi. destruct (tables_stable T 0 i i) as [E1 E2]; try lia.
      rewrite E1, E2. auto.
    - intros i j Hi Hij Hj. set (n := (j - i - 1)%nat).
      assert (En : (j - i)%nat = S n) by lia.
      assert (ext : forall f1 f2 m, (forall k, (k <= m)%nat -> f1 k = f2 k) ->
                extreme f1 m = extreme f2 m).
      { intros f1 f2. induction m as [|m IH]; intros H; cbn [extreme].
        - apply H. lia.
        - rewrite IH, (H (S m)); auto. }
      assert (M_rec : fst (tables T) i j =
        extreme (fun k => fst (tables T) (S (i + k)) j *
                          h (g j) (snd (tables T) i (i + k)%nat)) n).
      { rewrite (proj1 (tables_stable T (S n) i j ltac:(lia) ltac:(lia))).
        cbn [tables fst]. rewrite En, Nat.eqb_refl. apply ext. intros k Hk.
        rewrite (proj1 (tables_stable T n (S (i + k)) j ltac:(lia) ltac:(lia))).
        rewrite (proj2 (tables_stable T n i (i + k) ltac:(lia) ltac:(lia))). reflexivity. }
      assert (Q_rec : snd (tables T) i j = pick (fst (tables T) i j)
        (extreme (fun k => snd (tables T) i (i + k)%nat * fst (tables T) (S (i + k)) j) n)).
      { rewrite (proj1 (tables_stable T (S n) i j ltac:(lia) ltac:(lia))).
        rewrite (proj2 (tables_stable T (S n) i j ltac:(lia) ltac:(lia))).
        cbn [tables fst snd]. rewrite En, Nat.eqb_refl. f_equal. apply ext. intros k Hk.
        rewrite (proj1 (tables_stable T n (S (i + k)) j ltac:(lia) ltac:(lia))).
        rewrite (proj2 (tables_stable T n i (i + k) ltac:(lia) ltac:(lia))). reflexivity. }
      split; split.
      + rewrite M_rec.
        destruct (extreme_spec (fun k => fst (tables T) (S (i + k)) j *
                    h (g j) (snd (tables T) i (i + k)%nat)) n) as [(k & Hk & E) _].
        exists (i + k)%nat. split; [lia|exact E].
      + intros y (k & Hk & ->). rewrite M_rec.
        destruct (extreme_spec (fun k => fst (tables T) (S (i + k)) j *
                    h (g j) (snd (tables T) i (i + k)%nat)) n) as [_ B].
        specialize (B (k - i)%nat ltac:(lia)). cbv beta in B.
        replace (i + (k - i))%nat with k in B by lia. exact B.
      + rewrite Q_rec. destruct (pick_one (fst (tables T) i j)
          (extreme (fun k => snd (tables T) i (i + k)%nat * fst (tables T) (S (i + k)) j) n))
          as [P|P]; rewrite P; [auto|]. right.
        destruct (extreme_spec (fun k => snd (tables T) i (i + k)%nat *
                    fst (tables T) (S (i + k)) j) n) as [(k & Hk & E) _].
        exists (i + k)%nat. split; [lia|exact E].
      + intros y [->|(k & Hk & ->)]; rewrite Q_rec; [apply pick_l|].
        destruct (extreme_spec (fun k => snd (tables T) i (i + k)%nat *
                    fst (tables T) (S (i + k)) j) n) as [_ B].
        specialize (B (k - i)%nat ltac:(lia)). cbv beta in B.
        replace (i + (k - i))%nat with k in B by lia.
        eapply le_trans; [exact B|apply pick_r].
  Qed.
End Program.

Theorem max_tables_filled : forall a g T,
  filled Rle a g T (fst (tables Rmax a g T)) (snd (tables Rmax a g T)).
Proof.
  intros. apply tables_filled; intros; try lra.
  - unfold Rmax. destruct (Rle_dec x y); auto.
  - apply Rmax_l.
  - apply Rmax_r.
Qed.

Theorem min_tables_filled : forall a g T,
  filled Rge a g T (fst (tables Rmin a g T)) (snd (tables Rmin a g T)).
Proof.
  intros. apply tables_filled; intros; try lra.
  - unfold Rmin. destruct (Rle_dec x y); auto.
  - apply Rle_ge, Rmin_l.
  - apply Rle_ge, Rmin_r.
Qed.

(** The two numbers which decide whether the error can have one sign only. *)
Corollary max_program : forall a g T, (1 <= T)%nat -> positive a T -> shrinkage g T ->
  best Rle (fun x => exists p, covers 1 T p /\ x = M a g p)
    (fst (tables Rmax a g T) 1%nat T).
Proof.
  intros. eapply max_program_exact; eauto. apply max_tables_filled.
Qed.

Corollary min_program : forall a g T, (1 <= T)%nat -> positive a T -> shrinkage g T ->
  best Rge (fun x => exists p, covers 1 T p /\ x = M a g p)
    (fst (tables Rmin a g T) 1%nat T).
Proof.
  intros. eapply min_program_exact; eauto. apply min_tables_filled.
Qed.
