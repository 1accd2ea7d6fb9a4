(** * The cosine schedule

    theta_t = PI t / (2T), alpha = cos theta, sigma = sin theta; one coordinate
    of variance lam has the teacher steps

      a_t = (alpha_t alpha_{t-1} lam + sigma_t sigma_{t-1}) / v_t,
      v_t = alpha_t^2 lam + sigma_t^2,     g_t = exp (-2 s v_t).

    With d = PI/(4T) and w_t = (4t-1) d, product-to-sum formulas give

      a_t <= 1   iff   lam (sin w_t - sin d) <= sin w_t + sin d,

    and w_t is an odd multiple of d, so that sin 3d <= sin w_t <= cos d for
    0 < t < T; the two ends of this range give the two edges of the phase
    transition.  All statements hold for every T >= 2.  For T = 2 the two edges
    coincide (both are 1 + sqrt 2): there is one plan only, BOOT = vanilla, and
    one step below T. *)

From Coq Require Import List Arith Lia Reals Lra Psatz.
From Symmerge Require Import Plan Merge Scalar Canonical OneSided Vector.
Import ListNotations.
Local Open Scope R_scope.

Section Schedule.
  Variable T : nat.

  Definition theta (t : nat) : R := PI * INR t / (2 * INR T).
  Definition alpha (t : nat) : R := cos (theta t).
  Definition sigma (t : nat) : R := sin (theta t).

  Definition variance (lam : R) (t : nat) : R := alpha t ^ 2 * lam + sigma t ^ 2.
  Definition cosine_step (lam : R) (t : nat) : R :=
    (alpha t * alpha (t - 1) * lam + sigma t * sigma (t - 1)) / variance lam t.
  Definition cosine_shrink (s lam : R) (t : nat) : R := exp (- 2 * s * variance lam t).

  (** The two edges. *)
  Definition lambda_boot : R := tan (PI / 4 + PI / (4 * INR T)).
  Definition lambda_vanilla : R := 1 + 1 / cos (PI / (2 * INR T)).

  Hypothesis HT : (2 <= T)%nat.

  Let d : R := PI / (4 * INR T).

  Lemma INR_T : 2 <= INR T.
  Proof. apply (le_INR 2) in HT. simpl in HT. lra. Qed.

  Lemma d_eq : PI = 4 * INR T * d.
  Proof. unfold d. assert (H := INR_T). field. lra. Qed.

  Lemma theta_d : forall t, theta t = 2 * INR t * d.
  Proof. intros. unfold theta, d. assert (H := INR_T). field. lra. Qed.

  Lemma d_range : 0 < d <= PI / 8.
  Proof.
    assert (H := INR_T). assert (E := d_eq). assert (P := PI_RGT_0).
    split; [|nra].
    unfold d. apply Rdiv_lt_0_compat; lra.
  Qed.

  Lemma theta_range : forall t, (1 <= t < T)%nat -> 0 < theta t < PI / 2.
  Proof.
    intros t [H1 H2]. rewrite theta_d.
    apply (le_INR 1) in H1. simpl in H1. apply lt_INR in H2.
    assert (D := d_range). assert (E := d_eq). split; nra.
  Qed.

  Lemma theta_0 : theta 0 = 0.
  Proof. unfold theta. simpl. assert (H := INR_T). field. lra. Qed.
  Lemma theta_T : theta T = PI / 2.
  Proof. unfold theta. assert (H := INR_T). field. lra. Qed.

  Lemma alpha_pos : forall t, (t < T)%nat -> 0 < alpha t.
  Proof.
    intros [|t] H; unfold alpha.
    - rewrite theta_0, cos_0. lra.
    - destruct (theta_range (S t)); [lia|]. apply cos_gt_0; lra.
  Qed.
  Lemma sigma_pos : forall t, (1 <= t <= T)%nat -> 0 < sigma t.
  Proof.
    intros t [H1 H2]. unfold sigma. assert (P := PI_RGT_0).
    destruct (Nat.eq_dec t T) as [->|N].
    - rewrite theta_T, sin_PI2. lra.
    - destruct (theta_range t); [lia|]. apply sin_gt_0; lra.
  Qed.
  Lemma alpha_nonneg : forall t, (t <= T)%nat -> 0 <= alpha t.
  Proof.
    intros t H. destruct (Nat.eq_dec t T) as [->|N].
    - unfold alpha. rewrite theta_T, cos_PI2. lra.
    - apply Rlt_le, alpha_pos. lia.
  Qed.
  Lemma sigma_nonneg : forall t, (t <= T)%nat -> 0 <= sigma t.
  Proof.
    intros [|t] H.
    - unfold sigma. rewrite theta_0, sin_0. lra.
    - apply Rlt_le, sigma_pos. lia.
  Qed.

  Section Coordinate.
    Variable lam : R.
    Hypothesis Hlam : 0 < lam.

    Lemma variance_pos : forall t, (1 <= t <= T)%nat -> 0 < variance lam t.
    Proof.
      intros t Ht. unfold variance. assert (S := sigma_pos t Ht).
      assert (A := alpha_nonneg t (proj2 Ht)). nra.
    Qed.

    Lemma cosine_positive : positive (cosine_step lam) T.
    Proof.
      intros t Ht. unfold cosine_step.
      apply Rdiv_lt_0_compat; [|apply variance_pos, Ht].
      assert (S := sigma_pos t Ht).
      destruct (Nat.eq_dec t T) as [->|N].
      - assert (S' := sigma_pos (T - 1) ltac:(lia)).
        assert (A := alpha_nonneg T ltac:(lia)).
        assert (A' := alpha_nonneg (T - 1) ltac:(lia)).
        assert (0 <= alpha T * alpha (T - 1)) by (apply Rmult_le_pos; assumption).
        assert (0 < sigma T * sigma (T - 1)) by (apply Rmult_lt_0_compat; assumption).
        nra.
      - assert (A := alpha_pos t ltac:(lia)). assert (A' := alpha_pos (t - 1) ltac:(lia)).
        assert (S' := sigma_nonneg (t - 1) ltac:(lia)).
        assert (0 < alpha t * alpha (t - 1)) by (apply Rmult_lt_0_compat; assumption).
        assert (0 <= sigma t * sigma (t - 1)) by (apply Rmult_le_pos; lra).
        nra.
    Qed.

    Lemma cosine_shrinkage : forall s, 0 <= s -> shrinkage (cosine_shrink s lam) T.
    Proof.
      intros s Hs t Ht. unfold cosine_shrink. split; [apply Rlt_le, exp_pos|].
      rewrite <- exp_0. assert (V := variance_pos t Ht).
      destruct (Req_dec s 0) as [->|N].
      - right. f_equal. ring.
      - left. apply exp_increasing. nra.
    Qed.

    (** Strictly between 0 and 1 for a positive training time. *)
    Lemma cosine_shrinkage_strict : forall s, 0 < s ->
      forall t, (1 <= t <= T)%nat -> 0 < cosine_shrink s lam t < 1.
    Proof.
      intros s Hs t Ht. unfold cosine_shrink. split; [apply exp_pos|].
      rewrite <- exp_0. apply exp_increasing. assert (V := variance_pos t Ht). nra.
    Qed.

    (** *** The sign of a_t - 1 *)

    Definition wave (t : nat) : R := sin ((4 * INR t - 1) * d).

    Lemma steps_product : forall t, (1 <= t)%nat ->
      (alpha t * alpha (t - 1) * lam + sigma t * sigma (t - 1)) - variance lam t =
      sin d * (lam * (wave t - sin d) - (wave t + sin d)).
    Proof.
      intros t Ht. unfold variance, alpha, sigma, wave. rewrite !theta_d.
      rewrite minus_INR by exact Ht. simpl (INR 1).
      (* everything in terms of x = theta_t and d *)
      set (x := 2 * INR t * d).
      replace (2 * (INR t - 1) * d) with (x - 2 * d) by (unfold x; ring).
      replace ((4 * INR t - 1) * d) with (2 * x - d) by (unfold x; ring).
      rewrite cos_minus, !sin_minus, sin_2a, cos_2a, sin_2a, cos_2a.
      assert (E := sin2_cos2 d). assert (F := sin2_cos2 x). unfold Rsqr in *.
      (* polynomials in sin, cos; remove cos^2 d and then sin^2 x *)
      assert (Ed : cos d * cos d = 1 - sin d * sin d) by lra.
      assert (Fx : sin x * sin x = 1 - cos x * cos x) by lra.
      replace (cos d * cos d - sin d * sin d) with (1 - 2 * (sin d * sin d)) by lra.
      replace (cos x * cos x - sin x * sin x) with (2 * (cos x * cos x) - 1) by lra.
      generalize dependent (sin x). generalize dependent (cos x).
      generalize dependent (sin d). generalize dependent (cos d).
      intros cd sd Ed' Ed cx sx Fx' Fx. nra.
    Qed.

    Lemma sin_d_pos : 0 < sin d.
    Proof. assert (D := d_range). assert (P := PI_RGT_0). apply sin_gt_0; lra. Qed.

    (** The three ways in which a_t compares with 1. *)
    Lemma step_minus_1 : forall t, (1 <= t <= T)%nat ->
      exists k, 0 < k /\
        cosine_step lam t - 1 =
        k * (lam * (wave t - sin d) - (wave t + sin d)).
    Proof.
      intros t Ht. assert (V := variance_pos t Ht). assert (S := sin_d_pos).
      exists (sin d / variance lam t). split; [apply Rdiv_lt_0_compat; lra|].
      assert (E := steps_product t (proj1 Ht)).
      unfold cosine_step.
      replace (sin d / variance lam t * (lam * (wave t - sin d) - (wave t + sin d)))
        with ((sin d * (lam * (wave t - sin d) - (wave t + sin d))) / variance lam t)
        by (field; lra).
      rewrite <- E. field. lra.
    Qed.

    Lemma step_le_1 : forall t, (1 <= t <= T)%nat ->
      (cosine_step lam t <= 1 <-> lam * (wave t - sin d) <= wave t + sin d).
    Proof.
      intros t Ht. destruct (step_minus_1 t Ht) as (k & Hk & E).
      split; intros H; nra.
    Qed.
    Lemma step_ge_1 : forall t, (1 <= t <= T)%nat ->
      (1 <= cosine_step lam t <-> wave t + sin d <= lam * (wave t - sin d)).
    Proof.
      intros t Ht. destruct (step_minus_1 t Ht) as (k & Hk & E).
      split; intros H; nra.
    Qed.

    (** *** The range of sin w_t *)

    Lemma wave_le_cos : forall t, (1 <= t < T)%nat -> wave t <= cos d.
    Proof.
      intros t [H1 H2]. unfold wave.
      assert (D := d_range). assert (E := d_eq). assert (P := PI_RGT_0).
      assert (N1 := le_INR _ _ H1). simpl in N1. assert (N2 := lt_INR _ _ H2).
      destruct (le_lt_dec (2 * t) T) as [L|L].
      - (* w_t <= PI/2 - d *)
        apply le_INR in L. rewrite mult_INR in L. simpl in L.
        replace (cos d) with (sin (PI / 2 - d)) by apply sin_shift.
        apply sin_incr_1; nra.
      - (* w_t >= PI/2 + d *)
        assert (L' := le_INR (T + 1) (2 * t) ltac:(lia)).
        rewrite plus_INR, mult_INR in L'. simpl in L'.
        replace (cos d) with (sin (PI / 2 + d)) by (rewrite cos_sin; reflexivity).
        apply sin_decr_1; nra.
    Qed.

    Lemma wave_ge_sin3d : forall t, (1 <= t < T)%nat -> sin (3 * d) <= wave t.
    Proof.
      intros t [H1 H2]. unfold wave.
      assert (D := d_range). assert (E := d_eq). assert (P := PI_RGT_0).
      assert (N1 := le_INR _ _ H1). simpl in N1.
      assert (N2 := le_INR (t + 1) T ltac:(lia)). rewrite plus_INR in N2. simpl in N2.
      destruct (Rle_dec ((4 * INR t - 1) * d) (PI / 2)) as [L|L].
      - apply sin_incr_1; nra.
      - replace (sin (3 * d)) with (sin (PI - 3 * d)) by apply sin_PI_x.
        apply sin_decr_1; nra.
    Qed.

    Lemma sin3d_gt_sind : sin d < sin (3 * d).
    Proof.
      assert (D := d_range). assert (P := PI_RGT_0). apply sin_increasing_1; lra.
    Qed.

    Lemma sind_lt_cosd : sin d < cos d.
    Proof.
      assert (D := d_range). assert (P := PI_RGT_0).
      rewrite cos_sin. apply Rlt_le_trans with (sin (PI / 2 - d)).
      - apply sin_increasing_1; lra.
      - rewrite sin_shift, <- cos_sin. lra.
    Qed.

    (** *** The edges in terms of d *)

    Lemma lambda_boot_eq : lambda_boot = (cos d + sin d) / (cos d - sin d).
    Proof.
      unfold lambda_boot. fold d. unfold tan.
      assert (S := sind_lt_cosd). assert (Q := sqrt2_neq_0).
      rewrite sin_plus, cos_plus, sin_PI4, cos_PI4. field. split; lra.
    Qed.

    Lemma cos2d_pos : 0 < cos (2 * d).
    Proof. assert (D := d_range). assert (P := PI_RGT_0). apply cos_gt_0; lra. Qed.

    Lemma lambda_vanilla_eq :
      lambda_vanilla = (sin (3 * d) + sin d) / (sin (3 * d) - sin d).
    Proof.
      unfold lambda_vanilla.
      replace (PI / (2 * INR T)) with (2 * d)
        by (unfold d; assert (H := INR_T); field; lra).
      assert (S := sin3d_gt_sind). assert (K := cos2d_pos). assert (S1 := sin_d_pos).
      replace (sin (3 * d)) with (sin d * (2 * cos (2 * d) + 1)) in *.
      2:{ replace (3 * d) with (2 * d + d) by ring.
          rewrite sin_plus, sin_2a, cos_2a. assert (E := sin2_cos2 d). unfold Rsqr in E.
          replace (cos d * cos d) with (1 - sin d * sin d) by lra.
          replace (2 * sin d * cos d * cos d)
            with (2 * sin d * (cos d * cos d)) by ring.
          replace (cos d * cos d) with (1 - sin d * sin d) by lra. ring. }
      field. split; [lra|]. nra.
    Qed.

    (** *** BOOT below its edge, vanilla above its edge *)

    Lemma cosine_all_below : lam <= lambda_boot -> all_below (cosine_step lam) T.
    Proof.
      rewrite lambda_boot_eq. intros H t Ht. apply step_le_1; [lia|].
      assert (U := wave_le_cos t Ht). assert (L := wave_ge_sin3d t Ht).
      assert (S := sind_lt_cosd). assert (S3 := sin3d_gt_sind). assert (S1 := sin_d_pos).
      assert (K : lam * (cos d - sin d) <= cos d + sin d).
      { apply Rmult_le_compat_r with (r := cos d - sin d) in H; [|lra].
        replace ((cos d + sin d) / (cos d - sin d) * (cos d - sin d))
          with (cos d + sin d) in H by (field; lra).
        exact H. }
      nra.
    Qed.

    Lemma cosine_all_above : lambda_vanilla <= lam -> all_above (cosine_step lam) T.
    Proof.
      rewrite lambda_vanilla_eq. intros H t Ht. apply step_ge_1; [lia|].
      assert (L := wave_ge_sin3d t Ht).
      assert (S3 := sin3d_gt_sind). assert (S1 := sin_d_pos).
      assert (K : sin (3 * d) + sin d <= lam * (sin (3 * d) - sin d)).
      { apply Rmult_le_compat_r with (r := sin (3 * d) - sin d) in H; [|lra].
        replace ((sin (3 * d) + sin d) / (sin (3 * d) - sin d) * (sin (3 * d) - sin d))
          with (sin (3 * d) + sin d) in H by (field; lra).
        exact H. }
      nra.
    Qed.
    (** *** Both edges are attained, so they are exact

        The smallest threshold belongs to the step t = ceil(T/2), the largest
        one to t = 1. *)

    Definition middle : nat := ((T + 1) / 2)%nat.

    Lemma middle_spec : (1 <= middle < T)%nat /\ (T = 2 * middle \/ T + 1 = 2 * middle)%nat.
    Proof.
      unfold middle. assert (E := Nat.div_mod (T + 1) 2 ltac:(lia)).
      assert (B := Nat.mod_upper_bound (T + 1) 2 ltac:(lia)). lia.
    Qed.

    Lemma wave_middle : wave middle = cos d.
    Proof.
      destruct middle_spec as [_ [H|H]]; apply (f_equal INR) in H; unfold wave;
        assert (E := d_eq).
      - rewrite mult_INR in H. simpl in H.
        replace ((4 * INR middle - 1) * d) with (PI / 2 - d) by (rewrite E, H; field).
        apply sin_shift.
      - rewrite plus_INR, mult_INR in H. simpl in H.
        assert (K : INR T = 2 * INR middle - 1) by lra.
        replace ((4 * INR middle - 1) * d) with (PI / 2 + d) by (rewrite E, K; field).
        rewrite cos_sin. reflexivity.
    Qed.

    Lemma wave_first : wave 1 = sin (3 * d).
    Proof. unfold wave. simpl. f_equal. ring. Qed.

    Lemma lambda_from_middle : cosine_step lam middle <= 1 -> lam <= lambda_boot.
    Proof.
      destruct middle_spec as [Ht _]. intros H.
      apply step_le_1 in H; [|lia]. rewrite wave_middle in H.
      rewrite lambda_boot_eq. assert (S := sind_lt_cosd).
      apply Rmult_le_reg_r with (cos d - sin d); [lra|].
      replace ((cos d + sin d) / (cos d - sin d) * (cos d - sin d))
        with (cos d + sin d) by (field; lra).
      exact H.
    Qed.

    Lemma lambda_from_first : 1 <= cosine_step lam 1 -> lambda_vanilla <= lam.
    Proof.
      intros H. apply step_ge_1 in H; [|lia]. rewrite wave_first in H.
      rewrite lambda_vanilla_eq. assert (S := sin3d_gt_sind).
      apply Rmult_le_reg_r with (sin (3 * d) - sin d); [lra|].
      replace ((sin (3 * d) + sin d) / (sin (3 * d) - sin d) * (sin (3 * d) - sin d))
        with (sin (3 * d) + sin d) by (field; lra).
      exact H.
    Qed.

    Theorem cosine_below_iff : all_below (cosine_step lam) T <-> lam <= lambda_boot.
    Proof.
      split; [|apply cosine_all_below]. intros H.
      apply lambda_from_middle, H, middle_spec.
    Qed.

    Theorem cosine_above_iff : all_above (cosine_step lam) T <-> lambda_vanilla <= lam.
    Proof.
      split; [|apply cosine_all_above]. intros H. apply lambda_from_first, H. lia.
    Qed.
  End Coordinate.

  (** From T = 3 on there is a window between the edges. *)
  Lemma edges_ordered : (3 <= T)%nat -> 1 < lambda_boot < lambda_vanilla.
  Proof.
    intros H3. rewrite lambda_boot_eq, lambda_vanilla_eq.
    assert (D := d_range). assert (E := d_eq). assert (P := PI_RGT_0).
    assert (N : 3 <= INR T) by (apply (le_INR 3) in H3; simpl in H3; lra).
    assert (S1 := sin_d_pos). assert (S := sind_lt_cosd). assert (S3 := sin3d_gt_sind).
    assert (K : sin (3 * d) < cos d).
    { replace (cos d) with (sin (PI / 2 - d)) by apply sin_shift.
      apply sin_increasing_1; nra. }
    split.
    - apply Rmult_lt_reg_r with (cos d - sin d); [lra|].
      replace ((cos d + sin d) / (cos d - sin d) * (cos d - sin d))
        with (cos d + sin d) by (field; lra). lra.
    - apply Rmult_lt_reg_r with ((cos d - sin d) * (sin (3 * d) - sin d)); [nra|].
      replace ((cos d + sin d) / (cos d - sin d) * ((cos d - sin d) * (sin (3 * d) - sin d)))
        with ((cos d + sin d) * (sin (3 * d) - sin d)) by (field; lra).
      replace ((sin (3 * d) + sin d) / (sin (3 * d) - sin d)
               * ((cos d - sin d) * (sin (3 * d) - sin d)))
        with ((sin (3 * d) + sin d) * (cos d - sin d)) by (field; lra).
      nra.
  Qed.
End Schedule.

(** For T = 2 the two edges are the same number. *)
Lemma edges_T2 : lambda_boot 2 = 1 + sqrt 2 /\ lambda_vanilla 2 = 1 + sqrt 2.
Proof.
  assert (V : lambda_vanilla 2 = 1 + sqrt 2).
  { unfold lambda_vanilla. simpl INR.
    replace (PI / (2 * (1 + 1))) with (PI / 4) by field. rewrite cos_PI4.
    assert (Q := sqrt2_neq_0). field. exact Q. }
  split; [|exact V]. rewrite <- V.
  assert (H : (2 <= 2)%nat) by lia.
  rewrite (lambda_boot_eq 2 H), (lambda_vanilla_eq 2 H).
  replace (sin (3 * (PI / (4 * INR 2)))) with (cos (PI / (4 * INR 2))); [reflexivity|].
  rewrite <- sin_shift. f_equal. simpl. field.
Qed.

(** ** The theorems for the cosine schedule *)

Theorem cosine_boot_best : forall T lam s p, (2 <= T)%nat ->
  0 < lam -> 0 <= s -> lam <= lambda_boot T -> covers 1 T p ->
  let a := cosine_step T lam in
  let g := cosine_shrink T s lam in
  C a 1 T <= M a g (boot T) /\ M a g (boot T) <= M a g p /\
  M a g p <= M a g (consistency T).
Proof.
  intros T lam s p HT Hl Hs H Hp a g.
  apply boot_best_consistency_worst; trivial; [lia| | |].
  - apply cosine_positive; assumption.
  - apply cosine_shrinkage; assumption.
  - apply cosine_all_below; assumption.
Qed.

Theorem cosine_vanilla_best : forall T lam s p, (2 <= T)%nat ->
  0 < lam -> 0 <= s -> lambda_vanilla T <= lam -> covers 1 T p ->
  let a := cosine_step T lam in
  let g := cosine_shrink T s lam in
  M a g p <= M a g (vanilla T) /\ M a g (vanilla T) <= C a 1 T.
Proof.
  intros T lam s p HT Hl Hs H Hp a g.
  apply vanilla_best; trivial; [lia| | |].
  - apply cosine_positive; assumption.
  - apply cosine_shrinkage; assumption.
  - apply cosine_all_above; assumption.
Qed.

(** A whole spectrum on one side of its edge: one plan for all coordinates. *)
Definition cosine_coordinate (T : nat) (s : R) (lam_w : R * R) : coordinate :=
  mkCoordinate (cosine_step T (fst lam_w)) (cosine_shrink T s (fst lam_w)) (snd lam_w).

Lemma cosine_legal : forall T s l w, (2 <= T)%nat -> 0 <= s -> 0 < l -> 0 <= w ->
  legal T (cosine_coordinate T s (l, w)).
Proof.
  intros T s l w HT Hs Hl Hw. split; [|split]; [| |exact Hw].
  - apply cosine_positive; assumption.
  - apply cosine_shrinkage; assumption.
Qed.

Theorem cosine_boot_best_W2 : forall T s spectrum p, (2 <= T)%nat -> 0 <= s ->
  (forall l w, In (l, w) spectrum -> 0 < l <= lambda_boot T /\ 0 <= w) ->
  covers 1 T p ->
  W2sq T (map (cosine_coordinate T s) spectrum) (boot T) <=
  W2sq T (map (cosine_coordinate T s) spectrum) p.
Proof.
  intros T s spectrum p HT Hs H Hp. apply boot_best_W2; [lia| |exact Hp].
  intros c Hc. apply in_map_iff in Hc as ((l, w) & <- & Hin).
  destruct (H l w Hin) as [[H1 H2] H3]. split.
  - apply cosine_legal; assumption.
  - apply cosine_all_below; assumption.
Qed.

Theorem cosine_vanilla_best_W2 : forall T s spectrum p, (2 <= T)%nat -> 0 <= s ->
  (forall l w, In (l, w) spectrum -> 0 < l /\ lambda_vanilla T <= l /\ 0 <= w) ->
  covers 1 T p ->
  W2sq T (map (cosine_coordinate T s) spectrum) (vanilla T) <=
  W2sq T (map (cosine_coordinate T s) spectrum) p.
Proof.
  intros T s spectrum p HT Hs H Hp. apply vanilla_best_W2; [lia| |exact Hp].
  intros c Hc. apply in_map_iff in Hc as ((l, w) & <- & Hin).
  destruct (H l w Hin) as (H1 & H2 & H3). split.
  - apply cosine_legal; assumption.
  - apply cosine_all_above; assumption.
Qed.
