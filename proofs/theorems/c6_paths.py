"""Composite of m mixture steps: a sum over paths of modes, and its first two steps."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

import numpy as np
import sympy

from proofs.ledger import FalseVariant, Level, Step, Theorem
from proofs.tools import fact, identities, identity, seen, symbols
from symmerge.flow.ddim import MixtureTeacher
from symmerge.flow.mixture import Mixture
from symmerge.schedule import cosine
from symmerge.verdict import Proved, Refuted, Verdict


def offsets(
    slopes: list[Any], shifts: list[list[Any]], paths: Iterator[tuple[int, ...]]
) -> dict[tuple[int, ...], Any]:
    """Offset of every path: the affine maps ``slope x + shift_k`` composed, noisiest step first."""
    out = {}
    for path in paths:
        value = sympy.S.Zero
        for slope, row, k in zip(slopes, shifts, path, strict=True):
            value = slope * value + row[k]
        out[path] = sympy.expand(value)
    return out


def steps() -> Iterator[Step]:
    """Checks, for three steps and two modes."""
    m, K = 3, 2
    slopes = list(symbols(f"a1:{m + 1}"))
    shifts = [list(sympy.symbols(f"b{t}_1:{K + 1}", real=True)) for t in range(m)]
    first = [sympy.Symbol(f"gamma{t}", positive=True) for t in range(m)]
    weights = [[w, 1 - w] for w in first]  # responsibilities add up to 1
    x = sympy.Symbol("x", real=True)
    state = x
    for slope, row, gamma in zip(slopes, shifts, weights, strict=True):
        state = slope * state + sum(g * b for g, b in zip(gamma, row, strict=True))
    table = offsets(slopes, shifts, product(range(K), repeat=m))
    expansion = sum(
        prod((weights[t][k] for t, k in enumerate(path)), start=sympy.S.One)
        * (sympy.prod(slopes) * x + b)
        for path, b in table.items()
    )
    yield identity("composite = sum over 8 paths of common slope", state, expansion)
    concrete = dict(
        zip(slopes, (sympy.Rational(7, 8), sympy.Rational(5, 6), sympy.Rational(3, 4)), strict=True)
    )
    concrete |= {
        b: n
        for row, n0 in zip(shifts, (1, 10, 100), strict=True)
        for b, n in zip(row, (n0, -n0), strict=True)
    }
    pieces = {value.subs(concrete) for value in table.values()}
    yield fact("all 2^3 offsets can differ", len(pieces) == 8, Level.IDENTITY, computed=len(pieces))
    alpha, v, mu, nu, z = sympy.symbols("alpha v mu nu z", real=True)
    log_ratio = (-((z - alpha * mu) ** 2) + (z - alpha * nu) ** 2) / (2 * v)
    yield identities(
        "log of a ratio of responsibilities: 0 at alpha = 0, affine in x always",
        [(log_ratio.subs(alpha, 0), sympy.S.Zero), (sympy.diff(log_ratio, z, 2), sympy.S.Zero)],
    )
    slope, shift = sympy.symbols("A B", real=True)
    after = sympy.diff(log_ratio.subs(z, slope * z + shift), z, 2)
    yield identity("and still affine after an affine map", after, sympy.S.Zero)
    yield seen("paths as computed add up to the composite, to 1e-13", trials())


def trials() -> Iterator[Any]:
    """Mixtures in one and two dimensions, up to six steps."""
    rng = np.random.default_rng(5)
    for K, d, last in ((2, 1, 6), (3, 2, 6), (3, 1, 4), (2, 2, 5)):
        teacher = MixtureTeacher(cosine(6), Mixture(rng.normal(0, 2, (K, d)), sigma0="1/2"))
        x = 2 * rng.normal(size=(30, d))
        gap = np.abs(teacher.paths(x, 1, last)(x) - teacher.run(x, 1, last)).max()
        yield None if gap < 1e-13 else (K, d, last, gap)


def fewer_pieces() -> Verdict:
    """A composite of m steps has m + 1 pieces."""
    a = [Fraction(1, 2), Fraction(1, 3)]
    values = {a[1] * s + t for s in (1, -1) for t in (1, -1)}
    if len(values) > 3:
        return Refuted(f"two steps, {len(values)} different offsets", f"slopes {a}, modes 1, -1")
    return Proved("held")


THEOREM = Theorem(
    name="c6_paths",
    title="Composite of mixture steps as a sum over paths",
    statement="The composite of m DDIM steps of a K-mixture is a sum over K^m paths of modes of "
    "products of responsibilities times affine maps of one common slope. From pure noise the "
    "first step is affine, so that merging the two noisiest steps is exact for a student of the "
    "teacher's form.",
    latex=r"""Let $x_{t-1}=D_t(x_t)=\sum_k\gamma_{t,k}(x_t)(a_tx_t+b_{t,k})$, $t=j,\dots,i$. Then
\[D_i\circ\dots\circ D_j(x)=\sum_{(k_i,\dots,k_j)}\Bigl(\prod_{t=i}^{j}\gamma_{t,k_t}(x_t)\Bigr)
\bigl(a_i\cdots a_jx+b_{k_i\dots k_j}\bigr).\]
If $\alpha_T=0$, $D_T$ is affine and $D_{T-1}\circ
D_T(x)=Ax+\sum_k\beta_k\,\mathrm{softmax}_k(\ell_1(x),\dots,\ell_K(x))$ with affine $\ell_k$.""",
    source="W. Gao, M. Li, arXiv 2505.16024 v2; symmerge, part C6",
    standing="P",
    assumptions=(
        "steps as in c6_ddim_step",
        "students: common slope, K offsets, softmax of affine logits",
    ),
    steps=steps,
    proof=r"""Responsibilities add up to 1, so $D_t$ is the average of affine maps under
$\gamma_t(x_t)$; inserting one step in the next and expanding, each path gets the product of its
weights and the composition of its affine maps, whose slope is $\prod a_t$ for all (induction on
the number of steps; checked for three steps with free responsibilities). At $\alpha_T=0$ the
responsibilities are the weights $\pi_k$, so $D_T$ is affine; log ratios of responsibilities are
affine in $x$ (common variance), also after an affine map.""",
    variants=(FalseVariant("m steps have m + 1 pieces", fewer_pieces),),
)
