(** * All plans, as a list

    The enumeration is proved sound and complete for [covers]; the generated
    file [Checks.v] evaluates it. *)

From Coq Require Import List Arith Lia.
From Symmerge Require Import Plan.
Import ListNotations.

(** All plans for i..i+n and all sequences of parts for i..i+n.  The first
    argument only bounds the recursion; 2n+2 is enough. *)
Fixpoint plans_fuel (fuel i n : nat) : list plan :=
  match fuel with
  | 0 => []
  | S fuel' =>
      if n =? 0 then [leaf i] else
      flat_map (fun k =>
        flat_map (fun f => map (node f) (plans_fuel fuel' (S (i + k)) (n - S k)))
                 (parts_fuel fuel' i k))
        (seq 0 n)
  end
with parts_fuel (fuel i n : nat) : list parts :=
  match fuel with
  | 0 => []
  | S fuel' =>
      map one (plans_fuel fuel' i n) ++
      flat_map (fun k =>
        flat_map (fun p => map (more p) (parts_fuel fuel' (S (i + k)) (n - S k)))
                 (plans_fuel fuel' i k))
        (seq 0 n)
  end.

Definition all_plans (T : nat) : list plan := plans_fuel (2 * T) 1 (T - 1).

Lemma plans_fuel_sound : forall fuel,
  (forall i n p, In p (plans_fuel fuel i n) -> covers i (i + n) p) /\
  (forall i n f, In f (parts_fuel fuel i n) -> coversP i (i + n) f).
Proof.
  induction fuel as [|fuel [IHp IHf]]; split; cbn [plans_fuel parts_fuel];
    try contradiction.
  - intros i n p. destruct (Nat.eqb_spec n 0) as [->|N].
    + intros [<-|[]]. rewrite Nat.add_0_r. constructor.
    + intros H. apply in_flat_map in H as (k & Hk & H).
      apply in_flat_map in H as (f & Hf & H). apply in_map_iff in H as (r & <- & Hr).
      apply in_seq in Hk. apply covers_node with (k := i + k); [apply IHf, Hf|].
      apply IHp in Hr. replace (i + n) with (S (i + k) + (n - S k)) by lia. exact Hr.
  - intros i n f H. apply in_app_or in H as [H|H].
    + apply in_map_iff in H as (p & <- & Hp). constructor. apply IHp, Hp.
    + apply in_flat_map in H as (k & Hk & H).
      apply in_flat_map in H as (p & Hp & H). apply in_map_iff in H as (f' & <- & Hf).
      apply in_seq in Hk. apply covers_more with (k := i + k); [apply IHp, Hp|].
      apply IHf in Hf. replace (i + n) with (S (i + k) + (n - S k)) by lia. exact Hf.
Qed.

Lemma plans_fuel_complete :
  (forall i j p, covers i j p -> forall fuel, 2 * (j - i) + 1 <= fuel ->
     In p (plans_fuel fuel i (j - i))) /\
  (forall i j f, coversP i j f -> forall fuel, 2 * (j - i) + 2 <= fuel ->
     In f (parts_fuel fuel i (j - i))).
Proof.
  apply covers_coversP_ind.
  - intros t [|fuel] H; [lia|]. rewrite Nat.sub_diag. cbn. auto.
  - intros i k j f r Hf IHf Hr IHr fuel H.
    apply (proj2 covers_le) in Hf. apply (proj1 covers_le) in Hr.
    destruct fuel as [|fuel]; [lia|]. cbn [plans_fuel].
    destruct (Nat.eqb_spec (j - i) 0) as [E|_]; [lia|].
    apply in_flat_map. exists (k - i). split; [apply in_seq; lia|].
    apply in_flat_map. exists f. split; [apply IHf; lia|].
    apply in_map. replace (S (i + (k - i))) with (S k) by lia.
    replace (j - i - S (k - i)) with (j - S k) by lia. apply IHr. lia.
  - intros i j p Hp IH fuel H. destruct fuel as [|fuel]; [lia|]. cbn [parts_fuel].
    apply in_or_app. left. apply in_map, IH. lia.
  - intros i k j p f Hp IHp Hf IHf fuel H.
    apply (proj1 covers_le) in Hp. apply (proj2 covers_le) in Hf.
    destruct fuel as [|fuel]; [lia|]. cbn [parts_fuel].
    apply in_or_app. right.
    apply in_flat_map. exists (k - i). split; [apply in_seq; lia|].
    apply in_flat_map. exists p. split; [apply IHp; lia|].
    apply in_map. replace (S (i + (k - i))) with (S k) by lia.
    replace (j - i - S (k - i)) with (j - S k) by lia. apply IHf. lia.
Qed.

Theorem all_plans_spec : forall T p, 1 <= T -> (In p (all_plans T) <-> covers 1 T p).
Proof.
  intros T p HT. unfold all_plans. split.
  - intros H. apply (proj1 (plans_fuel_sound _)) in H.
    replace (1 + (T - 1)) with T in H by lia. exact H.
  - intros H. apply (proj1 plans_fuel_complete); [exact H|lia].
Qed.

(** ** Comparing lists of plans *)

Fixpoint plan_eqb (p q : plan) : bool :=
  match p, q with
  | leaf s, leaf t => s =? t
  | node f r, node f' r' => (parts_eqb f f' && plan_eqb r r')%bool
  | _, _ => false
  end
with parts_eqb (f f' : parts) : bool :=
  match f, f' with
  | one p, one q => plan_eqb p q
  | more p f1, more q f2 => (plan_eqb p q && parts_eqb f1 f2)%bool
  | _, _ => false
  end.

Lemma plan_eqb_eq :
  (forall p q, plan_eqb p q = true <-> p = q) /\
  (forall f f', parts_eqb f f' = true <-> f = f').
Proof.
  apply plan_parts_ind; simpl.
  - intros s [t|f r]; [rewrite Nat.eqb_eq|]; split; congruence.
  - intros f IHf r IHr [t|f' r']; [split; congruence|].
    rewrite Bool.andb_true_iff, IHf, IHr.
    split; [intros [-> ->]; reflexivity | intros [= -> ->]; auto].
  - intros p IH [q|q f']; [rewrite IH|]; split; congruence.
  - intros p IHp f IHf [q|q f']; [split; congruence|].
    rewrite Bool.andb_true_iff, IHp, IHf.
    split; [intros [-> ->]; reflexivity | intros [= -> ->]; auto].
Qed.

Fixpoint distinct (l : list plan) : bool :=
  match l with
  | [] => true
  | p :: l' => (negb (existsb (plan_eqb p) l') && distinct l')%bool
  end.
