(** * The two interval dynamic programs are exact

    Two tables, filled by the recursion

      M[i,j] = opt_k  M[k+1,j] * h_j (Q[i,k]),
      Q[i,j] = opt (M[i,j], opt_k  Q[i,k] * M[k+1,j]),      i <= k < j,

    with opt = max (or min) hold the largest (smallest) value over *all* plans
    and over all sequences of parts.  The only reason is that values are
    positive and increasing in every child; no condition on signs or on the
    g's is needed.  Max and min are one proof, with the order as a parameter. *)

From Coq Require Import List Arith Lia Reals Lra Psatz.
From Symmerge Require Import Plan Merge Scalar OneSided.
Import ListNotations.
Local Open Scope R_scope.

(** x is an element of P, and no element is better. *)
Definition best (le : R -> R -> Prop) (P : R -> Prop) (x : R) : Prop :=
  P x /\ forall y, P y -> le y x.

Definition filled (le : R -> R -> Prop) (a g : nat -> R) (T : nat)
    (Mx Qx : nat -> nat -> R) : Prop :=
  (forall i, (1 <= i <= T)%nat -> Mx i i = a i /\ Qx i i = a i) /\
  (forall i j, (1 <= i)%nat -> (i < j)%nat -> (j <= T)%nat ->
     best le (fun x => exists k, (i <= k < j)%nat /\
                x = Mx (S k) j * h (g j) (Qx i k)) (Mx i j) /\
     best le (fun x => x = Mx i j \/ exists k, (i <= k < j)%nat /\
                x = Qx i k * Mx (S k) j) (Qx i j)).

(** ** Parts from the noisy side *)

Fixpoint snoc (f : parts) (q : plan) : parts :=
  match f with
  | one p => more p (one q)
  | more p f' => more p (snoc f' q)
  end.

(** Parts are non-empty lists of plans. *)
Lemma parts_list_ind : forall P : parts -> Prop,
  (forall p, P (one p)) -> (forall p f, P f -> P (more p f)) -> forall f, P f.
Proof. intros P H1 H2. fix IH 1. intros [p|p f]; [apply H1 | apply H2, IH]. Qed.

Lemma snoc_value : forall a g f q, Mparts a g (snoc f q) = Mparts a g f * M a g q.
Proof.
  intros a g f q.
  induction f as [p|p f IH] using parts_list_ind.
  - reflexivity.
  - cbn [snoc]. rewrite !Mparts_more, IH. ring.
Qed.

Lemma snoc_covers : forall f q i k j, coversP i k f -> covers (S k) j q ->
  coversP i j (snoc f q).
Proof.
  intros f q.
  induction f as [p|p f IH] using parts_list_ind;
    intros i k j Hf Hq; inversion Hf; subst; cbn [snoc].
  - eapply covers_more; [eassumption | constructor; exact Hq].
  - eapply covers_more; [eassumption | eapply IH; eassumption].
Qed.

Lemma unsnoc : forall i j f, coversP i j f ->
  (exists p, f = one p /\ covers i j p) \/
  exists k f' q, f = snoc f' q /\ coversP i k f' /\ covers (S k) j q.
Proof.
  intros i j f. revert i.
  induction f as [p|p f IH] using parts_list_ind;
    intros i Hf; inversion Hf as [|? k ? ? ? Hp Hf']; subst.
  - left. eauto.
  - right. destruct (IH _ Hf') as [(q & -> & Hq)|(k' & f' & q & -> & H1 & H2)].
    + exists k, (one p), q. repeat split; trivial. constructor. exact Hp.
    + exists k', (more p f'), q. repeat split; trivial.
      eapply covers_more; eassumption.
Qed.

(** ** Values are positive *)

Lemma values_positive : forall a g,
  (forall i j p, covers i j p ->
     (forall t, (i <= t <= j)%nat -> 0 < a t /\ 0 <= g t <= 1) -> 0 < M a g p) /\
  (forall i j f, coversP i j f ->
     (forall t, (i <= t <= j)%nat -> 0 < a t /\ 0 <= g t <= 1) -> 0 < Mparts a g f).
Proof.
  intros a g. apply covers_coversP_ind.
  - intros t H. apply H. lia.
  - intros i k j f r Hf IHf Hr IHr H.
    assert (L1 := proj2 covers_le _ _ _ Hf). assert (L2 := proj1 covers_le _ _ _ Hr).
    rewrite M_node, (covers_last _ _ _ Hr). apply Rmult_lt_0_compat.
    + apply IHr. intros; apply H; lia.
    + apply h_pos; [apply H; lia|]. apply IHf. intros; apply H; lia.
  - intros i j p Hp IH H. rewrite Mparts_one. auto.
  - intros i k j p f Hp IHp Hf IHf H.
    assert (L1 := proj1 covers_le _ _ _ Hp). assert (L2 := proj2 covers_le _ _ _ Hf).
    rewrite Mparts_more. apply Rmult_lt_0_compat; [apply IHp | apply IHf];
      intros; apply H; lia.
Qed.

(** ** Exactness, for an order which products and h respect *)

Section Exact.
  Variable le : R -> R -> Prop.
  Hypothesis le_refl : forall x, le x x.
  Hypothesis le_trans : forall x y z, le x y -> le y z -> le x z.
  Hypothesis le_mul : forall x y x' y', 0 < x -> 0 < y -> 0 < x' -> 0 < y' ->
    le x x' -> le y y' -> le (x * y) (x' * y').
  Hypothesis le_h : forall g x y, 0 <= g <= 1 -> le x y -> le (h g x) (h g y).

  Variables (a g : nat -> R) (T : nat) (Mx Qx : nat -> nat -> R).
  Hypothesis Ha : positive a T.
  Hypothesis Hg : shrinkage g T.
  Hypothesis Hfill : filled le a g T Mx Qx.

  Let planvals i j : R -> Prop := fun x => exists p, covers i j p /\ x = M a g p.
  Let partvals i j : R -> Prop := fun x => exists f, coversP i j f /\ x = Mparts a g f.

  Lemma planvals_pos : forall i j x, (1 <= i)%nat -> (j <= T)%nat ->
    planvals i j x -> 0 < x.
  Proof.
    intros i j x Hi Hj (p & Hp & ->). apply (proj1 (values_positive a g) i j); [exact Hp|].
    intros t Ht. split; [apply Ha | apply Hg]; lia.
  Qed.
  Lemma partvals_pos : forall i j x, (1 <= i)%nat -> (j <= T)%nat ->
    partvals i j x -> 0 < x.
  Proof.
    intros i j x Hi Hj (p & Hp & ->). apply (proj2 (values_positive a g) i j); [exact Hp|].
    intros t Ht. split; [apply Ha | apply Hg]; lia.
  Qed.

  Lemma exact_length : forall n i j, (j - i < n)%nat -> (1 <= i)%nat -> (i <= j)%nat ->
    (j <= T)%nat -> best le (planvals i j) (Mx i j) /\ best le (partvals i j) (Qx i j).
  Proof.
    destruct Hfill as [Hdiag Hrec].
    assert (single_plan : forall i p, covers i i p -> p = leaf i).
    { intros i p Hp. inversion Hp as [|? k ? ? ? Hf Hr]; subst; [reflexivity|].
      apply (proj2 covers_le) in Hf. apply (proj1 covers_le) in Hr. lia. }
    induction n as [|n IH]; intros i j Hn Hi Hij Hj; [lia|].
    destruct (Nat.eq_dec i j) as [->|N].
    { (* one step *)
      destruct (Hdiag j) as [E1 E2]; [lia|]. rewrite E1, E2. split; split.
      - exists (leaf j). split; [constructor|reflexivity].
      - intros y (p & Hp & ->). rewrite (single_plan _ _ Hp). apply le_refl.
      - exists (one (leaf j)). split; [repeat constructor|reflexivity].
      - intros y (f & Hf & ->). inversion Hf as [? ? p Hp|? k ? ? ? Hp Hf']; subst.
        + rewrite (single_plan _ _ Hp). apply le_refl.
        + apply (proj1 covers_le) in Hp. apply (proj2 covers_le) in Hf'. lia. }
    destruct (Hrec i j) as [[BM1 BM2] [BQ1 BQ2]]; try lia.
    assert (BM : best le (planvals i j) (Mx i j)).
    { split.
      - destruct BM1 as (k & Hk & ->).
        destruct (IH i k) as [_ [(f & Hf & ->) _]]; try lia.
        destruct (IH (S k) j) as [[(r & Hr & ->) _] _]; try lia.
        exists (node f r). split; [eapply covers_node; eassumption|].
        rewrite M_node, (covers_last _ _ _ Hr). reflexivity.
      - intros y (p & Hp & ->). inversion Hp as [|? k ? f r Hf Hr]; subst; [lia|].
        assert (L1 := proj2 covers_le _ _ _ Hf). assert (L2 := proj1 covers_le _ _ _ Hr).
        destruct (IH i k) as [_ [Q1 Q2]]; try lia.
        destruct (IH (S k) j) as [[M1 M2] _]; try lia.
        rewrite M_node, (covers_last _ _ _ Hr).
        apply le_trans with (Mx (S k) j * h (g j) (Qx i k)).
        + assert (G : 0 <= g j <= 1) by (apply Hg; lia).
          assert (Vr : planvals (S k) j (M a g r)) by (exists r; auto).
          assert (Vf : partvals i k (Mparts a g f)) by (exists f; auto).
          apply le_mul.
          * apply (planvals_pos (S k) j); [lia|lia|exact Vr].
          * apply h_pos; [exact G|]. apply (partvals_pos i k); [lia|lia|exact Vf].
          * apply (planvals_pos (S k) j); [lia|lia|exact M1].
          * apply h_pos; [exact G|]. apply (partvals_pos i k); [lia|lia|exact Q1].
          * apply M2, Vr.
          * apply le_h; [exact G|]. apply Q2, Vf.
        + apply BM2. exists k. split; [lia|reflexivity]. }
    split; [exact BM|]. destruct BM as [[p0 [Hp0 E0]] BMle]. split.
    - destruct BQ1 as [->|(k & Hk & ->)].
      + exists (one p0). split; [constructor; exact Hp0|]. rewrite Mparts_one. exact E0.
      + destruct (IH i k) as [_ [(f & Hf & ->) _]]; try lia.
        destruct (IH (S k) j) as [[(r & Hr & ->) _] _]; try lia.
        exists (snoc f r). split; [eapply snoc_covers; eassumption|].
        rewrite snoc_value. reflexivity.
    - intros y (f & Hf & ->).
      destruct (unsnoc _ _ _ Hf) as [(p & -> & Hp)|(k & f' & q & -> & Hf' & Hq)].
      + apply le_trans with (Mx i j); [|apply BQ2; auto].
        rewrite Mparts_one. apply BMle. exists p. auto.
      + assert (L1 := proj2 covers_le _ _ _ Hf'). assert (L2 := proj1 covers_le _ _ _ Hq).
        destruct (IH i k) as [_ [Q1 Q2]]; try lia.
        destruct (IH (S k) j) as [[M1 M2] _]; try lia.
        rewrite snoc_value.
        apply le_trans with (Qx i k * Mx (S k) j).
        * assert (Vq : planvals (S k) j (M a g q)) by (exists q; auto).
          assert (Vf : partvals i k (Mparts a g f')) by (exists f'; auto).
          apply le_mul.
          -- apply (partvals_pos i k); [lia|lia|exact Vf].
          -- apply (planvals_pos (S k) j); [lia|lia|exact Vq].
          -- apply (partvals_pos i k); [lia|lia|exact Q1].
          -- apply (planvals_pos (S k) j); [lia|lia|exact M1].
          -- apply Q2, Vf.
          -- apply M2, Vq.
        * apply BQ2. right. exists k. split; [lia|reflexivity].
  Qed.

  Theorem exact_interval : forall i j, (1 <= i)%nat -> (i <= j)%nat -> (j <= T)%nat ->
    best le (fun x => exists p, covers i j p /\ x = M a g p) (Mx i j) /\
    best le (fun x => exists f, coversP i j f /\ x = Mparts a g f) (Qx i j).
  Proof. intros i j H1 H2 H3. apply (exact_length (S (j - i))); lia. Qed.
End Exact.

(** ** The two programs *)

Theorem max_program_exact : forall a g T Mx Qx, (1 <= T)%nat ->
  positive a T -> shrinkage g T -> filled Rle a g T Mx Qx ->
  best Rle (fun x => exists p, covers 1 T p /\ x = M a g p) (Mx 1%nat T).
Proof.
  intros a g T Mx Qx HT Ha Hg Hf.
  eapply (exact_interval Rle); try eassumption; try lia; intros.
  - lra.
  - lra.
  - apply mul_le; lra.
  - apply h_mono; assumption.
Qed.

Theorem min_program_exact : forall a g T Mx Qx, (1 <= T)%nat ->
  positive a T -> shrinkage g T -> filled Rge a g T Mx Qx ->
  best Rge (fun x => exists p, covers 1 T p /\ x = M a g p) (Mx 1%nat T).
Proof.
  intros a g T Mx Qx HT Ha Hg Hf.
  eapply (exact_interval Rge); try eassumption; try lia; intros.
  - lra.
  - lra.
  - apply Rle_ge, mul_le; lra.
  - apply Rle_ge, h_mono; [assumption|lra].
Qed.

(** When the smallest value is not below C, or the largest not above C, the
    plan which attains it is the nearest one. *)
Theorem min_plan_nearest : forall a g T Mx Qx p, (1 <= T)%nat ->
  positive a T -> shrinkage g T -> filled Rge a g T Mx Qx ->
  covers 1 T p -> M a g p = Mx 1%nat T -> C a 1 T <= M a g p ->
  forall q, covers 1 T q -> Rabs (M a g p - C a 1 T) <= Rabs (M a g q - C a 1 T).
Proof.
  intros a g T Mx Qx p HT Ha Hg Hf Hp E HC q Hq.
  destruct (min_program_exact a g T Mx Qx HT Ha Hg Hf) as [_ B].
  assert (X := B (M a g q) (ex_intro _ q (conj Hq eq_refl))).
  rewrite !Rabs_right; lra.
Qed.

Theorem max_plan_nearest : forall a g T Mx Qx p, (1 <= T)%nat ->
  positive a T -> shrinkage g T -> filled Rle a g T Mx Qx ->
  covers 1 T p -> M a g p = Mx 1%nat T -> M a g p <= C a 1 T ->
  forall q, covers 1 T q -> Rabs (M a g p - C a 1 T) <= Rabs (M a g q - C a 1 T).
Proof.
  intros a g T Mx Qx p HT Ha Hg Hf Hp E HC q Hq.
  destruct (max_program_exact a g T Mx Qx HT Ha Hg Hf) as [_ B].
  assert (X := B (M a g q) (ex_intro _ q (conj Hq eq_refl))).
  rewrite !Rabs_left1; lra.
Qed.
