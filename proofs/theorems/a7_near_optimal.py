"""One-sided hybrids are within a relative O(1/T) of the best plan for a fixed spectrum."""

from itertools import pairwise

import numpy as np

from proofs.ledger import FalseVariant, Theorem
from proofs.tools import (
    Levelled,
    counterexample,
    h,
    identity,
    nonnegative,
    seen,
    segment_lengths,
    symbols,
)
from symmerge.chain import gradient_flow_chain
from symmerge.numbers import SYMBOLIC
from symmerge.schedule import cosine
from symmerge.teacher import Teacher

L, X, Z, LAM = symbols("L x z lambda")
SPECTRA = (
    ((0.2, 5.0), (1.0, 0.2)),
    ((0.5, 0.9, 3.0), (1.0, 4.0, 0.3)),
    ((0.1, 1.0, 8.0), (2.0, 1.0, 0.05)),
)


def steps():
    g = Z / (1 + Z)
    slope = (1 - g) * L / h(g, L)
    yield nonnegative("0 <= d log h(L) / d log L", slope)
    yield nonnegative("which is <= 1", 1 - slope)
    names = symbols("alpha_0 alpha_1 sigma_0 sigma_1")
    teacher = Teacher(Levelled(names[:2], names[2:]), LAM, SYMBOLIC)
    yield identity(
        "DDIM step squared = (exact-ODE step)^2 cos^2: a_t^2 v_t / v_{t-1} = 1 - sin^2(phi_t)",
        teacher.a[0] ** 2 * teacher.norms_squared[1] / teacher.norms_squared[0],
        1 - teacher.sines_squared[0],
    )
    c, p = symbols("c p")  # tan^2 of the two angles
    v = LAM / (1 + c) + c / (1 + c)
    w = LAM / (1 + p) + p / (1 + p)
    yield nonnegative(
        "sin^2(phi_t) <= lam sin^2(Delta) for lam = 1 + x >= 1, since both norms are >= 1",
        (v * w).subs(LAM, 1 + X) - 1,
    )
    yield nonnegative(
        "and <= sin^2(Delta)/lam for lam = 1/(1+x) <= 1, since both norms are >= lam",
        (v * w).subs(LAM, 1 / (1 + X)) - 1 / (1 + X) ** 2,
    )
    yield seen(
        "T (sqrt(F best one-sided hybrid)/sqrt(F best segmentation) - 1) stays below 0.05, T = "
        "6..13",
        _losses(),
    )


def relative_losses(lam, m, s=1.0, sizes=range(6, 14)):
    """Loss of the best one-sided hybrid against all segmentations, in sqrt(F)."""
    for T in sizes:
        chain = gradient_flow_chain(cosine(T), np.array(lam), s)
        total = np.concatenate([np.zeros((1, len(lam))), np.cumsum(chain.composites[:-1], axis=0)])
        logs = np.log1p(chain.g[-1] * np.expm1(total[:, None, :] - total[None, :, :]))
        weight = np.array(m) * chain.C**2
        scores = {}
        for lengths in segment_lengths(T - 1):
            ends = np.cumsum([0, *lengths])
            y = sum(logs[i, j] for i, j in pairwise(ends))
            scores[lengths] = float(np.sqrt(weight @ np.expm1(y) ** 2))
        hybrid = min(scores[(1,) * k + (T - 1 - k,)] for k in range(T - 1))
        yield T, hybrid / min(scores.values()) - 1, scores


def _losses():
    for lam, m in SPECTRA:
        for T, loss, _ in relative_losses(lam, m):
            yield None if T * loss < 0.05 else f"lam = {lam}, T = {T}: loss {loss:.3g}"


def _canonical():
    for lam, m in SPECTRA:
        for T, _, scores in relative_losses(lam, m, sizes=(8, 10, 12)):
            boot = scores[(1,) * (T - 1)] / min(scores.values()) - 1
            yield None if T * boot < 0.05 else f"lam = {lam}, T = {T}: loss {boot:.3g}"


THEOREM = Theorem(
    name="a7_near_optimal",
    title="Hybrids are nearly optimal for many steps",
    statement="Cosine schedule, DDIM teacher, fixed spectrum, s and guard lam_i^(g/2) < 2: the "
    "best one-sided hybrid exceeds the best of all plans by at most a relative O(1/T) in W_2.",
    latex=r"Fix $s>0$, $g=e^{-2s}$, variances with $\lambda_i^{g/2}<2$, not all $1$, and weights "
    r"$m_i>0$. For the cosine schedule with the DDIM teacher, as $T\to\infty$, "
    r"\[ W_2(\text{best one-sided hybrid})\le W_2(\text{best plan})\,(1+O(1/T)) . \]",
    source="symmerge, part A7",
    standing="P",
    assumptions=("cosine schedule", "spectrum and s fixed", "lam_i^(g/2) < 2"),
    steps=steps,
    proof=r"For one coordinate let $y=\log(M/C)$ for the DDIM steps $a_t$ and $y^0$ for the "
    r"exact-ODE steps $a_t^0=|u_{t-1}|/|u_t|$ with the same factors; $a_t=a_t^0\cos\varphi_t$. "
    r"Since $0\le d\log h(L)/d\log L\le1$, induction over the plan gives $0\le\partial\log "
    r"M/\partial\log a_t\le1$, so $y$ does not decrease in $-\log a_t$ and has slope at most $1$: "
    r"$0\le y-y^0\le\kappa:=-\sum_{t<T}\log\cos\varphi_t$. By Lagrange's identity "
    r"$\sin^2\varphi_t\le\max(\lambda,1/\lambda)\sin^2\Delta$, and $-\log(1-x)\le x/(1-x)$, so "
    r"$\kappa=O(T\Delta^2)=O(1/T)$. With $W_i=m_iC_i^2$, $F=\sum W_i(e^{y_i}-1)^2$ and $F^0$ the "
    r"same for $y^0$, Minkowski's inequality gives $|\sqrt F-\sqrt{F^0}|\le\eta=O(1/T)$ for every "
    r"plan, as all $y$ are bounded. For the exact-ODE steps every coordinate is one-sided, so the "
    r"best plan is a segmentation (collapse). A segmentation of the grid is one of "
    r"$[0,\theta_{T-1}]$ in continuous time; letting its last block end at $\pi/2$ changes $y^0$ "
    r"by O(1/T). So by the threshold theorem $\sqrt{F^0(\pi)}\ge\sqrt{F^0(\tau^*)}-O(1/T)$ for "
    r"every plan $\pi$. Conversely take the grid hybrid whose threshold is nearest to $\tau^*$: "
    r"moving the threshold by at most $\Delta$ changes $y^0$ by $O(\Delta)$, as $y_i'=F_i$ is "
    r"bounded, and single steps instead of continuous BOOT by $\sum_tO(z_t^2)=O(1/T)$, $z_t=-\log "
    r"a^0_t=O(\Delta)$, because $\varphi(z)=\log(1-g+ge^z)=gz+O(z^2)$. Altogether $\sqrt "
    r"F(\mathrm{hybrid})\le\sqrt F(\pi)+O(1/T)$ for every plan $\pi$, and $F^0(\tau^*)>0$ is "
    r"fixed up to $O(1/T)$.",
    variants=(
        FalseVariant(
            "the same for BOOT in place of the best hybrid",
            lambda: counterexample("T times BOOT's relative loss stays below 0.05", _canonical()),
        ),
    ),
)
