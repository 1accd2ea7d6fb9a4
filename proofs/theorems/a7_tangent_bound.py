"""Lower bound for a spectrum by tangents, and the certificate of optimality it gives."""

from itertools import pairwise

import numpy as np
import sympy

from proofs.ledger import FalseVariant, Theorem
from proofs.tools import (
    counterexample,
    drawn,
    identity,
    nonnegative,
    seen,
    segment_lengths,
    symbols,
)
from symmerge.chain import gradient_flow_chain
from symmerge.schedule import cosine

A, B, D, E = symbols("a b d E")


def steps():
    y = sympy.Symbol("y")
    yield identity(
        "h(y) = (e^y - 1)^2 has h' = 2 e (1 + e) for e = e^y - 1",
        sympy.diff((sympy.exp(y) - 1) ** 2, y).subs(sympy.exp(2 * y), sympy.exp(y) ** 2),
        2 * (sympy.exp(y) - 1) * (1 + (sympy.exp(y) - 1)),
    )
    second = 2 * E * (2 * E - 1)
    yield nonnegative(
        "h'' = 2 e^y (2 e^y - 1) >= 0 for e^y >= 1/2", second.subs(E, A + sympy.Rational(1, 2))
    )
    l1, l2, w = sympy.symbols("l_1 l_2 w")
    yield identity(
        "w y of a segmentation is the length of its path", w * (l1 + l2), w * l1 + w * l2
    )
    yield seen(
        "the bound at random tangents is below the objective of every segmentation, and exact when "
        "the shortest path is the tangent's own, T = 8",
        drawn(60, 64, _trial),
    )


def block_logs(lam, T, s):
    """``l_i(p, q) = log((1-g) C + g) - log C`` for all blocks p+1..q of 1..T-1, and C^2."""
    chain = gradient_flow_chain(cosine(T), lam, s)
    total = np.concatenate([np.zeros((1, len(lam))), np.cumsum(chain.composites[:-1], axis=0)])
    inverse = np.expm1(total[:, None, :] - total[None, :, :])
    return np.log1p(chain.g[-1] * inverse), chain.C**2


def _paths(logs):
    n = len(logs) - 1
    for lengths in segment_lengths(n):
        ends = np.cumsum([0, *lengths])
        yield sum(logs[p, q] for p, q in pairwise(ends))


def _trial(rng, steep=False):
    T, d = 8, rng.randint(2, 4)
    lam = np.exp([rng.uniform(-2, 2) for _ in range(d)])
    s = 0.02 if steep else 1.0
    if steep:
        lam = lam * 1e4
    logs, weight = block_logs(lam, T, s)
    m = weight * np.exp([rng.uniform(-3, 3) for _ in range(d)])
    ys = list(_paths(logs))
    if not steep and min(float(y.min()) for y in ys) <= -np.log(2):
        return None
    objectives = [float(m @ np.expm1(y) ** 2) for y in ys]
    y0 = rng.choice(ys)
    slope = 2 * m * np.expm1(y0) * np.exp(y0)
    bound = float(m @ np.expm1(y0) ** 2 - slope @ y0) + min(float(slope @ y) for y in ys)
    best = min(objectives)
    return (
        None if bound <= best * (1 + 1e-9) else {"lam": lam.tolist(), "bound": bound, "best": best}
    )


THEOREM = Theorem(
    name="a7_tangent_bound",
    title="Tangent bound and certificate of optimality",
    statement="For any tangent point y0 the value sum [h_i(y0) - w_i y0_i] + shortest path of sum "
    "w_i l_i bounds the objective of every segmentation from below (while all y > -log 2). If the "
    "shortest path at the weights 2 W e (1+e) of a plan has that plan's own length, the plan is "
    "optimal.",
    latex=r"Let $F(\pi)=\sum_iW_i(e^{y_i(\pi)}-1)^2$ with $W_i\ge0$, "
    r"$y_i(\pi)=\sum_{B\in\pi}l_i(B)$, and let $e_i>-\frac12$ for all segmentations. For every "
    r"$y^0$ with $y^0_i>-\log2$ and $w_i=2W_ie^0_i(1+e^0_i)$, $e^0_i=e^{y^0_i}-1$, \[ "
    r"F(\pi)\ge\sum_i\bigl[W_i(e^0_i)^2-w_iy^0_i\bigr]+\min_{\pi'}\sum_{B\in\pi'}\sum_iw_il_i(B) "
    r". \] If the minimum is attained by a segmentation $\pi^*$ with $y(\pi^*)=y^0$, then $\pi^*$ "
    r"minimises $F$. For one-sided coordinates both statements hold for all plans.",
    source="symmerge, part A7",
    standing="P",
    assumptions=("e_i > -1/2 for every segmentation (guard)",),
    steps=steps,
    proof=r"On $y>-\log2$ the function $h(y)=(e^y-1)^2$ is convex, so $h(y)\ge "
    r"h(y^0)+h'(y^0)(y-y^0)$ with $h'(y^0)=2e^0(1+e^0)$. Multiply by $W_i$, add, and use that "
    r"$\sum_iw_iy_i(\pi)$ is the length of the path of $\pi$ from $0$ to $T-1$ with edge lengths "
    r"$\sum_iw_il_i(B)$. If $\pi^*$ is a shortest path and $y(\pi^*)=y^0$, the bound equals "
    r"$F(\pi^*)$. The last sentence is the collapse to segmentations.",
    variants=(
        FalseVariant(
            "the guard e > -1/2 is dropped",
            lambda: counterexample(
                "the bound holds", drawn(60, 65, lambda rng: _trial(rng, steep=True))
            ),
        ),
    ),
)
