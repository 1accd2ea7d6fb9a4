(** * Equal total training time (T2)

    Here every merge has its own training time s >= 0, and what is shared is
    the total: a merge at time j with training time s has the shrinkage
    exp (-2 s v_j).  If all a_t (t < T) lie on one side of 1, vanilla, which
    spends the whole budget on its single merge, is at least as near to the
    composite as every plan under every allocation.

    Which v_j matter?  Only v_T.  A merge below T (inside a left part) leaves
    an error of the same sign as everything else, so it never helps compared
    with an exact left part, however large its v_j is; the time given to it is
    lost.  The merges at T all have the same v_T, so their shrinkages multiply
    to exp (-2 (their total time) v_T) >= exp (-2 S v_T).  The proof
    therefore needs v_j >= 0 only, no relation between v_j and v_T, and also
    covers plans which leave a part of the budget unused. *)

From Coq Require Import List Arith Lia Reals Lra Psatz.
From Symmerge Require Import Plan Merge Scalar Canonical OneSided Vector.
Import ListNotations.
Local Open Scope R_scope.

(** ** The key inequality

    With factors C_k (1 + g_k y_k), y_k = 1/C_k - 1: splitting the shrinkage
    over several factors loses against one factor with their product. *)

Definition kept (l : list (R * R)) : R := prod (map fst l).
Definition full (l : list (R * R)) : R := prod (map (fun q => 1 + snd q) l).
Definition partial (l : list (R * R)) : R := prod (map (fun q => 1 + fst q * snd q) l).

Theorem budget_inequality_nonneg : forall l,
  (forall g y, In (g, y) l -> 0 <= g <= 1 /\ 0 <= y) ->
  kept l * (full l - 1) <= partial l - 1.
Proof.
  intros l H.
  cut (0 <= kept l <= 1 /\ 1 <= full l /\ kept l * (full l - 1) <= partial l - 1);
    [tauto|].
  induction l as [|(g, y) l IH].
  - cbn. lra.
  - destruct (H g y (or_introl eq_refl)) as [Hg Hy].
    destruct IH as (IH1 & IH2 & IH3); [intros; apply H; right; assumption|].
    unfold kept, full, partial in *. cbn [map fst snd].
    change (prod (?x :: ?l')) with (x * prod l').
    set (G := prod (map fst l)) in *.
    set (F := prod (map (fun q => 1 + snd q) l)) in *.
    set (P := prod (map (fun q => 1 + fst q * snd q) l)) in *.
    split; [split; nra|]. split; [nra|].
    assert (E : (1 + g * y) * P - 1 - g * G * ((1 + y) * F - 1)
                = (1 + g * y) * (P - 1 - G * (F - 1))
                  + G * (F - 1) * (1 - g) + g * y * (1 - G)) by ring.
    assert (0 <= g * y) by (apply Rmult_le_pos; lra).
    assert (0 <= (1 + g * y) * (P - 1 - G * (F - 1))) by (apply Rmult_le_pos; lra).
    assert (0 <= G * (F - 1) * (1 - g))
      by (apply Rmult_le_pos; [apply Rmult_le_pos|]; lra).
    assert (0 <= g * y * (1 - G)) by (apply Rmult_le_pos; lra).
    lra.
Qed.

Theorem budget_inequality_nonpos : forall l,
  (forall g y, In (g, y) l -> 0 <= g <= 1 /\ -1 <= y <= 0) ->
  partial l - 1 <= kept l * (full l - 1).
Proof.
  intros l H.
  cut (0 <= kept l <= 1 /\ 0 <= full l <= 1 /\
       partial l - 1 <= kept l * (full l - 1)); [tauto|].
  induction l as [|(g, y) l IH].
  - cbn. lra.
  - destruct (H g y (or_introl eq_refl)) as [Hg Hy].
    destruct IH as (IH1 & IH2 & IH3); [intros; apply H; right; assumption|].
    unfold kept, full, partial in *. cbn [map fst snd].
    change (prod (?x :: ?l')) with (x * prod l').
    set (G := prod (map fst l)) in *.
    set (F := prod (map (fun q => 1 + snd q) l)) in *.
    set (P := prod (map (fun q => 1 + fst q * snd q) l)) in *.
    split; [split; nra|]. split; [split; nra|].
    assert (E : g * G * ((1 + y) * F - 1) - ((1 + g * y) * P - 1)
                = (1 + g * y) * (1 - P - G * (1 - F))
                  + G * (1 - F) * (1 - g) + g * (- y) * (1 - G)) by ring.
    assert (0 <= g * (- y) <= 1) by (split; nra).
    assert (0 <= (1 + g * y) * (1 - P - G * (1 - F))) by (apply Rmult_le_pos; lra).
    assert (0 <= G * (1 - F) * (1 - g))
      by (apply Rmult_le_pos; [apply Rmult_le_pos|]; lra).
    assert (0 <= g * (- y) * (1 - G)) by (apply Rmult_le_pos; lra).
    lra.
Qed.

(** The two-factor step in terms of h: every term on the right has one sign
    when A and B are on the same side of 1. *)
Lemma budget_identity : forall g G A B,
  h g A * h G B - h (g * G) (A * B) =
  (1 - g) * G * A * (1 - B) + g * (1 - G) * B * (1 - A).
Proof. intros. rewrite !h_eq. ring. Qed.

(** ** Plans with a training time at every merge *)

Inductive timed : Type :=
| tleaf : nat -> timed
| tnode : R -> timed_parts -> timed -> timed
with timed_parts : Type :=
| tone : timed -> timed_parts
| tmore : timed -> timed_parts -> timed_parts.

Scheme timed_mut := Induction for timed Sort Prop
with timed_parts_mut := Induction for timed_parts Sort Prop.
Combined Scheme timed_timed_parts_ind from timed_mut, timed_parts_mut.

(** Forget the times. *)
Fixpoint plan_of (p : timed) : plan :=
  match p with
  | tleaf t => leaf t
  | tnode _ f r => node (parts_of f) (plan_of r)
  end
with parts_of (f : timed_parts) : parts :=
  match f with
  | tone p => one (plan_of p)
  | tmore p f' => more (plan_of p) (parts_of f')
  end.

(** The list of all training times. *)
Fixpoint times (p : timed) : list R :=
  match p with
  | tleaf _ => []
  | tnode s f r => s :: timesP f ++ times r
  end
with timesP (f : timed_parts) : list R :=
  match f with
  | tone p => times p
  | tmore p f' => times p ++ timesP f'
  end.

(** A plan and an allocation (all times >= 0) of at most S in total. *)
Definition within_budget (p : timed) (S : R) : Prop :=
  Forall (fun s => 0 <= s) (times p) /\ sum (times p) <= S.

(** The shrinkage of training time s at variance v. *)
Definition decay (s v : R) : R := exp (- 2 * s * v).

Fixpoint Mt (a v : nat -> R) (p : timed) : R :=
  match p with
  | tleaf t => a t
  | tnode s f r =>
      Mt a v r * h (decay s (v (last_leaf (plan_of r)))) (Mt_parts a v f)
  end
with Mt_parts (a v : nat -> R) (f : timed_parts) : R :=
  match f with
  | tone p => Mt a v p
  | tmore p f' => Mt a v p * Mt_parts a v f'
  end.

(** The time spent at the noisiest step. *)
Fixpoint spine_time (p : timed) : R :=
  match p with
  | tleaf _ => 0
  | tnode s _ r => s + spine_time r
  end.

(** With equal times this is the semantics of [Merge.v]. *)
Lemma Mt_constant : forall a v s,
  (forall p, Forall (fun x => x = s) (times p) ->
     Mt a v p = M a (fun t => decay s (v t)) (plan_of p)) /\
  (forall f, Forall (fun x => x = s) (timesP f) ->
     Mt_parts a v f = Mparts a (fun t => decay s (v t)) (parts_of f)).
Proof.
  intros a v s. apply timed_timed_parts_ind; cbn [times timesP plan_of parts_of].
  - reflexivity.
  - intros s' f IHf r IHr H. inversion H as [|? ? E H']; subst.
    apply Forall_app in H' as [H1 H2]. cbn [Mt].
    rewrite M_node, IHf, IHr by assumption. reflexivity.
  - intros p IH H. cbn [Mt_parts]. rewrite Mparts_one. auto.
  - intros p IHp f IHf H. apply Forall_app in H as [H1 H2]. cbn [Mt_parts].
    rewrite Mparts_more, IHp, IHf by assumption. reflexivity.
Qed.

Lemma decay_range : forall s v, 0 <= s -> 0 <= v -> 0 < decay s v <= 1.
Proof.
  intros s v Hs Hv. unfold decay. split; [apply exp_pos|].
  rewrite <- exp_0. assert (0 <= s * v) by (apply Rmult_le_pos; assumption).
  destruct (Req_dec (s * v) 0) as [E|N].
  - right. f_equal. lra.
  - left. apply exp_increasing. lra.
Qed.

Lemma decay_add : forall s1 s2 v, decay (s1 + s2) v = decay s1 v * decay s2 v.
Proof. intros. unfold decay. rewrite <- exp_plus. f_equal. ring. Qed.

Lemma decay_anti : forall s1 s2 v, 0 <= v -> s1 <= s2 -> decay s2 v <= decay s1 v.
Proof.
  intros s1 s2 v Hv H. replace s2 with (s1 + (s2 - s1)) by ring. rewrite decay_add.
  destruct (decay_range (s2 - s1) v) as [_ D]; [lra|exact Hv|].
  assert (0 < decay s1 v) by apply exp_pos.
  rewrite <- (Rmult_1_r (decay s1 v)) at 2. apply Rmult_le_compat_l; lra.
Qed.

(** h is monotone in the shrinkage too, towards 1. *)
Lemma h_shrink_below : forall g1 g2 x, g1 <= g2 -> x <= 1 -> h g1 x <= h g2 x.
Proof. intros. rewrite !h_eq. nra. Qed.
Lemma h_shrink_above : forall g1 g2 x, g1 <= g2 -> 1 <= x -> h g2 x <= h g1 x.
Proof. intros. rewrite !h_eq. nra. Qed.

Lemma spine_time_range : forall p, Forall (fun s => 0 <= s) (times p) ->
  0 <= spine_time p <= sum (times p).
Proof.
  assert (N : forall l, Forall (fun s => 0 <= s) l -> 0 <= sum l).
  { intros l H. induction H as [|x l Hx _ IH].
    - cbn. lra.
    - change (sum (x :: l)) with (x + sum l). lra. }
  assert (A : forall l1 l2, sum (l1 ++ l2) = sum l1 + sum l2).
  { intros l1 l2. induction l1 as [|x l1 IH]; cbn [app].
    - change (sum []) with 0. ring.
    - change (sum (x :: ?l)) with (x + sum l). rewrite IH. ring. }
  refine (timed_mut _ (fun _ => True) _ _ _ _); trivial; cbn [times spine_time].
  - intros _ _. change (sum []) with 0. lra.
  - intros s f _ r IH H. inversion H as [|? ? Hs H']; subst.
    apply Forall_app in H' as [H1 H2]. specialize (IH H2). specialize (N _ H1).
    change (sum (s :: ?l)) with (s + sum l). rewrite A. lra.
Qed.

Section OneSide.
  Variables a v : nat -> R.
  Hypothesis Hv : forall t, 0 <= v t.

  (** Left parts keep the sign of their error. *)
  Lemma timed_below :
    (forall p, Forall (fun s => 0 <= s) (times p) ->
       Forall (unit_at a) (leaves (plan_of p)) ->
       over a (leaves (plan_of p)) <= Mt a v p) /\
    (forall f, Forall (fun s => 0 <= s) (timesP f) ->
       Forall (unit_at a) (leavesP (parts_of f)) ->
       over a (leavesP (parts_of f)) <= Mt_parts a v f).
  Proof.
    apply timed_timed_parts_ind;
      cbn [times timesP plan_of parts_of leaves leavesP Mt Mt_parts].
    - intros t _ _. rewrite over_one. lra.
    - intros s f IHf r IHr Hs Ha. inversion Hs as [|? ? Hs0 Hs']; subst.
      apply Forall_app in Hs' as [Hs1 Hs2]. apply Forall_app in Ha as [Ha1 Ha2].
      specialize (IHf Hs1 Ha1). specialize (IHr Hs2 Ha2).
      assert (P1 := over_unit _ _ Ha1). assert (P2 := over_unit _ _ Ha2).
      assert (D := decay_range s (v (last_leaf (plan_of r))) Hs0 (Hv _)).
      set (g := decay s _) in *.
      assert (X := h_mono g ltac:(lra) _ _ IHf).
      assert (Y := h_raises g ltac:(lra) _ (proj2 P1)).
      rewrite over_app, (Rmult_comm (Mt a v r)). apply mul_le; lra.
    - auto.
    - intros p IHp f IHf Hs Ha.
      apply Forall_app in Hs as [Hs1 Hs2]. apply Forall_app in Ha as [Ha1 Ha2].
      specialize (IHp Hs1 Ha1). specialize (IHf Hs2 Ha2).
      assert (P1 := over_unit _ _ Ha1). assert (P2 := over_unit _ _ Ha2).
      rewrite over_app. apply mul_le; lra.
  Qed.

  Lemma timed_above :
    (forall p, Forall (fun s => 0 <= s) (times p) ->
       Forall (above_at a) (leaves (plan_of p)) ->
       0 <= Mt a v p <= over a (leaves (plan_of p))) /\
    (forall f, Forall (fun s => 0 <= s) (timesP f) ->
       Forall (above_at a) (leavesP (parts_of f)) ->
       0 <= Mt_parts a v f <= over a (leavesP (parts_of f))).
  Proof.
    apply timed_timed_parts_ind;
      cbn [times timesP plan_of parts_of leaves leavesP Mt Mt_parts].
    - intros t _ Ha. rewrite over_one. inversion Ha; subst. unfold above_at in *. lra.
    - intros s f IHf r IHr Hs Ha. inversion Hs as [|? ? Hs0 Hs']; subst.
      apply Forall_app in Hs' as [Hs1 Hs2]. apply Forall_app in Ha as [Ha1 Ha2].
      specialize (IHf Hs1 Ha1). specialize (IHr Hs2 Ha2).
      assert (P1 := over_above _ _ Ha1). assert (P2 := over_above _ _ Ha2).
      assert (D := decay_range s (v (last_leaf (plan_of r))) Hs0 (Hv _)).
      set (g := decay s _) in *.
      assert (X := h_mono g ltac:(lra) _ _ (proj2 IHf)).
      assert (Y := h_lowers g ltac:(lra) _ P1).
      assert (Z := h_mono g ltac:(lra) _ _ (proj1 IHf)).
      assert (0 <= h g 0) by (rewrite h_eq; lra).
      rewrite over_app, (Rmult_comm (Mt a v r)).
      split; [apply Rmult_le_pos; lra | apply mul_le; lra].
    - auto.
    - intros p IHp f IHf Hs Ha.
      apply Forall_app in Hs as [Hs1 Hs2]. apply Forall_app in Ha as [Ha1 Ha2].
      specialize (IHp Hs1 Ha1). specialize (IHf Hs2 Ha2).
      rewrite over_app. split; [apply Rmult_le_pos; lra | apply mul_le; lra].
  Qed.

  (** A plan is no better than one merge with all of its time at T. *)
  Lemma spine_below : forall p, Forall (fun s => 0 <= s) (times p) ->
    0 < a (last_leaf (plan_of p)) -> Forall (unit_at a) (body (plan_of p)) ->
    a (last_leaf (plan_of p)) *
      h (decay (spine_time p) (v (last_leaf (plan_of p)))) (over a (body (plan_of p)))
    <= Mt a v p.
  Proof.
    refine (timed_mut _ (fun _ => True) _ _ _ _); trivial;
      cbn [times plan_of last_leaf body Mt spine_time].
    - intros t _ _ _. rewrite over_nil, h_of_1. lra.
    - intros s f _ r IH Hs Hpos Ha. inversion Hs as [|? ? Hs0 Hs']; subst.
      apply Forall_app in Hs' as [Hs1 Hs2]. apply Forall_app in Ha as [Ha1 Ha2].
      specialize (IH Hs2 Hpos Ha2).
      assert (P1 := over_unit _ _ Ha1). assert (P2 := over_unit _ _ Ha2).
      assert (F := proj2 timed_below f Hs1 Ha1).
      set (j := last_leaf (plan_of r)) in *.
      assert (D := decay_range s (v j) Hs0 (Hv _)).
      assert (D' := decay_range (spine_time r) (v j)
                      (proj1 (spine_time_range r Hs2)) (Hv _)).
      rewrite decay_add, over_app.
      set (g := decay s (v j)) in *. set (G := decay (spine_time r) (v j)) in *.
      set (A := over a (leavesP (parts_of f))) in *.
      set (B := over a (body (plan_of r))) in *.
      assert (E := budget_identity g G A B).
      assert (0 <= (1 - g) * G * A * (1 - B))
        by (repeat apply Rmult_le_pos; lra).
      assert (0 <= g * (1 - G) * B * (1 - A))
        by (repeat apply Rmult_le_pos; lra).
      assert (X := h_mono g ltac:(lra) _ _ F).
      assert (0 < h g A) by (apply h_pos; lra).
      assert (0 < h G B) by (apply h_pos; lra).
      apply Rle_trans with (a j * h G B * h g A).
      + rewrite Rmult_assoc. apply Rmult_le_compat_l; lra.
      + apply mul_le; try lra. apply Rmult_le_pos; lra.
  Qed.

  Lemma spine_above : forall p, Forall (fun s => 0 <= s) (times p) ->
    0 < a (last_leaf (plan_of p)) -> Forall (above_at a) (body (plan_of p)) ->
    0 <= Mt a v p <=
    a (last_leaf (plan_of p)) *
      h (decay (spine_time p) (v (last_leaf (plan_of p)))) (over a (body (plan_of p))).
  Proof.
    refine (timed_mut _ (fun _ => True) _ _ _ _); trivial;
      cbn [times plan_of last_leaf body Mt spine_time].
    - intros t _ Hpos _. rewrite over_nil, h_of_1. lra.
    - intros s f _ r IH Hs Hpos Ha. inversion Hs as [|? ? Hs0 Hs']; subst.
      apply Forall_app in Hs' as [Hs1 Hs2]. apply Forall_app in Ha as [Ha1 Ha2].
      specialize (IH Hs2 Hpos Ha2).
      assert (P1 := over_above _ _ Ha1). assert (P2 := over_above _ _ Ha2).
      destruct (proj2 timed_above f Hs1 Ha1) as [F0 F].
      set (j := last_leaf (plan_of r)) in *.
      assert (D := decay_range s (v j) Hs0 (Hv _)).
      assert (D' := decay_range (spine_time r) (v j)
                      (proj1 (spine_time_range r Hs2)) (Hv _)).
      rewrite decay_add, over_app.
      set (g := decay s (v j)) in *. set (G := decay (spine_time r) (v j)) in *.
      set (A := over a (leavesP (parts_of f))) in *.
      set (B := over a (body (plan_of r))) in *.
      assert (E := budget_identity g G A B).
      assert (0 <= (1 - g) * G * A * (B - 1))
        by (repeat apply Rmult_le_pos; lra).
      assert (0 <= g * (1 - G) * B * (A - 1))
        by (repeat apply Rmult_le_pos; lra).
      assert (X := h_mono g ltac:(lra) _ _ F).
      assert (Z := h_mono g ltac:(lra) _ _ F0).
      assert (0 <= h g 0) by (rewrite h_eq; lra).
      split; [apply Rmult_le_pos; lra|].
      apply Rle_trans with (a j * h G B * h g A).
      + apply mul_le; lra.
      + rewrite Rmult_assoc. apply Rmult_le_compat_l; lra.
  Qed.
End OneSide.

(** ** The theorem *)

(** Vanilla with the whole budget: one merge, at T. *)
Definition vanilla_budget (a v : nat -> R) (T : nat) (S : R) : R :=
  M a (fun t => decay S (v t)) (vanilla T).

Theorem budget_below : forall T a v S p, (1 <= T)%nat ->
  positive a T -> (forall t, 0 <= v t) -> all_below a T ->
  covers 1 T (plan_of p) -> within_budget p S ->
  C a 1 T <= vanilla_budget a v T S /\ vanilla_budget a v T S <= Mt a v p.
Proof.
  intros T a v S p HT Hpos Hv Ha Hp (Hs & HS).
  assert (P : 0 < a T) by (apply Hpos; lia).
  assert (B := below_list _ _ Hpos Ha). assert (U := over_unit _ _ B).
  assert (R := spine_time_range p Hs).
  assert (D := decay_range S (v T) ltac:(lra) (Hv T)).
  unfold vanilla_budget. rewrite vanilla_closed_form_1, C_body by exact HT. split.
  - apply Rmult_le_compat_l; [lra|]. apply h_raises; lra.
  - assert (X := spine_below a v Hv p Hs).
    rewrite (covers_last _ _ _ Hp), (covers_body _ _ _ Hp) in X.
    eapply Rle_trans; [|apply (X P B)].
    apply Rmult_le_compat_l; [lra|]. apply h_shrink_below; [|lra].
    apply decay_anti; [apply Hv|lra].
Qed.

Theorem budget_above : forall T a v S p, (1 <= T)%nat ->
  positive a T -> (forall t, 0 <= v t) -> all_above a T ->
  covers 1 T (plan_of p) -> within_budget p S ->
  Mt a v p <= vanilla_budget a v T S /\ vanilla_budget a v T S <= C a 1 T.
Proof.
  intros T a v S p HT Hpos Hv Ha Hp (Hs & HS).
  assert (P : 0 < a T) by (apply Hpos; lia).
  assert (B := above_list _ _ Ha). assert (U := over_above _ _ B).
  assert (R := spine_time_range p Hs).
  assert (D := decay_range S (v T) ltac:(lra) (Hv T)).
  unfold vanilla_budget. rewrite vanilla_closed_form_1, C_body by exact HT. split.
  - assert (X := spine_above a v Hv p Hs).
    rewrite (covers_last _ _ _ Hp), (covers_body _ _ _ Hp) in X.
    eapply Rle_trans; [apply (X P B)|].
    apply Rmult_le_compat_l; [lra|]. apply h_shrink_above; [|lra].
    apply decay_anti; [apply Hv|lra].
  - apply Rmult_le_compat_l; [lra|]. apply h_lowers; lra.
Qed.

Definition one_sided (a : nat -> R) (T : nat) : Prop := all_below a T \/ all_above a T.

Theorem vanilla_nearest_budget : forall T a v S p, (1 <= T)%nat ->
  positive a T -> (forall t, 0 <= v t) -> one_sided a T ->
  covers 1 T (plan_of p) -> within_budget p S ->
  Rabs (vanilla_budget a v T S - C a 1 T) <= Rabs (Mt a v p - C a 1 T).
Proof.
  intros T a v S p HT Hpos Hv [Ha|Ha] Hp HS.
  - destruct (budget_below T a v S p HT Hpos Hv Ha Hp HS). rewrite !Rabs_right; lra.
  - destruct (budget_above T a v S p HT Hpos Hv Ha Hp HS). rewrite !Rabs_left1; lra.
Qed.

(** One plan and one allocation for a whole spectrum.  Coordinates from both
    sides may be mixed: vanilla is the nearest in each of them. *)
Definition W2sq_timed (T : nat) (spectrum : list (R * (nat -> R) * (nat -> R)))
    (value : (nat -> R) -> (nat -> R) -> R) : R :=
  sum (map (fun c => let '(w, a, v) := c in w * (value a v - C a 1 T) ^ 2) spectrum).

Theorem vanilla_best_budget_W2 : forall T S spectrum p, (1 <= T)%nat ->
  (forall w a v, In (w, a, v) spectrum ->
     0 <= w /\ positive a T /\ (forall t, 0 <= v t) /\ one_sided a T) ->
  covers 1 T (plan_of p) -> within_budget p S ->
  W2sq_timed T spectrum (fun a v => vanilla_budget a v T S) <=
  W2sq_timed T spectrum (fun a v => Mt a v p).
Proof.
  intros T S spectrum p HT H Hp HS. apply sum_le. intros ((w, a), v) Hin.
  destruct (H w a v Hin) as (Hw & Hpos & Hv & Ho).
  apply Rmult_le_compat_l; [exact Hw|]. apply square_le.
  apply vanilla_nearest_budget; assumption.
Qed.

(** One side of 1 is needed: with a = (2, 3/4, 1), v = 1 and the budget
    S = ln 2 / 2 (total shrinkage 1/2), BOOT with all the time in its first
    merge hits the composite 3/2 exactly, vanilla gives 5/4. *)
Theorem budget_needs_one_side : exists a v S p,
  positive a 3 /\ (forall t : nat, v t = 1) /\ covers 1 3 (plan_of p) /\
  within_budget p S /\
  Mt a v p = C a 1 3 /\ C a 1 3 = 3 / 2 /\ vanilla_budget a v 3 S = 5 / 4.
Proof.
  assert (H2 : decay (ln 2 / 2) 1 = 1 / 2).
  { unfold decay. replace (-2 * (ln 2 / 2) * 1) with (- ln 2) by field.
    rewrite exp_Ropp, exp_ln; lra. }
  assert (H0 : decay 0 1 = 1).
  { unfold decay. replace (-2 * 0 * 1) with 0 by ring. apply exp_0. }
  assert (L : 0 <= ln 2 / 2).
  { assert (0 < ln 2) by (rewrite <- ln_1; apply ln_increasing; lra). lra. }
  exists (fun t => match t with 1%nat => 2 | 2%nat => 3 / 4 | _ => 1 end),
         (fun _ => 1), (ln 2 / 2),
         (tnode (ln 2 / 2) (tone (tleaf 1)) (tnode 0 (tone (tleaf 2)) (tleaf 3))).
  split; [|split; [|split; [|split; [|split; [|split]]]]].
  - intros t _. destruct t as [|[|[|t]]]; lra.
  - reflexivity.
  - apply (boot_covers 3). lia.
  - split.
    + constructor; [exact L|]. constructor; [apply Rle_refl|constructor].
    + change (ln 2 / 2 + (0 + 0) <= ln 2 / 2). lra.
  - cbn [Mt Mt_parts plan_of last_leaf]. rewrite H2, H0, !h_eq. cbn. field.
  - cbn. field.
  - unfold vanilla_budget. rewrite vanilla_closed_form by lia. rewrite H2, h_eq.
    cbn. field.
Qed.
