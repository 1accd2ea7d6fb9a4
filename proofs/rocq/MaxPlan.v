(** * The largest plan in O(T)

    Under (G), with X and run from the running-max recurrence started at 1,

      M_max(1,T) = a_T h_T(S) h_T(X/S),    X = X_{T-1},  S = run_{T-1}.

    The blocks at T can be reduced to two (same steps as in
    [RunningExtremum.v], without anything in front of them), and among two
    blocks with given product the more unequal pair is better. *)

From Coq Require Import List Arith Lia Reals Lra Psatz.
From Symmerge Require Import Plan Merge Scalar OneSided Canonical DynamicProgram
  RunningExtremum Tables.
Import ListNotations.
Local Open Scope R_scope.

(** What the general lemmas ask of the order, for <=. *)
Ltac order_facts :=
  intros; first
    [ lra
    | apply mul_le; lra
    | apply Rmult_le_compat_l; assumption
    | apply h_mono; assumption
    | apply h_lowers; assumption
    | apply h_join; [assumption | apply Rmult_le_pos; lra]
    | nra ].

Lemma hang_max : forall gj gv A B, 0 <= gj <= 1 -> A <= 1 -> 1 <= B ->
  gj * (B - 1) <= gv * B -> h gj A * h gj B <= h gj (B * h gv A).
Proof.
  intros gj gv A B G HA HB H. assert (E := identity_I3 gj gv A B).
  assert (0 <= (1 - gj) * (1 - A) * (gv * B - gj * (B - 1)))
    by (repeat apply Rmult_le_pos; lra). lra.
Qed.

(** Two blocks with product at most q: (S, q/S) is the best pair. *)
Lemma pair_bound : forall g X Y S q, 0 <= g <= 1 -> 0 < Y -> 0 < q ->
  1 <= X -> X <= S -> X * Y <= q -> q <= S ->
  h g X * h g Y <= h g S * h g (q / S).
Proof.
  intros g X Y S q G HY Hq HX HS HXY HqS.
  assert (E := identity_I5 S X q ltac:(lra) ltac:(lra)).
  assert (Q : Y <= q / X).
  { apply Rmult_le_reg_r with X; [lra|].
    replace (q / X * X) with q by (field; lra). lra. }
  assert (P : 0 <= (S - X) * (S * X - q) / (S * X)).
  { apply Rmult_le_pos.
    - apply Rmult_le_pos; [lra|]. nra.
    - apply Rlt_le, Rinv_0_lt_compat. apply Rmult_lt_0_compat; lra. }
  rewrite !identity_I4. replace (S * (q / S)) with q by (field; lra).
  assert (0 <= (1 - g) ^ 2) by apply pow2_ge_0.
  assert (0 <= g * (1 - g)) by (apply Rmult_le_pos; lra).
  apply Rplus_le_compat_r. apply Rplus_le_compat; apply Rmult_le_compat_l; lra.
Qed.

Section Largest.
  Variables (a g : nat -> R) (T : nat).
  Hypothesis HT : (1 <= T)%nat.
  Hypothesis Ha : positive a T.
  Hypothesis Hg : shrinkage g T.
  Hypothesis HG : condition_G a g T.

  Let Mx := fst (tables Rmax a g T).
  Let Qx := snd (tables Rmax a g T).
  Let Hfill : filled Rle a g T Mx Qx := max_tables_filled a g T.
  Let Q := Qn Qx.

  Lemma Q_pos : forall i n, (1 <= i)%nat -> (i + n <= S T)%nat -> 0 < Q i n.
  Proof.
    intros. eapply (Qn_pos Rle) with (a := a) (g := g) (T := T) (Mx := Mx);
      try eassumption; order_facts.
  Qed.

  Lemma Q_closure : forall i m l, (1 <= i)%nat -> (i + m + l <= S T)%nat ->
    Q i m * Q (i + m) l <= Q i (m + l).
  Proof.
    intros. eapply (Qn_closure Rle) with (a := a) (g := g) (T := T) (Mx := Mx);
      try eassumption; order_facts.
  Qed.

  (** A first block <= 1 is joined with the next one. *)
  Lemma join_bad : forall i m l, (1 <= i)%nat -> (i + m + l <= T)%nat -> Q i m <= 1 ->
    h (g T) (Q i m) * h (g T) (Q (i + m) l) <= h (g T) (Q i (m + l)).
  Proof.
    intros i m l H1 H2 H3. assert (G := Hg T ltac:(lia)).
    assert (K := Q_closure i m l H1 ltac:(lia)).
    destruct (Rle_lt_dec (Q (i + m) l) 1) as [B|B].
    - apply Rle_trans with (h (g T) (Q i m * Q (i + m) l)).
      + apply h_join; [exact G|]. apply Rmult_le_pos; lra.
      + apply h_mono; assumption.
    - destruct l as [|l]; [change (Q (i + m) 0) with 1 in B; lra|].
      destruct m as [|m].
      { change (Q i 0) with 1. rewrite h_of_1, Nat.add_0_r. simpl. lra. }
      destruct (Qn_hang Rle) with (a := a) (g := g) (T := T) (Mx := Mx) (Qx := Qx)
        (i := i) (m := m) (l := l) as (v & Hv & L);
        try assumption; try lia; try (order_facts; fail).
      apply Rle_trans with (h (g T) (Q (i + S m) (S l) * h (g v) (Q i (S m)))).
      + apply hang_max; try lra.
        eapply (G_block Rle) with (a := a) (g := g) (T := T) (Mx := Mx);
          try eassumption; try lia; order_facts.
      + apply h_mono; [exact G|exact L].
  Qed.

  Lemma join_good : forall i m l, (1 <= i)%nat -> (i + m + l <= T)%nat ->
    1 <= Q i m -> 1 <= Q (i + m) l ->
    h (g T) (Q i m) * h (g T) (Q (i + m) l) <= h (g T) (Q i (m + l)).
  Proof.
    intros i m l H1 H2 H3 H4. assert (G := Hg T ltac:(lia)).
    apply Rle_trans with (h (g T) (Q i m * Q (i + m) l)).
    - apply h_join; [exact G|].
      replace ((1 - Q i m) * (1 - Q (i + m) l))
        with ((Q i m - 1) * (Q (i + m) l - 1)) by ring.
      apply Rmult_le_pos; lra.
    - apply h_mono; [exact G|]. apply Q_closure; lia.
  Qed.

  Lemma two_blocks : forall ns i, (1 <= i)%nat -> (i + total ns)%nat = T ->
    exists m, (m <= total ns)%nat /\
    Bl Qx (g T) i ns <= h (g T) (Q i m) * h (g T) (Q (i + m) (total ns - m)).
  Proof.
    assert (G := Hg T ltac:(lia)).
    induction ns as [|n ns IH]; intros i H1 H2.
    - exists 0%nat. split; [lia|]. cbn [Bl total fold_right].
      change (Q i 0) with 1. change (Q (i + 0) (0 - 0)) with 1. rewrite h_of_1. lra.
    - change (total (n :: ns)) with (S n + total ns)%nat in *.
      destruct (IH (i + S n)%nat) as (m & Hm & L); [lia|lia|].
      cbn [Bl]. fold (Q i (S n)).
      assert (PA := Q_pos i (S n) H1 ltac:(lia)).
      assert (PB := Q_pos (i + S n) m ltac:(lia) ltac:(lia)).
      assert (PD := Q_pos (i + S n + m) (total ns - m) ltac:(lia) ltac:(lia)).
      assert (HA := h_pos (g T) G _ PA). assert (HB := h_pos (g T) G _ PB).
      assert (HD := h_pos (g T) G _ PD).
      assert (first_two : h (g T) (Q i (S n)) * h (g T) (Q (i + S n) m)
                          <= h (g T) (Q i (S n + m)) ->
        exists m0, (m0 <= S n + total ns)%nat /\
        h (g T) (Q i (S n)) * Bl Qx (g T) (i + S n) ns <=
        h (g T) (Q i m0) * h (g T) (Q (i + m0) (S n + total ns - m0))).
      { intros J. exists (S n + m)%nat. split; [lia|].
        replace (S n + total ns - (S n + m))%nat with (total ns - m)%nat by lia.
        replace (i + (S n + m))%nat with (i + S n + m)%nat by lia.
        apply Rle_trans with (h (g T) (Q i (S n)) *
          (h (g T) (Q (i + S n) m) * h (g T) (Q (i + S n + m) (total ns - m)))).
        - apply Rmult_le_compat_l; lra.
        - rewrite <- Rmult_assoc. apply Rmult_le_compat_r; lra. }
      destruct (Rle_lt_dec (Q i (S n)) 1) as [A|A].
      + apply first_two, join_bad; lia || assumption.
      + destruct (Rle_lt_dec (Q (i + S n) m) 1) as [B|B].
        * exists (S n). split; [lia|].
          replace (S n + total ns - S n)%nat with (total ns) by lia.
          apply Rmult_le_compat_l; [lra|].
          eapply Rle_trans; [exact L|].
          replace (total ns) with (m + (total ns - m))%nat at 2 by lia.
          apply join_bad; lia || assumption.
        * apply first_two, join_good; lia || lra.
  Qed.

  (** Any two blocks can be realised. *)
  Lemma two_blocks_plan : forall m, (m <= T - 1)%nat ->
    exists p, covers 1 T p /\
    M a g p = a T * (h (g T) (Q 1 m) * h (g T) (Q (1 + m) (T - 1 - m))).
  Proof.
    intros m Hm.
    assert (att : forall i n, (1 <= i)%nat -> (i + n <= T)%nat ->
      exists f, coversP i (i + n) f /\ Q i (S n) = Mparts a g f).
    { intros. eapply (Qn_attained Rle) with (a := a) (g := g) (T := T) (Mx := Mx);
        try eassumption; order_facts. }
    (* the second block, or nothing *)
    assert (second : exists r, covers (S m) T r /\
      M a g r = a T * h (g T) (Q (1 + m) (T - 1 - m))).
    { destruct (T - 1 - m)%nat as [|l] eqn:E.
      - exists (leaf T). replace (S m) with T by lia. split; [constructor|].
        change (Q (1 + m) 0) with 1. rewrite h_of_1, M_leaf. ring.
      - destruct (att (1 + m)%nat l) as (f & Hf & ->); try lia.
        exists (node f (leaf T)). split; [|reflexivity].
        eapply covers_node; [exact Hf|]. replace (S (1 + m + l)) with T by lia. constructor. }
    destruct second as (r & Hr & Er). destruct m as [|m].
    - exists r. split; [exact Hr|]. change (Q 1 0) with 1. rewrite h_of_1, Er. ring.
    - destruct (att 1%nat m) as (f & Hf & Ef); try lia.
      exists (node f r). split; [eapply covers_node; [exact Hf|exact Hr]|].
      rewrite M_node, (covers_last _ _ _ Hr), Er, Ef. ring.
  Qed.

  Theorem largest_plan :
    let X := fst (running Rmax a g 1 (T - 1)) in
    let S := snd (running Rmax a g 1 (T - 1)) in
    best Rle (fun x => exists p, covers 1 T p /\ x = M a g p)
      (a T * (h (g T) S * h (g T) (X / S))).
  Proof.
    cbv zeta.
    destruct (running_exact Rle) with (a := a) (g := g) (T := T) (Mx := Mx) (Qx := Qx)
      (pick := Rmax) (i := 1%nat) (n := (T - 1)%nat) as (EX & ms & Hbest & ES);
      try assumption; try lia; try (order_facts; fail).
    { exact hang_max. }
    { intros. unfold Rmax. destruct (Rle_dec x y); auto. }
    { apply Rmax_l. }
    { apply Rmax_r. }
    rewrite EX, ES. change (Qn Qx) with Q.
    assert (F : Q 1 (ms + (T - 1 - ms)) = Q 1 ms * Q (1 + ms) (T - 1 - ms)).
    { destruct Hbest as [Hms Hb].
      eapply (best_factor Rle) with (a := a) (g := g) (T := T) (Mx := Mx) (n := (T - 1)%nat);
        try eassumption; try lia; try (order_facts; fail).
      - exact hang_max.
      - split; assumption. }
    destruct Hbest as [Hms Hb].
    replace (ms + (T - 1 - ms))%nat with (T - 1)%nat in F by lia.
    assert (PS := Q_pos 1 ms ltac:(lia) ltac:(lia)).
    assert (Pq := Q_pos 1 (T - 1) ltac:(lia) ltac:(lia)).
    assert (G := Hg T ltac:(lia)). assert (PT := Ha T ltac:(lia)).
    split.
    - destruct (two_blocks_plan ms Hms) as (p & Hp & E). exists p. split; [exact Hp|].
      rewrite E. do 3 f_equal. rewrite F. field. lra.
    - intros y (p & Hp & ->).
      destruct (tree_blocks Rle) with (a := a) (g := g) (T := T) (Mx := Mx) (Qx := Qx)
        (s := 1%nat) (j := T) (p := p) as (ns & En & L);
        try assumption; try lia; try (order_facts; fail).
      eapply Rle_trans; [exact L|]. apply Rmult_le_compat_l; [lra|].
      destruct (two_blocks ns 1 (le_n _) En) as (m & Hm & K).
      eapply Rle_trans; [exact K|].
      replace (total ns) with (T - 1)%nat in * by lia.
      assert (PY := Q_pos (1 + m) (T - 1 - m) ltac:(lia) ltac:(lia)).
      assert (S1 := Hb 0%nat ltac:(lia)). change (Qn Qx 1 0) with 1 in S1.
      assert (Sq := Hb (T - 1)%nat (le_n _)). fold Q in S1, Sq.
      assert (Sm := Hb m Hm). fold Q in Sm.
      destruct (Rle_lt_dec (Q 1 m) 1) as [B|B].
      + apply Rle_trans with (h (g T) 1 * h (g T) (Q 1 (T - 1))).
        * rewrite h_of_1, Rmult_1_l.
          replace (T - 1)%nat with (m + (T - 1 - m))%nat at 2 by lia.
          apply join_bad; lia || assumption.
        * apply pair_bound; trivial; lra.
      + apply pair_bound; trivial; try lra.
        replace (T - 1)%nat with (m + (T - 1 - m))%nat at 2 by lia.
        apply Q_closure; lia.
  Qed.
End Largest.
