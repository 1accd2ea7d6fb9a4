(** * The exact edges for the cosine schedule

    Theorem 3 with numbers: both edges depend on T only, not on the training
    time s > 0.  For vanilla T >= 3 is needed (for T = 2 vanilla is the only
    plan, hence always the largest). *)

From Coq Require Import Arith Lia Reals Lra.
From Symmerge Require Import Plan Merge Canonical OneSided Cosine Converse.
Local Open Scope R_scope.

Theorem cosine_boot_edge : forall T lam s, (2 <= T)%nat -> 0 < lam -> 0 < s ->
  let a := cosine_step T lam in
  let g := cosine_shrink T s lam in
  ((forall p, covers 1 T p ->
      C a 1 T <= M a g (boot T) /\ M a g (boot T) <= M a g p)
   <-> lam <= tan (PI / 4 + PI / (4 * INR T))).
Proof.
  intros T lam s HT Hl Hs a g. unfold a, g.
  rewrite boot_edge.
  - apply cosine_below_iff; assumption.
  - lia.
  - apply cosine_positive; assumption.
  - apply cosine_shrinkage; lra || assumption.
  - apply cosine_shrinkage_strict; lia || assumption.
Qed.

Theorem cosine_vanilla_edge : forall T lam s, (3 <= T)%nat -> 0 < lam -> 0 < s ->
  let a := cosine_step T lam in
  let g := cosine_shrink T s lam in
  ((forall p, covers 1 T p -> M a g p <= M a g (vanilla T))
   <-> 1 + 1 / cos (PI / (2 * INR T)) <= lam).
Proof.
  intros T lam s HT Hl Hs a g. unfold a, g. assert (H2 : (2 <= T)%nat) by lia.
  rewrite vanilla_edge.
  - rewrite (cosine_above_iff T H2 lam Hl). split; [|auto].
    intros [H|H]; [exact H|].
    (* the tie a_1 = .. = a_{T-2} = 1 puts lam on the edge *)
    apply (lambda_from_first T H2 lam Hl). rewrite H by lia. lra.
  - exact H2.
  - apply cosine_positive; assumption.
  - intros t Ht. apply cosine_shrinkage_strict; assumption.
Qed.
