"""On a grid, with an exact-ODE teacher, the linear objective has a one-sided hybrid as optimum."""

import math
from itertools import pairwise

import numpy as np
import sympy

from proofs.ledger import FalseVariant, Theorem
from proofs.theorems.a7_threshold_theorem import ratio_steps
from proofs.tools import (
    counterexample,
    drawn,
    identity,
    nonnegative,
    seen,
    segment_lengths,
    symbols,
)

X, U, V, G, Z, D = symbols("x u v g z d")


def steps():
    yield from ratio_steps()
    quotient = ((1 - G) * X + G * U) / ((1 - G) * X + G * V)
    yield identity(
        "K(u,v')/K(u,v) is, up to factors free of u, ((1-g)x + g rho_v)/((1-g)x + g rho_v') "
        "squared with x = rho_u, and has the x-derivative g(1-g)(rho_v' - rho_v)/(..)^2",
        sympy.diff(quotient, X),
        G * (1 - G) * (V - U) / ((1 - G) * X + G * V) ** 2,
    )
    g = Z / (1 + Z)
    yield nonnegative(
        "for class L rho falls in time, rho_v = rho_v' + d, so it falls in x and grows in u",
        g * (1 - g) * D / ((1 - g) * X + g * V) ** 2,
    )
    m1, m2, r1, r2, k1, k2 = symbols("m_1 m_2 r_1 r_2 k_1 k_2")
    yield identity(
        "tilting weights: with r_1 >= r_2 and k_2/k_1 larger, the mean of r falls (two points)",
        (m1 * r1 + m2 * r2) / (m1 + m2) - (m1 * k1 * r1 + m2 * k2 * r2) / (m1 * k1 + m2 * k2),
        m1 * m2 * (k2 - k1) * (r1 - r2) / ((m1 + m2) * (m1 * k1 + m2 * k2)),
    )
    yield seen(
        "random angles, spectra and weights: the linear optimum over all 256 segmentations is a "
        "one-sided hybrid",
        drawn(60, 57, _linear),
    )
    yield seen("the same for the true objective, where it is only seen", drawn(60, 58, _true))


def block_logs(rng, ode=True, n=9):
    """Random angles 0 < .. < pi/2, variances on both sides of 1, g; l_i(p, q) for all p < q."""
    cuts = np.sort([rng.uniform(0, math.pi / 2) for _ in range(n - 1)])
    angles = np.concatenate([[0.0], cuts, [math.pi / 2 if ode else rng.uniform(cuts[-1], 1.55)]])
    lam = np.array(
        [rng.uniform(0.05, 0.8), rng.uniform(0.8, 0.999), rng.uniform(2, 9), rng.uniform(9, 99)]
    )
    rho = np.sqrt(lam * np.cos(angles[:, None]) ** 2 + np.sin(angles[:, None]) ** 2)
    g = rng.uniform(0.001, 0.3)
    if ode:
        return np.log(1 - g + g * rho[None, :, :] / rho[:, None, :])
    inner = lam * np.cos(angles[:, None, None]) * np.cos(angles[None, :, None])
    inner = inner + np.sin(angles[:, None, None]) * np.sin(angles[None, :, None])
    steps_log = np.array([np.log(rho[t] ** 2 / inner[t - 1, t]) for t in range(1, n + 1)])
    total = np.concatenate([np.zeros((1, len(lam))), np.cumsum(steps_log, axis=0)])
    return np.log(1 - g + g * np.exp(total[None, :, :] - total[:, None, :]))


def optimum(logs, value):
    """Best segmentation and best one-sided hybrid under a value of y."""
    n = len(logs) - 1
    scores = {}
    for lengths in segment_lengths(n):
        ends = np.cumsum([0, *lengths])
        scores[lengths] = value(sum(logs[p, q] for p, q in pairwise(ends)))
    best = min(scores.values())
    hybrid = min(scores[(1,) * k + (n - k,)] for k in range(n))
    return best, hybrid


def _linear(rng, ode=True):
    weights = np.array(
        [rng.uniform(0.1, 1), rng.uniform(0.1, 1), -rng.uniform(0, 0.3), -rng.uniform(0, 0.1)]
    )
    best, hybrid = optimum(block_logs(rng, ode), lambda y: float(weights @ y))
    return None if hybrid <= best + 1e-12 else {"gap": hybrid - best, "weights": weights.tolist()}


def _true(rng):
    weights = np.array([math.exp(rng.uniform(-3, 3)) for _ in range(4)])
    best, hybrid = optimum(block_logs(rng), lambda y: float(weights @ np.expm1(y) ** 2))
    return None if hybrid <= best * (1 + 1e-10) else {"loss": hybrid / best - 1}


THEOREM = Theorem(
    name="a7_grid_hybrid",
    title="One-sided hybrids on a grid",
    statement="Exact-ODE teacher on any variance-preserving grid: for weights > 0 on variances "
    "below 1 and < 0 on variances above 1, some one-sided hybrid (single steps, then one block) "
    "minimises the linear objective sum w_i y_i over all segmentations. For the true objective "
    "this is only seen.",
    latex=r"Let $0=\theta_0<\dots<\theta_n\le\frac\pi2$, teacher steps "
    r"$\rho_i(\theta_{t-1})/\rho_i(\theta_t)$, $0<g<1$, and weights $w_i>0$ for $\lambda_i<1$, "
    r"$w_i<0$ for $\lambda_i>1$. Then $\sum_iw_iy_i(\pi)$ is smallest, over all segmentations "
    r"$\pi$ of $1..n$, for some $1,\dots,1,n-k$.",
    source="symmerge, part A7",
    standing="P",
    assumptions=("exact-ODE teacher", "variance-preserving angles, increasing", "0 < g < 1"),
    steps=steps,
    proof=r"The merge kernel of two cells $U$ before $V$ is $K_{UV}=\iint_{U\times "
    r"V}K(u,v)\,du\,dv$ with the kernel of the threshold theorem. Let $r=K_S/K_L$ for one "
    r"coordinate of each class; it decreases in $u$ and $v$ (threshold theorem). Let $V'$ follow "
    r"$V$. For $v\in V$, $v'\in V'$ the quotient $K_L(u,v')/K_L(u,v)$ increases in $u$, because "
    r"$\rho_L$ decreases. So "
    r"$\int_Ur(u,v')K_L(u,v')du/\int_UK_L(u,v')du\le\int_Ur(u,v)K_L(u,v')du/\int_UK_L(u,v')du\le\i"
    r"nt_Ur(u,v)K_L(u,v)du/\int_UK_L(u,v)du$: first $r$ falls in $v$, then the weights move to "
    r"larger $u$, where $r$ is smaller. Averaging over $v'\in V'$ and over $v\in V$, "
    r"$K^S_{UV'}/K^L_{UV'}\le K^S_{UV}/K^L_{UV}$; the same holds when $U$ moves to the next cell. "
    r"So for every pair of coordinates the growth of $K^S$ is at most that of $K^L$, the growth "
    r"of $A=\sum_Sw_iK^i$ (a weighted mean) at most that of $B=\sum_L|w_i|K^i$, and $A/B$ does "
    r"not increase: $\{k\le0\}$, $k=A-B$, is closed under moving to later pairs. Apply the prefix "
    r"theorem with $c=n$.",
    variants=(
        FalseVariant(
            "the same for the DDIM teacher",
            lambda: counterexample(
                "a one-sided hybrid is optimal", drawn(300, 59, lambda rng: _linear(rng, ode=False))
            ),
        ),
    ),
)
