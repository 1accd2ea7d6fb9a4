(** * Other noise schedules

    For any schedule alpha_t, sigma_t with decreasing alpha, the step a_t is
    <= 1 exactly when lam does not exceed the threshold

      lam_t = sigma_t (sigma_t - sigma_{t-1}) / (alpha_t (alpha_{t-1} - alpha_t)).

    - Variance preserving, alpha = cos theta_t, sigma = sin theta_t, any
      increasing angles: lam_t = tan theta_t / tan ((theta_t + theta_{t-1})/2) > 1,
      so BOOT is optimal for every lam <= 1.
    - Flow matching, alpha = 1 - t/T, sigma = t/T: lam_t = t/(T-t), so that the
      edges are 1/(T-1) and T-1, reciprocal to each other.
    - Variance exploding, alpha = 1: every a_t <= 1, BOOT is optimal for
      every variance. *)

From Coq Require Import Arith Lia Reals Lra Psatz.
From Symmerge Require Import Plan Merge Scalar Canonical OneSided Converse Cosine.
Local Open Scope R_scope.

Section General.
  Variables (al sg : nat -> R) (lam : R).

  Definition schedule_variance (t : nat) : R := al t ^ 2 * lam + sg t ^ 2.
  Definition schedule_step (t : nat) : R :=
    (al t * al (t - 1)%nat * lam + sg t * sg (t - 1)%nat) / schedule_variance t.
  Definition schedule_shrink (s : R) (t : nat) : R := exp (- 2 * s * schedule_variance t).

  (** Numerator minus denominator. *)
  Lemma step_minus_1_num : forall t, schedule_variance t <> 0 ->
    (schedule_step t - 1) * schedule_variance t =
    sg t * (sg (t - 1)%nat - sg t) + lam * (al t * (al (t - 1)%nat - al t)).
  Proof. intros t H. unfold schedule_step. unfold schedule_variance in *. field. exact H. Qed.

  Theorem threshold_le : forall t, 0 < schedule_variance t ->
    0 < al t -> al t < al (t - 1)%nat ->
    (schedule_step t <= 1 <->
     lam <= sg t * (sg t - sg (t - 1)%nat) / (al t * (al (t - 1)%nat - al t))).
  Proof.
    intros t V A B. assert (E := step_minus_1_num t ltac:(lra)).
    set (D := al t * (al (t - 1)%nat - al t)) in *.
    assert (0 < D) by (apply Rmult_lt_0_compat; lra).
    set (N := sg t * (sg t - sg (t - 1)%nat)).
    assert (F : N / D * D = N) by (field; lra).
    assert (EN : sg t * (sg (t - 1)%nat - sg t) = - N) by (unfold N; ring).
    rewrite EN in E. split; intros H0; nra.
  Qed.

  Theorem threshold_ge : forall t, 0 < schedule_variance t ->
    0 < al t -> al t < al (t - 1)%nat ->
    (1 <= schedule_step t <->
     sg t * (sg t - sg (t - 1)%nat) / (al t * (al (t - 1)%nat - al t)) <= lam).
  Proof.
    intros t V A B. assert (E := step_minus_1_num t ltac:(lra)).
    set (D := al t * (al (t - 1)%nat - al t)) in *.
    assert (0 < D) by (apply Rmult_lt_0_compat; lra).
    set (N := sg t * (sg t - sg (t - 1)%nat)).
    assert (F : N / D * D = N) by (field; lra).
    assert (EN : sg t * (sg (t - 1)%nat - sg t) = - N) by (unfold N; ring).
    rewrite EN in E. split; intros H0; nra.
  Qed.

  Lemma schedule_shrink_range : forall s t, 0 <= s -> 0 < schedule_variance t ->
    0 <= schedule_shrink s t <= 1.
  Proof.
    intros s t Hs V. unfold schedule_shrink. split; [apply Rlt_le, exp_pos|].
    rewrite <- exp_0. assert (0 <= s * schedule_variance t) by (apply Rmult_le_pos; lra).
    destruct (Req_dec (s * schedule_variance t) 0).
    - right. f_equal. lra.
    - left. apply exp_increasing. lra.
  Qed.

  Lemma schedule_shrink_strict : forall s t, 0 < s -> 0 < schedule_variance t ->
    0 < schedule_shrink s t < 1.
  Proof.
    intros s t Hs V. unfold schedule_shrink. split; [apply exp_pos|].
    rewrite <- exp_0. apply exp_increasing.
    assert (0 < s * schedule_variance t) by (apply Rmult_lt_0_compat; lra). lra.
  Qed.
End General.

(** The cosine schedule is an instance. *)
Lemma cosine_is_a_schedule : forall T lam t,
  cosine_step T lam t = schedule_step (alpha T) (sigma T) lam t.
Proof. reflexivity. Qed.

(** ** Variance preserving *)

Theorem vp_threshold : forall x y, 0 <= y -> y < x -> x < PI / 2 ->
  sin x * (sin x - sin y) / (cos x * (cos y - cos x)) = tan x / tan ((x + y) / 2).
Proof.
  intros x y Hy Hxy Hx. assert (P := PI_RGT_0).
  assert (C1 : 0 < cos x) by (apply cos_gt_0; lra).
  assert (C2 : 0 < cos ((x + y) / 2)) by (apply cos_gt_0; lra).
  assert (S1 : 0 < sin ((x + y) / 2)) by (apply sin_gt_0; lra).
  assert (S2 : 0 < sin ((x - y) / 2)) by (apply sin_gt_0; lra).
  rewrite (form4 x y), (form2 y x).
  replace ((y - x) / 2) with (- ((x - y) / 2)) by field.
  replace ((y + x) / 2) with ((x + y) / 2) by field.
  rewrite sin_neg. unfold tan. field. repeat split; lra.
Qed.

Theorem vp_threshold_above_1 : forall x y, 0 <= y -> y < x -> x < PI / 2 ->
  1 < tan x / tan ((x + y) / 2).
Proof.
  intros x y Hy Hxy Hx. assert (P := PI_RGT_0).
  assert (T1 : 0 < tan ((x + y) / 2)) by (apply tan_gt_0; lra).
  assert (T2 : tan ((x + y) / 2) < tan x) by (apply tan_increasing; lra).
  apply Rmult_lt_reg_r with (tan ((x + y) / 2)); [exact T1|].
  replace (tan x / tan ((x + y) / 2) * tan ((x + y) / 2)) with (tan x) by (field; lra).
  lra.
Qed.

Theorem vp_boot_best : forall T th lam s p, (2 <= T)%nat -> 0 < lam <= 1 -> 0 <= s ->
  0 <= th 0%nat -> (forall t, (t < T)%nat -> th t < th (S t)) -> th T <= PI / 2 ->
  covers 1 T p ->
  let a := schedule_step (fun t => cos (th t)) (fun t => sin (th t)) lam in
  let g := schedule_shrink (fun t => cos (th t)) (fun t => sin (th t)) lam s in
  C a 1 T <= M a g (boot T) /\ M a g (boot T) <= M a g p /\
  M a g p <= M a g (consistency T).
Proof.
  intros T th lam s p HT [Hl Hl1] Hs H0 Hinc HTh Hp a g. assert (P := PI_RGT_0).
  assert (mono : forall n t, (t + n <= T)%nat -> th t <= th (t + n)%nat).
  { induction n as [|n IH]; intros t Ht; [rewrite Nat.add_0_r; lra|].
    rewrite Nat.add_succ_r. assert (X := IH t ltac:(lia)).
    assert (Y := Hinc (t + n)%nat ltac:(lia)). lra. }
  assert (low : forall t, (1 <= t <= T)%nat -> 0 < th t).
  { intros t Ht. assert (X := mono (t - 1)%nat 1%nat ltac:(lia)).
    replace (1 + (t - 1))%nat with t in X by lia.
    assert (Y := Hinc 0%nat ltac:(lia)). lra. }
  assert (high : forall t, (t < T)%nat -> th t < PI / 2).
  { intros t Ht. assert (X := mono (T - S t)%nat (S t) ltac:(lia)).
    replace (S t + (T - S t))%nat with T in X by lia.
    assert (Y := Hinc t Ht). lra. }
  assert (top : forall t, (t <= T)%nat -> th t <= PI / 2).
  { intros t Ht. destruct (Nat.eq_dec t T) as [->|N]; [exact HTh|].
    assert (X := high t ltac:(lia)). lra. }
  assert (low0 : forall t, (t <= T)%nat -> 0 <= th t).
  { intros [|t] Ht; [exact H0|]. apply Rlt_le, low. lia. }
  assert (sp : forall t, (1 <= t <= T)%nat -> 0 < sin (th t)).
  { intros t Ht. assert (X := low t Ht). assert (Y := top t ltac:(lia)).
    apply sin_gt_0; lra. }
  assert (cn : forall t, (t <= T)%nat -> 0 <= cos (th t)).
  { intros t Ht. assert (X := low0 t Ht). assert (Y := top t Ht). apply cos_ge_0; lra. }
  assert (V : forall t, (1 <= t <= T)%nat ->
    0 < schedule_variance (fun t => cos (th t)) (fun t => sin (th t)) lam t).
  { intros t Ht. unfold schedule_variance. assert (X := sp t Ht).
    assert (0 <= cos (th t) ^ 2) by apply pow2_ge_0. nra. }
  apply boot_best_consistency_worst; trivial; [lia|..].
  - intros t Ht. unfold a, schedule_step. apply Rdiv_lt_0_compat; [|apply V, Ht].
    assert (X := sp t Ht). assert (Y := cn t ltac:(lia)). assert (Z := cn (t - 1)%nat ltac:(lia)).
    destruct (Nat.eq_dec t T) as [->|N].
    + assert (W := sp (T - 1)%nat ltac:(lia)).
      assert (0 <= cos (th T) * cos (th (T - 1)%nat)) by (apply Rmult_le_pos; assumption).
      assert (0 < sin (th T) * sin (th (T - 1)%nat)) by (apply Rmult_lt_0_compat; assumption).
      nra.
    + assert (C1 : 0 < cos (th t))
        by (assert (A := low0 t ltac:(lia)); assert (B := high t ltac:(lia));
            apply cos_gt_0; lra).
      assert (C2 : 0 < cos (th (t - 1)%nat))
        by (assert (A := low0 (t - 1)%nat ltac:(lia)); assert (B := high (t - 1)%nat ltac:(lia));
            apply cos_gt_0; lra).
      assert (S2 : 0 <= sin (th (t - 1)%nat))
        by (assert (A := low0 (t - 1)%nat ltac:(lia)); assert (B := high (t - 1)%nat ltac:(lia));
            apply sin_ge_0; lra).
      assert (0 < cos (th t) * cos (th (t - 1)%nat)) by (apply Rmult_lt_0_compat; assumption).
      assert (0 <= sin (th t) * sin (th (t - 1)%nat)) by (apply Rmult_le_pos; lra).
      nra.
  - intros t Ht. apply schedule_shrink_range; [exact Hs|apply V, Ht].
  - intros t Ht. assert (X := V t ltac:(lia)).
    assert (E := step_minus_1_num (fun t => cos (th t)) (fun t => sin (th t)) lam t
                   ltac:(lra)).
    fold a in E. cbv beta in E.
    assert (D : cos (th t) <= cos (th (t - 1)%nat)).
    { assert (I := Hinc (t - 1)%nat ltac:(lia)). replace (S (t - 1)) with t in I by lia.
      assert (A := low0 (t - 1)%nat ltac:(lia)). assert (B := high t ltac:(lia)).
      apply cos_decr_1; lra. }
    assert (Y := cn t ltac:(lia)).
    assert (K : 0 <= cos (th t) * (cos (th (t - 1)%nat) - cos (th t)))
      by (apply Rmult_le_pos; lra).
    assert (B := COS_bound (th t - th (t - 1)%nat)). rewrite cos_minus in B.
    assert (U := sin2_cos2 (th t)). unfold Rsqr in U. nra.
Qed.

(** ** Flow matching *)

Section Flow.
  Variable T : nat.
  Hypothesis HT : (2 <= T)%nat.
  Variable lam : R.
  Hypothesis Hlam : 0 < lam.

  Definition flow_alpha (t : nat) : R := 1 - INR t / INR T.
  Definition flow_sigma (t : nat) : R := INR t / INR T.

  Let a := schedule_step flow_alpha flow_sigma lam.

  Lemma T_pos : 2 <= INR T.
  Proof. apply (le_INR 2) in HT. simpl in HT. lra. Qed.

  Lemma flow_range : forall t, (t <= T)%nat -> 0 <= flow_alpha t /\ 0 <= flow_sigma t.
  Proof.
    intros t Ht. apply le_INR in Ht. assert (P := T_pos). assert (N := pos_INR t).
    unfold flow_alpha, flow_sigma.
    assert (0 <= INR t / INR T) by (apply Rmult_le_pos; [lra|left; apply Rinv_0_lt_compat; lra]).
    assert (INR t / INR T <= 1) by (apply Rmult_le_reg_r with (INR T); [lra|];
      replace (INR t / INR T * INR T) with (INR t) by (field; lra); lra).
    lra.
  Qed.

  Lemma flow_sigma_pos : forall t, (1 <= t)%nat -> 0 < flow_sigma t.
  Proof.
    intros t Ht. apply (le_INR 1) in Ht. simpl in Ht. assert (P := T_pos).
    unfold flow_sigma. apply Rdiv_lt_0_compat; lra.
  Qed.

  Lemma flow_alpha_pos : forall t, (t < T)%nat -> 0 < flow_alpha t.
  Proof.
    intros t Ht. apply lt_INR in Ht. assert (P := T_pos). unfold flow_alpha.
    replace (1 - INR t / INR T) with ((INR T - INR t) / INR T) by (field; lra).
    apply Rdiv_lt_0_compat; lra.
  Qed.

  Lemma flow_variance_pos : forall t, (1 <= t <= T)%nat ->
    0 < schedule_variance flow_alpha flow_sigma lam t.
  Proof.
    intros t Ht. unfold schedule_variance. assert (S := flow_sigma_pos t (proj1 Ht)).
    assert (0 <= flow_alpha t ^ 2) by (apply pow2_ge_0). nra.
  Qed.

  Lemma flow_positive : positive a T.
  Proof.
    intros t Ht. unfold a, schedule_step.
    apply Rdiv_lt_0_compat; [|apply flow_variance_pos, Ht].
    assert (S := flow_sigma_pos t (proj1 Ht)).
    destruct (flow_range t) as [A _]; [lia|].
    destruct (flow_range (t - 1)) as [A1 S1]; [lia|].
    destruct (Nat.eq_dec t T) as [->|N].
    - assert (S' := flow_sigma_pos (T - 1) ltac:(lia)).
      assert (0 <= flow_alpha T * flow_alpha (T - 1)) by (apply Rmult_le_pos; lra).
      assert (0 < flow_sigma T * flow_sigma (T - 1)) by (apply Rmult_lt_0_compat; lra).
      nra.
    - assert (A' := flow_alpha_pos t ltac:(lia)).
      assert (A1' := flow_alpha_pos (t - 1) ltac:(lia)).
      assert (0 < flow_alpha t * flow_alpha (t - 1)) by (apply Rmult_lt_0_compat; lra).
      assert (0 <= flow_sigma t * flow_sigma (t - 1)) by (apply Rmult_le_pos; lra).
      nra.
  Qed.

  Lemma flow_shrinkage : forall s, 0 <= s ->
    shrinkage (schedule_shrink flow_alpha flow_sigma lam s) T.
  Proof.
    intros s Hs t Ht. apply schedule_shrink_range; [exact Hs|].
    apply flow_variance_pos, Ht.
  Qed.

  (** The threshold is t/(T-t). *)
  Lemma flow_threshold : forall t, (1 <= t < T)%nat ->
    flow_sigma t * (flow_sigma t - flow_sigma (t - 1)) /
    (flow_alpha t * (flow_alpha (t - 1) - flow_alpha t)) = INR t / (INR T - INR t).
  Proof.
    intros t [H1 H2]. unfold flow_alpha, flow_sigma. rewrite minus_INR by exact H1.
    simpl (INR 1). apply lt_INR in H2. assert (P := T_pos). field. lra.
  Qed.

  Lemma flow_alpha_decreasing : forall t, (1 <= t)%nat -> flow_alpha t < flow_alpha (t - 1).
  Proof.
    intros t H1. unfold flow_alpha. rewrite minus_INR by exact H1. simpl (INR 1).
    assert (P := T_pos).
    assert (0 < 1 / INR T) by (apply Rdiv_lt_0_compat; lra).
    replace ((INR t - 1) / INR T) with (INR t / INR T - 1 / INR T) by (field; lra). lra.
  Qed.

  Lemma flow_step_le_1 : forall t, (1 <= t < T)%nat ->
    (a t <= 1 <-> lam * (INR T - INR t) <= INR t).
  Proof.
    intros t Ht. unfold a. rewrite threshold_le.
    - rewrite flow_threshold by exact Ht. destruct Ht as [_ H2]. apply lt_INR in H2.
      assert (F : INR t / (INR T - INR t) * (INR T - INR t) = INR t) by (field; lra).
      split; intros H; nra.
    - apply flow_variance_pos. lia.
    - apply flow_alpha_pos. lia.
    - apply flow_alpha_decreasing. lia.
  Qed.
  Lemma flow_step_ge_1 : forall t, (1 <= t < T)%nat ->
    (1 <= a t <-> INR t <= lam * (INR T - INR t)).
  Proof.
    intros t Ht. unfold a. rewrite threshold_ge.
    - rewrite flow_threshold by exact Ht. destruct Ht as [_ H2]. apply lt_INR in H2.
      assert (F : INR t / (INR T - INR t) * (INR T - INR t) = INR t) by (field; lra).
      split; intros H; nra.
    - apply flow_variance_pos. lia.
    - apply flow_alpha_pos. lia.
    - apply flow_alpha_decreasing. lia.
  Qed.

  Theorem flow_below_iff : all_below a T <-> lam * (INR T - 1) <= 1.
  Proof.
    split.
    - intros H. assert (K := proj1 (flow_step_le_1 1 ltac:(lia)) (H 1%nat ltac:(lia))).
      simpl in K. lra.
    - intros H t Ht. apply flow_step_le_1; [exact Ht|]. destruct Ht as [H1 H2].
      apply (le_INR 1) in H1. simpl in H1. assert (P := T_pos). nra.
  Qed.

  Theorem flow_above_iff : all_above a T <-> INR T - 1 <= lam.
  Proof.
    split.
    - intros H.
      assert (K := proj1 (flow_step_ge_1 (T - 1) ltac:(lia)) (H (T - 1)%nat ltac:(lia))).
      rewrite minus_INR in K by lia. simpl in K. lra.
    - intros H t Ht. apply flow_step_ge_1; [exact Ht|]. destruct Ht as [H1 H2].
      assert (N := le_INR (t + 1) T ltac:(lia)). rewrite plus_INR in N. simpl in N.
      apply (le_INR 1) in H1. simpl in H1. nra.
  Qed.
End Flow.

Theorem flow_boot_edge : forall T lam s, (2 <= T)%nat -> 0 < lam -> 0 < s ->
  let a := schedule_step (flow_alpha T) (flow_sigma T) lam in
  let g := schedule_shrink (flow_alpha T) (flow_sigma T) lam s in
  ((forall p, covers 1 T p ->
      C a 1 T <= M a g (boot T) /\ M a g (boot T) <= M a g p)
   <-> lam * (INR T - 1) <= 1).
Proof.
  intros T lam s HT Hl Hs a g. unfold a, g. rewrite boot_edge.
  - apply flow_below_iff; assumption.
  - lia.
  - apply flow_positive; assumption.
  - apply flow_shrinkage; lra || assumption.
  - apply schedule_shrink_strict; [exact Hs|]. apply flow_variance_pos; lia || assumption.
Qed.

Theorem flow_vanilla_best : forall T lam s p, (2 <= T)%nat -> 0 < lam -> 0 <= s ->
  INR T - 1 <= lam -> covers 1 T p ->
  let a := schedule_step (flow_alpha T) (flow_sigma T) lam in
  let g := schedule_shrink (flow_alpha T) (flow_sigma T) lam s in
  M a g p <= M a g (vanilla T) /\ M a g (vanilla T) <= C a 1 T.
Proof.
  intros T lam s p HT Hl Hs H Hp a g. apply vanilla_best; trivial; [lia|..].
  - apply flow_positive; assumption.
  - apply flow_shrinkage; assumption.
  - apply flow_above_iff; assumption.
Qed.

(** From T = 4 on the edge of vanilla is exact. *)
Theorem flow_vanilla_edge : forall T lam s, (4 <= T)%nat -> 0 < lam -> 0 < s ->
  let a := schedule_step (flow_alpha T) (flow_sigma T) lam in
  let g := schedule_shrink (flow_alpha T) (flow_sigma T) lam s in
  ((forall p, covers 1 T p -> M a g p <= M a g (vanilla T)) <-> INR T - 1 <= lam).
Proof.
  intros T lam s HT Hl Hs a g. unfold a, g. assert (H2 : (2 <= T)%nat) by lia.
  rewrite vanilla_edge.
  - rewrite (flow_above_iff T H2 lam Hl). split; [|auto]. intros [H|H]; [exact H|].
    (* a_1 = a_2 = 1 is impossible: their thresholds differ *)
    exfalso.
    assert (K1 := proj1 (flow_step_le_1 T H2 lam Hl 1 ltac:(lia))
                        (Req_le _ _ (H 1%nat ltac:(lia)))).
    assert (K2 := proj1 (flow_step_ge_1 T H2 lam Hl 2 ltac:(lia))
                        (Req_le _ _ (eq_sym (H 2%nat ltac:(lia))))).
    simpl in K1, K2. lra.
  - exact H2.
  - apply flow_positive; assumption.
  - intros t Ht. apply schedule_shrink_strict; [exact Hs|].
    apply flow_variance_pos; assumption.
Qed.

(** For T = 3 there is a second value: at lam = 1/2 all three plans are equal
    (a_1 = 1), although lam is far below the edge T - 1 = 2. *)
Theorem flow_vanilla_tie : forall g p q, covers 1 3 p -> covers 1 3 q ->
  let a := schedule_step (flow_alpha 3) (flow_sigma 3) (1 / 2) in
  M a g p = M a g q /\ a 2%nat < 1.
Proof.
  intros g p q Hp Hq a. split.
  - rewrite (all_plans_equal a g 1 3 p), (all_plans_equal a g 1 3 q); trivial; try lia;
      intros t Ht; replace t with 1%nat by lia; unfold a, schedule_step,
      schedule_variance, flow_alpha, flow_sigma; simpl; field.
  - unfold a, schedule_step, schedule_variance, flow_alpha, flow_sigma. simpl. lra.
Qed.

(** ** Variance exploding *)

Theorem exploding_boot_best : forall T sg lam s p, (1 <= T)%nat -> 0 < lam -> 0 <= s ->
  (forall t, 0 <= sg t) -> (forall t, sg t <= sg (S t)) -> covers 1 T p ->
  let a := schedule_step (fun _ => 1) sg lam in
  let g := schedule_shrink (fun _ => 1) sg lam s in
  C a 1 T <= M a g (boot T) /\ M a g (boot T) <= M a g p /\
  M a g p <= M a g (consistency T).
Proof.
  intros T sg lam s p HT Hl Hs Hsg Hinc Hp a g.
  assert (V : forall t, 0 < schedule_variance (fun _ => 1) sg lam t).
  { intros t. unfold schedule_variance. assert (0 <= sg t ^ 2) by apply pow2_ge_0. lra. }
  apply boot_best_consistency_worst; trivial.
  - intros t _. unfold a, schedule_step. apply Rdiv_lt_0_compat; [|apply V].
    assert (0 <= sg t * sg (t - 1)%nat) by (apply Rmult_le_pos; apply Hsg). lra.
  - intros t _. apply schedule_shrink_range; [exact Hs|apply V].
  - intros t Ht. assert (E := step_minus_1_num (fun _ => 1) sg lam t
                                ltac:(assert (X := V t); lra)).
    fold a in E. assert (X := V t). assert (Y := Hsg t).
    assert (Z := Hinc (t - 1)%nat). replace (S (t - 1)) with t in Z by lia. nra.
Qed.
