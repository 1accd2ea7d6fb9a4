(** * Converses: the exact edges (Theorem 3)

    (i)  BOOT is the smallest plan and not below the composite, if and only if
         all a_t <= 1 (t < T).  Only 0 < g_T < 1 is used, there are no ties to
         exclude, and the other g's do not matter.

    (ii) Vanilla is the largest plan if and only if all a_t >= 1 (t < T), or
         a_1 = .. = a_{T-2} = 1.  The second case is a genuine tie: then every
         plan has the same value, whatever a_{T-1} is.  So "vanilla is the
         largest plan only if all a_t >= 1" is not true without a remark on
         ties; [vanilla_tie] is the smallest example. *)

From Coq Require Import List Arith Lia Reals Lra Psatz.
From Symmerge Require Import Plan Merge Scalar Canonical OneSided.
Import ListNotations.
Local Open Scope R_scope.

(** Search in a bounded range of steps. *)
Lemma search : forall (P Q : nat -> Prop) i n,
  (forall t, P t \/ Q t) ->
  (exists t, (i <= t < i + n)%nat /\ P t) \/ (forall t, (i <= t < i + n)%nat -> Q t).
Proof.
  intros P Q i n H. induction n as [|n [(t & Ht & Hp)|IH]].
  - right. intros t Ht. lia.
  - left. exists t. split; [lia|exact Hp].
  - destruct (H (i + n)%nat) as [Hp|Hq].
    + left. exists (i + n)%nat. split; [lia|exact Hp].
    + right. intros t Ht. destruct (Nat.eq_dec t (i + n)) as [->|N]; [exact Hq|].
      apply IH. lia.
Qed.

(** ** Blocks of a segmentation *)

Lemma blocks_app : forall a gT ns1 ns2 i,
  blocks a gT i (ns1 ++ ns2) = blocks a gT i ns1 * blocks a gT (i + total ns1) ns2.
Proof.
  intros a gT ns1 ns2. induction ns1 as [|n ns1 IH]; intros i; cbn [app blocks].
  - simpl. rewrite Nat.add_0_r. ring.
  - rewrite IH. replace (i + total (n :: ns1))%nat with (S (i + n) + total ns1)%nat
      by (simpl; lia). ring.
Qed.

Lemma blocks_bare : forall a gT n i,
  blocks a gT i (repeat 0%nat n) = over (fun t => h gT (a t)) (seq i n).
Proof.
  intros a gT n. induction n as [|n IH]; intros i; cbn [repeat blocks seq].
  - reflexivity.
  - rewrite over_cons, IH, Nat.add_0_r, C_same. reflexivity.
Qed.

Lemma total_app : forall ns1 ns2, total (ns1 ++ ns2) = (total ns1 + total ns2)%nat.
Proof. induction ns1 as [|n ns1 IH]; intros ns2; simpl; [|rewrite IH]; lia. Qed.
Lemma total_bare : forall n, total (repeat 0%nat n) = n.
Proof. induction n as [|n IH]; simpl; lia. Qed.

(** Only the two ends of a block differ from 1. *)
Lemma over_ends : forall f u w, (u < w)%nat ->
  (forall t, (u < t < w)%nat -> f t = 1) -> over f (seq u (S w - u)) = f u * f w.
Proof.
  intros f u w L H. replace (S w - u)%nat with (S (S (w - S u))) by lia.
  cbn [seq]. rewrite over_cons. f_equal.
  replace (S (w - S u)) with ((w - S u) + 1)%nat by lia.
  change (S u :: seq (S (S u)) (w - S u)) with (seq (S u) (S (w - S u))).
  rewrite seq_S, over_app, over_one. replace (S u + (w - S u))%nat with w by lia.
  rewrite (over_ext f (fun _ => 1)).
  - assert (E : forall l : list nat, over (fun _ => 1) l = 1).
    { induction l as [|x l IHl]; [reflexivity|]. rewrite over_cons, IHl. ring. }
    rewrite E. ring.
  - intros t Ht. apply in_seq in Ht. apply H. lia.
Qed.

(** ** (i) BOOT *)

Definition opposite (x y : R) : Prop := (1 - x) * (1 - y) < 0.

(** Of all pairs on opposite sides of 1 there is one with only 1's between. *)
Lemma closest_pair : forall a n u w, (w - u <= n)%nat -> (u < w)%nat ->
  opposite (a u) (a w) ->
  exists u' w', (u <= u')%nat /\ (u' < w')%nat /\ (w' <= w)%nat /\
    opposite (a u') (a w') /\ forall t, (u' < t < w')%nat -> a t = 1.
Proof.
  intros a. induction n as [|n IH]; intros u w Hn L H; [lia|].
  destruct (search (fun t => a t <> 1) (fun t => a t = 1) (S u) (w - S u))
    as [(t & Ht & N)|H1].
  { intros t. destruct (Req_dec (a t) 1); auto. }
  - (* a t <> 1 is opposite to one of the two ends *)
    destruct (Rlt_le_dec ((1 - a u) * (1 - a t)) 0) as [O|O].
    + destruct (IH u t) as (u' & w' & ? & ? & ? & ?); try lia; [exact O|].
      exists u', w'. repeat split; try lia; apply H3.
    + destruct (IH t w) as (u' & w' & ? & ? & ? & ?); try lia.
      * unfold opposite in *.
        destruct (Rtotal_order (a t) 1) as [X|[X|X]]; [|contradiction|].
        -- assert (0 <= 1 - a u) by nra. assert (1 - a w < 0) by nra. nra.
        -- assert (1 - a u <= 0) by nra. assert (0 < 1 - a w) by nra. nra.
      * exists u', w'. repeat split; try lia; apply H3.
  - exists u, w. repeat split; try lia; [exact H|]. intros t Ht. apply H1. lia.
Qed.

(** An opposite pair with 1's between: merging it as one block beats BOOT. *)
Lemma opposite_pair_beats_boot : forall T a g u w,
  (1 <= u)%nat -> (u < w)%nat -> (w < T)%nat ->
  positive a T -> 0 < g T < 1 -> opposite (a u) (a w) ->
  (forall t, (u < t < w)%nat -> a t = 1) ->
  exists p, covers 1 T p /\ M a g p < M a g (boot T).
Proof.
  intros T a g u w H1 H2 H3 Hpos Hg O Hone.
  set (ns := repeat 0%nat (u - 1) ++ (w - u)%nat :: repeat 0%nat (T - 1 - w)).
  assert (E : total ns = (T - 1)%nat).
  { unfold ns. rewrite total_app, total_bare. cbn [total fold_right].
    fold (total (repeat 0%nat (T - 1 - w))). rewrite total_bare. lia. }
  exists (segments 1 ns). split.
  - assert (K := segments_covers ns 1). rewrite E in K.
    replace (1 + (T - 1))%nat with T in K by lia. exact K.
  - rewrite segments_value, E, boot_closed_form by lia.
    replace (1 + (T - 1))%nat with T by lia.
    apply Rmult_lt_compat_l; [apply Hpos; lia|].
    unfold ns. rewrite blocks_app, total_bare, blocks_bare. cbn [blocks].
    rewrite blocks_bare.
    replace (1 + (u - 1))%nat with u by lia.
    replace (u + (w - u))%nat with w by lia.
    replace (T - 1)%nat with ((u - 1) + ((S w - u) + (T - 1 - w)))%nat by lia.
    rewrite !seq_app, !over_app.
    replace (1 + (u - 1))%nat with u by lia.
    replace (u + (S w - u))%nat with (S w) by lia.
    rewrite C_over, !over_ends; try assumption.
    2:{ intros t Ht. rewrite Hone by exact Ht. apply h_of_1. }
    assert (P : forall i n, (1 <= i)%nat -> (i + n <= T)%nat ->
              0 < over (fun t => h (g T) (a t)) (seq i n)).
    { intros i n Hi Hn. apply over_pos. intros t Ht. apply in_seq in Ht.
      apply h_pos; [lra|]. apply Hpos. lia. }
    apply Rmult_lt_compat_l; [apply P; lia|].
    replace (u - 1 + (S w - u + (T - 1 - w)) - w)%nat with (T - 1 - w)%nat by lia.
    apply Rmult_lt_compat_r; [apply P; lia|].
    apply h_cut_strict; [exact Hg | exact O].
Qed.

(** If some a_t > 1 (t < T), BOOT overshoots or another plan is smaller. *)
Theorem boot_not_best : forall T a g t,
  positive a T -> 0 < g T < 1 -> (1 <= t < T)%nat -> 1 < a t ->
  M a g (boot T) < C a 1 T \/
  exists p, covers 1 T p /\ M a g p < M a g (boot T).
Proof.
  intros T a g t Hpos Hg Ht Hat.
  destruct (search (fun s => a s < 1) (fun s => 1 <= a s) 1 (T - 1))
    as [(s & Hs & Has)|Hall].
  { intros s. destruct (Rlt_le_dec (a s) 1); auto. }
  - right.
    assert (X : exists u w, (1 <= u)%nat /\ (u < w)%nat /\ (w < T)%nat /\
                opposite (a u) (a w)).
    { unfold opposite. destruct (lt_eq_lt_dec s t) as [[L|L]|L].
      - exists s, t. repeat split; try lia. nra.
      - subst. lra.
      - exists t, s. repeat split; try lia. nra. }
    destruct X as (u & w & L1 & L2 & L3 & O).
    destruct (closest_pair a (w - u) u w (le_n _) L2 O)
      as (u' & w' & K1 & K2 & K3 & O' & Hone).
    apply (opposite_pair_beats_boot T a g u' w'); try lia; assumption.
  - left. rewrite boot_closed_form, C_body by lia.
    apply Rmult_lt_compat_l; [apply Hpos; lia|].
    replace (T - 1)%nat with ((t - 1) + (1 + (T - 1 - t)))%nat by lia.
    rewrite !seq_app, !over_app. replace (1 + (t - 1))%nat with t by lia.
    cbn [seq]. rewrite !over_one.
    assert (B : forall i n, (1 <= i)%nat -> (i + n <= T)%nat ->
      0 < over (fun t => h (g T) (a t)) (seq i n) <= over a (seq i n)).
    { intros i n. revert i. induction n as [|n IH]; intros i Hi Hn; cbn [seq].
      - rewrite !over_nil. lra.
      - rewrite !over_cons. specialize (IH (S i) ltac:(lia) ltac:(lia)).
        assert (A := Hall i ltac:(lia)).
        assert (P := h_pos (g T) ltac:(lra) (a i) ltac:(lra)).
        assert (Q := h_lowers (g T) ltac:(lra) (a i) A).
        split; [apply Rmult_lt_0_compat; lra | apply mul_le; lra]. }
    assert (B1 := B 1%nat (t - 1)%nat ltac:(lia) ltac:(lia)).
    assert (B2 := B (t + 1)%nat (T - 1 - t)%nat ltac:(lia) ltac:(lia)).
    assert (S1 : h (g T) (a t) < a t) by (assert (E := h_minus_id (g T) (a t)); nra).
    assert (S0 : 0 < h (g T) (a t)) by (apply h_pos; lra).
    apply Rle_lt_trans with
      (over a (seq 1 (t - 1)) *
       (h (g T) (a t) * over (fun t => h (g T) (a t)) (seq (t + 1) (T - 1 - t)))).
    + apply Rmult_le_compat_r; [|lra]. apply Rmult_le_pos; lra.
    + apply Rmult_lt_compat_l; [lra|].
      apply Rle_lt_trans with (h (g T) (a t) * over a (seq (t + 1) (T - 1 - t))).
      * apply Rmult_le_compat_l; lra.
      * apply Rmult_lt_compat_r; lra.
Qed.

Theorem boot_edge : forall T a g, (1 <= T)%nat ->
  positive a T -> shrinkage g T -> 0 < g T < 1 ->
  ((forall p, covers 1 T p ->
      C a 1 T <= M a g (boot T) /\ M a g (boot T) <= M a g p)
   <-> all_below a T).
Proof.
  intros T a g HT Hpos Hg HgT. split.
  - intros H t Ht. destruct (Rle_lt_dec (a t) 1) as [L|L]; [exact L|].
    destruct (boot_not_best T a g t Hpos HgT Ht L) as [X|(p & Hp & X)].
    + destruct (H _ (boot_covers T HT)). lra.
    + destruct (H p Hp). lra.
  - intros Ha p Hp.
    destruct (boot_best_consistency_worst T a g p HT Hpos Hg Ha Hp) as (? & ? & _).
    auto.
Qed.

(** ** (ii) Vanilla *)

(** A step a_t < 1 which is not the last of its range: merging it early lifts
    the product above the composite. *)
Lemma early_merge_lifts : forall a g k, forall t,
  (forall s, (1 <= s <= k)%nat -> 0 < a s) -> (1 <= t < k)%nat ->
  a t < 1 -> 0 < g (S t) ->
  forall m, (m < t)%nat ->
  exists f, coversP (t - m) k f /\ C a (t - m) k < Mparts a g f.
Proof.
  intros a g k t Hpos Ht Hat Hg.
  assert (S1 : a t < h (g (S t)) (a t))
    by (assert (E := h_minus_id (g (S t)) (a t)); nra).
  induction m as [|m IH]; intros Hm.
  - rewrite Nat.sub_0_r. set (q := node (one (leaf t)) (leaf (S t))).
    assert (Cq : covers t (S t) q)
      by (apply covers_node with (k := t); repeat constructor).
    assert (Mq : C a t (S t) < M a g q).
    { unfold q. rewrite M_node, Mparts_one, !M_leaf, C_last, C_same by lia.
      rewrite (Rmult_comm (a t)). apply Rmult_lt_compat_l; [apply Hpos; lia|exact S1]. }
    destruct (Nat.eq_dec k (S t)) as [->|N].
    + exists (one q). split; [constructor; exact Cq|]. rewrite Mparts_one. exact Mq.
    + exists (more q (bare (S (S t)) (k - S (S t)))). split.
      * apply covers_more with (k := S t); [exact Cq|].
        assert (B := bare_covers (k - S (S t)) (S (S t))).
        replace (S (S t) + (k - S (S t)))%nat with k in B by lia. exact B.
      * rewrite Mparts_more, bare_value.
        replace (S (S t) + (k - S (S t)))%nat with k by lia.
        rewrite (C_cut a t (S t) k) by lia.
        apply Rmult_lt_compat_r; [|exact Mq].
        rewrite C_over. apply over_pos. intros x Hx. apply in_seq in Hx.
        apply Hpos. lia.
  - destruct IH as (f & F1 & F2); [lia|].
    exists (more (leaf (t - S m)) f). split.
    + apply covers_more with (k := (t - S m)%nat); [constructor|].
      replace (S (t - S m)) with (t - m)%nat by lia. exact F1.
    + rewrite Mparts_more, M_leaf, (C_cut a (t - S m) (t - S m) k), C_same by lia.
      replace (S (t - S m)) with (t - m)%nat by lia.
      apply Rmult_lt_compat_l; [apply Hpos; lia|exact F2].
Qed.

Definition shrinkage_strict (g : nat -> R) (T : nat) : Prop :=
  forall t, (1 <= t <= T)%nat -> 0 < g t < 1.

Lemma strict_shrinkage : forall g T, shrinkage_strict g T -> shrinkage g T.
Proof. intros g T H t Ht. destruct (H t Ht). lra. Qed.

(** If a_t < 1 for some t <= T-2, or a_{T-1} < 1 and a_1 .. a_{T-2} are not all
    equal to 1, vanilla is not the largest plan. *)
Theorem vanilla_not_best : forall T a g t,
  positive a T -> shrinkage_strict g T -> (1 <= t < T)%nat -> a t < 1 ->
  (exists t', (1 <= t' < T - 1)%nat /\ a t' <> 1) ->
  exists p, covers 1 T p /\ M a g (vanilla T) < M a g p.
Proof.
  intros T a g t Hpos Hg Ht Hat (t' & Ht' & N).
  assert (PT : 0 < a T) by (apply Hpos; lia).
  assert (GT : 0 < g T < 1) by (apply Hg; lia).
  rewrite vanilla_closed_form by lia.
  destruct (search (fun s => a s < 1) (fun s => 1 <= a s) 1 (T - 2))
    as [(s & Hs & Has)|Hall].
  { intros s. destruct (Rlt_le_dec (a s) 1); auto. }
  - destruct (early_merge_lifts a g (T - 1) s) with (m := (s - 1)%nat)
      as (f & F1 & F2); try lia; trivial.
    { intros x Hx. apply Hpos. lia. }
    { apply Hg. lia. }
    replace (s - (s - 1))%nat with 1%nat in * by lia.
    exists (node f (leaf T)). split.
    + apply covers_node with (k := (T - 1)%nat); [exact F1|].
      replace (S (T - 1)) with T by lia. constructor.
    + rewrite M_node, M_leaf. cbn [last_leaf].
      apply Rmult_lt_compat_l; [exact PT|]. apply h_mono_strict; lra.
  - (* a_1 .. a_{T-2} >= 1, not all 1; a_{T-1} < 1: cut the last step off *)
    assert (t = T - 1)%nat.
    { destruct (Nat.eq_dec t (T - 1)) as [|NE]; [assumption|].
      assert (1 <= a t) by (apply Hall; lia). lra. }
    subst t.
    assert (A : 1 < C a 1 (T - 2)).
    { rewrite (C_over a 1 (T - 2)). replace (S (T - 2) - 1)%nat with (T - 2)%nat by lia.
      replace (T - 2)%nat with ((t' - 1) + (1 + (T - 2 - t')))%nat by lia.
      rewrite !seq_app, !over_app. replace (1 + (t' - 1))%nat with t' by lia.
      cbn [seq]. rewrite over_one.
      assert (1 <= over a (seq 1 (t' - 1)))
        by (apply over_above, Forall_forall; intros x Hx; apply in_seq in Hx;
            apply Hall; lia).
      assert (1 <= over a (seq (t' + 1) (T - 2 - t')))
        by (apply over_above, Forall_forall; intros x Hx; apply in_seq in Hx;
            apply Hall; lia).
      assert (1 <= a t') by (apply Hall; lia).
      assert (1 < a t') by lra.
      assert (1 < a t' * over a (seq (t' + 1) (T - 2 - t'))) by nra. nra. }
    exists (segments 1 [T - 3; 0]%nat).
    assert (E : total [T - 3; 0]%nat = (T - 1)%nat) by (simpl; lia).
    split.
    + assert (K := segments_covers [T - 3; 0]%nat 1). rewrite E in K.
      replace (1 + (T - 1))%nat with T in K by lia. exact K.
    + rewrite segments_value, E. cbn [blocks].
      replace (1 + (T - 1))%nat with T by lia.
      replace (1 + (T - 3))%nat with (T - 2)%nat by lia.
      replace (S (T - 2)) with (T - 1)%nat by lia.
      rewrite Nat.add_0_r, C_same, Rmult_1_r.
      replace (T - 1)%nat with (S (T - 2)) by lia. rewrite C_last by lia.
      replace (S (T - 2)) with (T - 1)%nat by lia.
      apply Rmult_lt_compat_l; [exact PT|].
      apply h_cut_strict; [exact GT|]. nra.
Qed.

(** The tie: if a_1 = .. = a_{T-2} = 1, all plans have the same value. *)
Lemma ones_then_anything : forall a g,
  (forall i j p, covers i j p -> (forall t, (i <= t < j)%nat -> a t = 1) ->
     M a g p = a j) /\
  (forall i j f, coversP i j f -> (forall t, (i <= t < j)%nat -> a t = 1) ->
     Mparts a g f = a j).
Proof.
  intros a g. apply covers_coversP_ind.
  - reflexivity.
  - intros i k j f r Hf IHf Hr IHr H.
    assert (L1 := proj2 covers_le _ _ _ Hf). assert (L2 := proj1 covers_le _ _ _ Hr).
    rewrite M_node, IHf, IHr by (intros; apply H; lia).
    rewrite (H k), h_of_1 by lia. ring.
  - intros i j p Hp IH H. rewrite Mparts_one. auto.
  - intros i k j p f Hp IHp Hf IHf H.
    assert (L1 := proj1 covers_le _ _ _ Hp). assert (L2 := proj2 covers_le _ _ _ Hf).
    rewrite Mparts_more, IHp, IHf by (intros; apply H; lia).
    rewrite (H k) by lia. ring.
Qed.

Lemma all_plans_equal : forall a g i T p, covers i T p -> (i < T)%nat ->
  (forall t, (i <= t < T - 1)%nat -> a t = 1) ->
  M a g p = a T * h (g T) (a (T - 1)%nat).
Proof.
  intros a g i T p Hp. revert i T Hp.
  refine (plan_mut (fun p => forall i T, covers i T p -> (i < T)%nat ->
    (forall t, (i <= t < T - 1)%nat -> a t = 1) ->
    M a g p = a T * h (g T) (a (T - 1)%nat)) (fun _ => True) _ _ _ _ p); trivial.
  - intros t i T Hp L. inversion Hp; subst. lia.
  - clear p. intros f _ r IH i T Hp L H. inversion Hp as [|? k ? ? ? Hf Hr]; subst.
    assert (L1 := proj2 covers_le _ _ _ Hf). assert (L2 := proj1 covers_le _ _ _ Hr).
    rewrite M_node, (covers_last _ _ _ Hr).
    rewrite (proj2 (ones_then_anything a g) _ _ _ Hf) by (intros; apply H; lia).
    destruct (Nat.eq_dec k (T - 1)) as [->|N].
    + rewrite (proj1 (ones_then_anything a g) _ _ _ Hr) by (intros; lia). reflexivity.
    + rewrite (H k), h_of_1, (IH _ _ Hr) by (intros; try apply H; lia). ring.
Qed.

Theorem vanilla_edge : forall T a g, (2 <= T)%nat ->
  positive a T -> shrinkage_strict g T ->
  ((forall p, covers 1 T p -> M a g p <= M a g (vanilla T))
   <-> (all_above a T \/ forall t, (1 <= t < T - 1)%nat -> a t = 1)).
Proof.
  intros T a g HT Hpos Hg. split.
  - intros H.
    destruct (search (fun s => a s <> 1) (fun s => a s = 1) 1 (T - 2))
      as [(t' & Ht' & N)|H1].
    { intros s. destruct (Req_dec (a s) 1); auto. }
    + left. intros t Ht. destruct (Rle_lt_dec 1 (a t)) as [L|L]; [exact L|].
      destruct (vanilla_not_best T a g t Hpos Hg Ht L) as (p & Hp & X).
      { exists t'. split; [lia|exact N]. }
      specialize (H p Hp). lra.
    + right. intros t Ht. apply H1. lia.
  - intros [Ha|H1] p Hp.
    + apply vanilla_best; trivial; [lia|apply strict_shrinkage; exact Hg].
    + right. rewrite (all_plans_equal a g 1 T p), (all_plans_equal a g 1 T (vanilla T));
        trivial; try lia. apply vanilla_covers. lia.
Qed.

(** The smallest tie: a = (1, 1/2, 1), T = 3. *)
Theorem vanilla_tie : exists a,
  positive a 3 /\ ~ all_above a 3 /\
  forall g p, covers 1 3 p -> M a g p = M a g (vanilla 3).
Proof.
  exists (fun t => if Nat.eqb t 2 then 1 / 2 else 1). repeat split.
  - intros t _. destruct (Nat.eqb t 2); lra.
  - intros H. specialize (H 2%nat ltac:(lia)). simpl in H. lra.
  - intros g p Hp.
    rewrite (all_plans_equal _ g 1 3 p), (all_plans_equal _ g 1 3 (vanilla 3)); trivial;
      try lia; try (apply vanilla_covers; lia);
      intros t Ht; replace t with 1%nat by lia; reflexivity.
Qed.

(** Caution: "largest plan" is not "nearest plan".  Vanilla is exact whenever
    the composite of its left part is 1, on whatever sides of 1 the steps are,
    so it may be the nearest plan without being the largest one. *)
Theorem vanilla_exact_iff : forall T a g, (2 <= T)%nat ->
  positive a T -> 0 < g T ->
  (M a g (vanilla T) = C a 1 T <-> C a 1 (T - 1) = 1).
Proof.
  intros T a g HT Hpos Hg. assert (P : 0 < a T) by (apply Hpos; lia).
  rewrite vanilla_closed_form by exact HT.
  replace (C a 1 T) with (a T * C a 1 (T - 1)).
  2:{ replace T with (S (T - 1)) at 3 by lia. rewrite C_last by lia.
      replace (S (T - 1)) with T by lia. ring. }
  assert (E := h_minus_id (g T) (C a 1 (T - 1))). split; intros H.
  - apply Rmult_eq_reg_l in H; [|lra].
    assert (Z : g T * (1 - C a 1 (T - 1)) = 0) by lra.
    apply Rmult_integral in Z. lra.
  - rewrite H, h_of_1. reflexivity.
Qed.
