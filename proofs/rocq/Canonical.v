(** * The canonical plans and their closed forms

    Each is defined on the steps i..i+n, by recursion on n, and then on 1..T.
    [segments i ns] cuts the steps before the last one into consecutive blocks
    of n+1 bare steps, one for each n in the list, and merges every block
    directly into the last step; BOOT and vanilla are the two extreme cases. *)

From Coq Require Import List Arith Lia Reals.
From Symmerge Require Import Plan Merge.
Import ListNotations.

(** i . i+1 . ... . i+n *)
Fixpoint bare (i n : nat) : parts :=
  match n with
  | 0 => one (leaf i)
  | S n' => more (leaf i) (bare (S i) n')
  end.

(** [i.(i+1)...|i+n] *)
Definition vanilla_from (i n : nat) : plan :=
  match n with
  | 0 => leaf i
  | S n' => node (bare i n') (leaf (i + n))
  end.

(** [i|[i+1|...[i+n-1|i+n]]] *)
Fixpoint boot_from (i n : nat) : plan :=
  match n with
  | 0 => leaf i
  | S n' => node (one (leaf i)) (boot_from (S i) n')
  end.

(** [[[i|i+1]|...]|i+n] *)
Fixpoint consistency_from (i n : nat) : plan :=
  match n with
  | 0 => leaf i
  | S n' => node (one (consistency_from i n')) (leaf (i + n))
  end.

Fixpoint segments (i : nat) (ns : list nat) : plan :=
  match ns with
  | [] => leaf i
  | n :: ns' => node (bare i n) (segments (S (i + n)) ns')
  end.

Definition vanilla (T : nat) : plan := vanilla_from 1 (T - 1).
Definition boot (T : nat) : plan := boot_from 1 (T - 1).
Definition consistency (T : nat) : plan := consistency_from 1 (T - 1).

(** ** They are plans for the steps 1..T *)

Lemma bare_covers : forall n i, coversP i (i + n) (bare i n).
Proof.
  induction n as [|n IH]; intros i; simpl.
  - rewrite Nat.add_0_r. do 2 constructor.
  - apply covers_more with (k := i); [constructor|].
    replace (i + S n) with (S i + n) by lia. apply IH.
Qed.

Lemma vanilla_from_covers : forall i n, covers i (i + n) (vanilla_from i n).
Proof.
  intros i [|n]; unfold vanilla_from.
  - rewrite Nat.add_0_r. constructor.
  - apply covers_node with (k := i + n); [apply bare_covers|].
    replace (i + S n) with (S (i + n)) by lia. constructor.
Qed.

Lemma boot_from_covers : forall n i, covers i (i + n) (boot_from i n).
Proof.
  induction n as [|n IH]; intros i; simpl.
  - rewrite Nat.add_0_r. constructor.
  - apply covers_node with (k := i); [do 2 constructor|].
    replace (i + S n) with (S i + n) by lia. apply IH.
Qed.

Lemma consistency_from_covers : forall n i,
  covers i (i + n) (consistency_from i n).
Proof.
  induction n as [|n IH]; intros i; simpl.
  - rewrite Nat.add_0_r. constructor.
  - apply covers_node with (k := i + n); [constructor; apply IH|].
    replace (i + S n) with (S (i + n)) by lia. constructor.
Qed.

(** Number of steps in the blocks of [segments]. *)
Definition total (ns : list nat) : nat := fold_right (fun n s => S n + s) 0 ns.

Lemma segments_covers : forall ns i, covers i (i + total ns) (segments i ns).
Proof.
  induction ns as [|n ns IH]; intros i; simpl.
  - rewrite Nat.add_0_r. constructor.
  - apply covers_node with (k := i + n); [apply bare_covers|].
    replace (i + S (n + total ns)) with (S (i + n) + total ns) by lia. apply IH.
Qed.

Theorem vanilla_covers : forall T, 1 <= T -> covers 1 T (vanilla T).
Proof.
  intros T H. replace T with (1 + (T - 1)) at 1 by lia. apply vanilla_from_covers.
Qed.
Theorem boot_covers : forall T, 1 <= T -> covers 1 T (boot T).
Proof.
  intros T H. replace T with (1 + (T - 1)) at 1 by lia. apply boot_from_covers.
Qed.
Theorem consistency_covers : forall T, 1 <= T -> covers 1 T (consistency T).
Proof.
  intros T H. replace T with (1 + (T - 1)) at 1 by lia. apply consistency_from_covers.
Qed.

(** ** Closed forms *)

Local Open Scope R_scope.

Section Values.
  Variables a g : nat -> R.

  Lemma bare_value : forall n i, Mparts a g (bare i n) = C a i (i + n).
  Proof.
    induction n as [|n IH]; intros i; cbn [bare].
    - rewrite Nat.add_0_r, C_same. reflexivity.
    - rewrite Mparts_more, M_leaf, IH, (C_cut a i i) by lia.
      rewrite C_same. do 2 f_equal. lia.
  Qed.

  Lemma segments_last : forall ns i, last_leaf (segments i ns) = (i + total ns)%nat.
  Proof. intros. apply (covers_last i), segments_covers. Qed.

  (** The factors h_T(C[block]) of a segmentation. *)
  Fixpoint blocks (gT : R) (i : nat) (ns : list nat) : R :=
    match ns with
    | [] => 1
    | n :: ns' => h gT (C a i (i + n)) * blocks gT (S (i + n)) ns'
    end.

  Theorem segments_value : forall ns i,
    M a g (segments i ns) =
    a (i + total ns)%nat * blocks (g (i + total ns)%nat) i ns.
  Proof.
    induction ns as [|n ns IH]; intros i; cbn [segments blocks].
    - rewrite M_leaf. unfold total; simpl. rewrite Nat.add_0_r. ring.
    - rewrite M_node, bare_value, segments_last, IH.
      replace (i + total (n :: ns))%nat with (S (i + n) + total ns)%nat
        by (simpl; lia).
      ring.
  Qed.

  Lemma boot_from_value : forall n i,
    M a g (boot_from i n) =
    a (i + n)%nat * over (fun t => h (g (i + n)%nat) (a t)) (seq i n).
  Proof.
    induction n as [|n IH]; intros i; cbn [boot_from seq].
    - rewrite over_nil, Nat.add_0_r, M_leaf. ring.
    - rewrite M_node, IH, over_cons, (covers_last (S i) (S i + n)) by apply boot_from_covers.
      rewrite Mparts_one, M_leaf. replace (i + S n)%nat with (S i + n)%nat by lia. ring.
  Qed.

  Theorem boot_closed_form : forall T, (1 <= T)%nat ->
    M a g (boot T) = a T * over (fun t => h (g T) (a t)) (seq 1 (T - 1)).
  Proof.
    intros T H. unfold boot. rewrite boot_from_value.
    replace (1 + (T - 1))%nat with T by lia. reflexivity.
  Qed.

  Theorem vanilla_closed_form : forall T, (2 <= T)%nat ->
    M a g (vanilla T) = a T * h (g T) (C a 1 (T - 1)).
  Proof.
    intros T H. unfold vanilla, vanilla_from.
    replace (T - 1)%nat with (S (T - 2)) by lia.
    rewrite M_node, bare_value, M_leaf. cbn [last_leaf].
    replace (1 + S (T - 2))%nat with T by lia. reflexivity.
  Qed.

  (** The same for T = 1 too: an empty composite is 1 and h(1) = 1. *)
  Lemma vanilla_closed_form_1 : forall T, (1 <= T)%nat ->
    M a g (vanilla T) = a T * h (g T) (over a (seq 1 (T - 1))).
  Proof.
    intros T H. destruct (Nat.eq_dec T 1) as [->|N].
    - change (M a g (vanilla 1)) with (a 1%nat). cbn [Nat.sub seq].
      rewrite over_nil, h_eq. ring.
    - rewrite vanilla_closed_form, C_over by lia.
      replace (S (T - 1) - 1)%nat with (T - 1)%nat by lia. reflexivity.
  Qed.

  (** Consistency is given by a recursion: M_1 = a_1, M_t = a_t h_t(M_{t-1}). *)
  Lemma consistency_from_S : forall i n,
    M a g (consistency_from i (S n)) =
    a (i + S n)%nat * h (g (i + S n)%nat) (M a g (consistency_from i n)).
  Proof. reflexivity. Qed.

  Theorem consistency_closed_form :
    M a g (consistency 1) = a 1%nat /\
    forall t, (1 <= t)%nat ->
      M a g (consistency (S t)) = a (S t) * h (g (S t)) (M a g (consistency t)).
  Proof.
    split; [reflexivity|]. intros t H. unfold consistency.
    replace (S t - 1)%nat with (S (t - 1)) by lia. rewrite consistency_from_S.
    replace (1 + S (t - 1))%nat with (S t) by lia. reflexivity.
  Qed.
End Values.
