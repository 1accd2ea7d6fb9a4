(** * Merge plans

    A merge plan over the steps i..j (i = cleanest, j = noisiest) is an ordered
    tree.  A node has a non-empty sequence of parts on its clean side and one
    plan at its noisy end.  In text form, [node (more p (one q)) r] is
    written [[p.q|r]].

    The two types are mutual instead of using [list plan], because the
    induction principle is then the one that every proof needs: one statement
    for plans, one for sequences of plans. *)

From Coq Require Import List Arith Lia.
Import ListNotations.

Inductive plan : Type :=
| leaf : nat -> plan
| node : parts -> plan -> plan
with parts : Type :=
| one : plan -> parts
| more : plan -> parts -> parts.

Scheme plan_mut := Induction for plan Sort Prop
with parts_mut := Induction for parts Sort Prop.
Combined Scheme plan_parts_ind from plan_mut, parts_mut.

(** The steps of a plan, from clean to noisy. *)
Fixpoint leaves (p : plan) : list nat :=
  match p with
  | leaf t => [t]
  | node f r => leavesP f ++ leaves r
  end
with leavesP (f : parts) : list nat :=
  match f with
  | one p => leaves p
  | more p f' => leaves p ++ leavesP f'
  end.

(** The noisiest step: the time at which the student of a node is trained. *)
Fixpoint last_leaf (p : plan) : nat :=
  match p with
  | leaf t => t
  | node _ r => last_leaf r
  end.

(** All steps but the noisiest.  These, and only these, sit in left parts of
    the plan: this is why no theorem puts a condition on the step T. *)
Fixpoint body (p : plan) : list nat :=
  match p with
  | leaf _ => []
  | node f r => leavesP f ++ body r
  end.

Lemma leaves_body : forall p, leaves p = body p ++ [last_leaf p].
Proof.
  refine (plan_mut _ (fun _ => True) _ _ _ _); simpl; auto.
  intros f _ r IH. rewrite IH. apply app_assoc.
Qed.

Lemma leaves_nonempty :
  (forall p, 1 <= length (leaves p)) /\ (forall f, 1 <= length (leavesP f)).
Proof.
  apply plan_parts_ind; simpl; intros; rewrite ?app_length; lia.
Qed.

(** ** Covering an interval *)

Inductive covers : nat -> nat -> plan -> Prop :=
| covers_leaf : forall t, covers t t (leaf t)
| covers_node : forall i k j f r,
    coversP i k f -> covers (S k) j r -> covers i j (node f r)
with coversP : nat -> nat -> parts -> Prop :=
| covers_one : forall i j p, covers i j p -> coversP i j (one p)
| covers_more : forall i k j p f,
    covers i k p -> coversP (S k) j f -> coversP i j (more p f).

Scheme covers_mut := Induction for covers Sort Prop
with coversP_mut := Induction for coversP Sort Prop.
Combined Scheme covers_coversP_ind from covers_mut, coversP_mut.

Lemma covers_le :
  (forall i j p, covers i j p -> i <= j) /\
  (forall i j f, coversP i j f -> i <= j).
Proof. apply covers_coversP_ind; intros; lia. Qed.

Lemma seq_cut : forall i k j, i <= k -> k < j ->
  seq i (S j - i) = seq i (S k - i) ++ seq (S k) (j - k).
Proof.
  intros i k j H1 H2. replace (S j - i) with ((S k - i) + (j - k)) by lia.
  rewrite seq_app. do 2 f_equal. lia.
Qed.

Lemma covers_leaves_seq :
  (forall i j p, covers i j p -> leaves p = seq i (S j - i)) /\
  (forall i j f, coversP i j f -> leavesP f = seq i (S j - i)).
Proof.
  apply covers_coversP_ind; cbn [leaves leavesP].
  - intros t. replace (S t - t) with 1 by lia. reflexivity.
  - intros i k j f r Hf IHf Hr IHr.
    apply (proj2 covers_le) in Hf. apply (proj1 covers_le) in Hr.
    rewrite IHf, IHr. symmetry. apply (seq_cut i k j); lia.
  - intros i j p _ IH. exact IH.
  - intros i k j p f Hp IHp Hf IHf.
    apply (proj1 covers_le) in Hp. apply (proj2 covers_le) in Hf.
    rewrite IHp, IHf. symmetry. apply (seq_cut i k j); lia.
Qed.

(** A list which is a concatenation and an interval is a concatenation of
    intervals. *)
Lemma app_eq_seq : forall l1 l2 i n, l1 ++ l2 = seq i n ->
  l1 = seq i (length l1) /\ l2 = seq (i + length l1) (length l2).
Proof.
  induction l1 as [|x l1 IH]; simpl; intros l2 i n H.
  - split; [reflexivity|]. rewrite Nat.add_0_r. subst l2. rewrite seq_length. reflexivity.
  - destruct n as [|n]; [discriminate|]. simpl in H. injection H as -> H.
    destruct (IH _ _ _ H) as [H1 H2]. split.
    + f_equal. exact H1.
    + replace (i + S (length l1)) with (S i + length l1) by lia. exact H2.
Qed.

Lemma leaves_seq_covers :
  (forall p i n, leaves p = seq i (S n) -> covers i (i + n) p) /\
  (forall f i n, leavesP f = seq i (S n) -> coversP i (i + n) f).
Proof.
  assert (cut : forall (l1 l2 : list nat) i n,
    1 <= length l1 -> 1 <= length l2 -> l1 ++ l2 = seq i (S n) ->
    exists k m, l1 = seq i (S k) /\ l2 = seq (S (i + k)) (S m)
                /\ S (i + k) + m = i + n).
  { intros l1 l2 i n L1 L2 H.
    assert (L : length l1 + length l2 = S n)
      by (rewrite <- app_length, H; apply seq_length).
    destruct (app_eq_seq _ _ _ _ H) as [H1 H2].
    destruct (length l1) as [|k] eqn:E1; [lia|].
    destruct (length l2) as [|m] eqn:E2; [lia|].
    exists k, m. rewrite <- (Nat.add_succ_r i k). repeat split; trivial. lia. }
  apply plan_parts_ind; simpl.
  - intros t i n H. destruct n as [|n]; simpl in H; [|discriminate].
    injection H as ->. rewrite Nat.add_0_r. constructor.
  - intros f IHf r IHr i n H.
    destruct (cut _ _ _ _ (proj2 leaves_nonempty f) (proj1 leaves_nonempty r) H)
      as (k & m & H1 & H2 & <-).
    econstructor; [apply IHf, H1 | apply IHr, H2].
  - intros p IH i n H. constructor. apply IH, H.
  - intros p IHp f IHf i n H.
    destruct (cut _ _ _ _ (proj1 leaves_nonempty p) (proj2 leaves_nonempty f) H)
      as (k & m & H1 & H2 & <-).
    econstructor; [apply IHp, H1 | apply IHf, H2].
Qed.

(** The inductive predicate says exactly that the steps are i, i+1, .., j. *)
Theorem covers_iff_leaves : forall i j p,
  covers i j p <-> (i <= j /\ leaves p = seq i (S j - i)).
Proof.
  intros i j p. split.
  - intros H. split; [apply (proj1 covers_le _ _ _ H)|].
    apply (proj1 covers_leaves_seq _ _ _ H).
  - intros [L H]. replace j with (i + (j - i)) by lia.
    apply (proj1 leaves_seq_covers). rewrite H. f_equal. lia.
Qed.

Theorem coversP_iff_leaves : forall i j f,
  coversP i j f <-> (i <= j /\ leavesP f = seq i (S j - i)).
Proof.
  intros i j p. split.
  - intros H. split; [apply (proj2 covers_le _ _ _ H)|].
    apply (proj2 covers_leaves_seq _ _ _ H).
  - intros [L H]. replace j with (i + (j - i)) by lia.
    apply (proj2 leaves_seq_covers). rewrite H. f_equal. lia.
Qed.

Lemma covers_last : forall i j p, covers i j p -> last_leaf p = j.
Proof. induction 1; simpl; auto. Qed.

Lemma covers_body : forall i j p, covers i j p -> body p = seq i (j - i).
Proof.
  intros i j p H. assert (L := proj1 covers_le _ _ _ H).
  assert (E := proj1 covers_leaves_seq _ _ _ H).
  rewrite leaves_body, (covers_last _ _ _ H) in E.
  replace (S j - i) with (S (j - i)) in E by lia.
  rewrite seq_S in E. apply app_inj_tail in E. exact (proj1 E).
Qed.
