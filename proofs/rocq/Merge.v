(** * What a plan computes

    The definitions are written once, for any type with 1, +, -, *; the
    theorems use them over the real numbers and the cross-check with Python
    ([Checks.v], generated) runs the very same text over the rationals. *)

From Coq Require Import List Arith Lia Reals QArith Qreduction.
From Symmerge Require Import Plan.
Import ListNotations.

Record ops (K : Type) : Type := mkOps {
  kone : K;
  kadd : K -> K -> K;
  ksub : K -> K -> K;
  kmul : K -> K -> K
}.
Arguments kone {K}. Arguments kadd {K}. Arguments ksub {K}. Arguments kmul {K}.

Section Generic.
  Context {K : Type} (o : ops K).

  (** One merge with shrinkage g: the student starts at the operator which
      lives at this time (factor 1) and keeps the share g of it. *)
  Definition hG (g x : K) : K :=
    kadd o (kmul o (ksub o (kone o) g) x) g.

  (** [a t] is the teacher's step, [g t] the shrinkage of a training at t.
      M(leaf t) = a_t,
      M(node)   = M(noisy end) * ((1-g_j) * (product of the left parts) + g_j). *)
  Fixpoint mergeG (a g : nat -> K) (p : plan) : K :=
    match p with
    | leaf t => a t
    | node f r => kmul o (mergeG a g r) (hG (g (last_leaf r)) (partsG a g f))
    end
  with partsG (a g : nat -> K) (f : parts) : K :=
    match f with
    | one p => mergeG a g p
    | more p f' => kmul o (mergeG a g p) (partsG a g f')
    end.

  Definition prodG (l : list K) : K := fold_right (kmul o) (kone o) l.

  (** The teacher's composite over the steps i..j. *)
  Definition compositeG (a : nat -> K) (i j : nat) : K :=
    prodG (map a (seq i (S j - i))).
End Generic.

(** ** The two instances *)

Definition Rops : ops R := mkOps R 1%R Rplus Rminus Rmult.

(** Rationals are kept in lowest terms, so equal numbers are equal terms. *)
Definition Qops : ops Q :=
  mkOps Q 1%Q (fun x y => Qred (x + y)) (fun x y => Qred (x - y))
              (fun x y => Qred (x * y)).

Local Open Scope R_scope.

Definition h (g x : R) : R := hG Rops g x.
Definition M (a g : nat -> R) (p : plan) : R := mergeG Rops a g p.
Definition Mparts (a g : nat -> R) (f : parts) : R := partsG Rops a g f.
Definition prod (l : list R) : R := prodG Rops l.
Definition C (a : nat -> R) (i j : nat) : R := compositeG Rops a i j.

(** The product of [f t] over a list of steps. *)
Definition over (f : nat -> R) (l : list nat) : R := prod (map f l).

(** Unfolding equations, all by computation. *)
Lemma h_eq : forall g x, h g x = (1 - g) * x + g.
Proof. reflexivity. Qed.
Lemma M_leaf : forall a g t, M a g (leaf t) = a t.
Proof. reflexivity. Qed.
Lemma M_node : forall a g f r,
  M a g (node f r) = M a g r * h (g (last_leaf r)) (Mparts a g f).
Proof. reflexivity. Qed.
Lemma Mparts_one : forall a g p, Mparts a g (one p) = M a g p.
Proof. reflexivity. Qed.
Lemma Mparts_more : forall a g p f,
  Mparts a g (more p f) = M a g p * Mparts a g f.
Proof. reflexivity. Qed.
Lemma C_over : forall a i j, C a i j = over a (seq i (S j - i)).
Proof. reflexivity. Qed.

Lemma over_nil : forall f, over f [] = 1.
Proof. reflexivity. Qed.
Lemma over_cons : forall f t l, over f (t :: l) = f t * over f l.
Proof. reflexivity. Qed.
Lemma over_one : forall f t, over f [t] = f t.
Proof. intros. rewrite over_cons, over_nil. ring. Qed.
Lemma over_app : forall f l1 l2, over f (l1 ++ l2) = over f l1 * over f l2.
Proof.
  intros f l1 l2. induction l1 as [|t l1 IH]; cbn [app].
  - rewrite over_nil. ring.
  - rewrite !over_cons, IH. ring.
Qed.
Lemma over_ext : forall f1 f2 l, (forall t, In t l -> f1 t = f2 t) ->
  over f1 l = over f2 l.
Proof.
  intros f1 f2 l. induction l as [|t l IH]; intros H; [reflexivity|].
  rewrite !over_cons, IH, (H t); auto with datatypes.
Qed.

Lemma over_pos : forall f l, (forall t, In t l -> 0 < f t) -> 0 < over f l.
Proof.
  intros f l. induction l as [|t l IH]; intros H.
  - apply Rlt_0_1.
  - rewrite over_cons. apply Rmult_lt_0_compat; auto with datatypes.
Qed.

Lemma C_same : forall a i, C a i i = a i.
Proof.
  intros. rewrite C_over. replace (S i - i)%nat with 1%nat by lia. apply over_one.
Qed.
Lemma C_cut : forall a i k j, (i <= k < j)%nat -> C a i j = C a i k * C a (S k) j.
Proof.
  intros. rewrite !C_over, (seq_cut i k j) by lia. apply over_app.
Qed.
Lemma C_last : forall a i j, (i <= j)%nat -> C a i (S j) = C a i j * a (S j).
Proof. intros. rewrite (C_cut a i j), C_same by lia. reflexivity. Qed.

(** The composite of a plan's own steps. *)
Lemma C_covers : forall a i j p, covers i j p -> C a i j = over a (leaves p).
Proof.
  intros a i j p H. rewrite (proj1 covers_leaves_seq _ _ _ H). reflexivity.
Qed.
