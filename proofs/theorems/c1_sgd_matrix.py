"""SGD for a full linear student: second moments of a row of the error."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product

import sympy

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.tools import identities, identity, symbols
from symmerge.verdict import Proved, Refuted, Verdict


def expectation(expression: sympy.Expr, samples: list[sympy.Symbol]) -> sympy.Expr:
    """Mean over independent standard normals, monomial by monomial."""
    moments = (1, 0, 1, 0, 3, 0, 15, 0, 105)
    terms = sympy.Poly(sympy.expand(expression), *samples).terms()
    return sum(c * sympy.prod([moments[n] for n in powers]) for powers, c in terms)


def by_expansion(size: int, d: int) -> list[tuple[sympy.Expr, sympy.Expr]]:
    """Second moments after one step against the matrix, for a batch of `size` in dimension d."""
    eta = symbols("eta")[0]
    v, r = symbols(f"v1:{d + 1}"), sympy.symbols(f"r1:{d + 1}", real=True)
    y = [[sympy.Symbol(f"y{b}_{i}") for i in range(d)] for b in range(size)]
    root = [sympy.sqrt(w) for w in v]
    pairs = []
    for i in range(d):
        pull = sum(
            r[j] * root[j] * y[b][j] * root[i] * y[b][i] for b, j in product(range(size), range(d))
        )
        after = r[i] - 2 * eta * pull / size
        flat = [s for row in y for s in row]
        found = expectation(after**2, flat)
        diagonal = 1 - 4 * eta * v[i] + 4 * eta**2 * (1 + sympy.Rational(1, size)) * v[i] ** 2
        wanted = diagonal * r[i] ** 2 + 4 * eta**2 / size * v[i] * sum(
            v[j] * r[j] ** 2 for j in range(d)
        )
        pairs.append((found, wanted))
    return pairs


def steps() -> Iterator[Step]:
    """Checks."""
    yield identities("one step, d = 2, B = 1", by_expansion(1, 2))
    yield identities("one step, d = 2, B = 2", by_expansion(2, 2))
    yield identities("one step, d = 3, B = 1", by_expansion(1, 3))
    eta, B, d, p, q = symbols("eta B d p q")
    low = 1 - 4 * eta + 4 * eta**2 * (1 + 1 / B)
    high = 1 - 4 * eta + 4 * eta**2 * (1 + (d + 1) / B)
    rank_one = 4 * eta**2 / B
    yield identity("isotropic: sums grow by the second rate", low + rank_one * d, high)
    yield identity("and differences by the first", (low * p) - (low * q), low * (p - q))
    edge = B / (B + d + 1)
    yield identity("the second rate is 1 at eta = B/(B+d+1)", high.subs(eta, edge), sympy.S.One)
    yield identity(
        "d = 1, x = 2 eta: the scalar law", high.subs(d, 1), (1 - 2 * eta) ** 2 + 8 * eta**2 / B
    )


def scalar_edge() -> Verdict:
    """The scalar edge eta v < B/(B+2) in any dimension."""
    B, d, eta = 2, 4, Fraction(9, 20)
    rate = 1 - 4 * eta + 4 * eta**2 * (1 + Fraction(d + 1, B))
    if rate > 1:
        return Refuted(f"rate {rate} > 1 at eta = {eta} < 1/2", "B = 2, d = 4, v = 1")
    return Proved("held")


THEOREM = Theorem(
    name="c1_sgd_matrix",
    title="SGD for a full linear student",
    statement="For a full d x d student with fresh Gaussian minibatches the second moments of a "
    "row of the error, in the eigenbasis of the covariance, obey one matrix recursion; isotropic "
    "data are stable in mean square iff eta < B/(B+d+1).",
    latex=r"""Let $r\leftarrow r(I-\frac{2\eta}B\sum_{b\le B}z_bz_b^\top)$, $z_b\sim
N(0,\mathrm{diag}(v))$ fresh. Then $p_i=E\,r_i^2$ obeys $p\leftarrow\bigl[\mathrm{Diag}(1-4\eta
v+4\eta^2(1+\tfrac1B)v^2)+\tfrac{4\eta^2}Bvv^\top\bigr]p$. For $v=1$ the eigenvalues are
$q_0=1-4\eta+4\eta^2(1+\frac1B)$ and $q_d=1-4\eta+4\eta^2(1+\frac{d+1}B)$; $q_d<1$ iff $\eta<\frac
B{B+d+1}$ ($\eta>0$).""",
    source="symmerge, part C1 (general form)",
    standing="P",
    assumptions=("fresh Gaussian minibatches", "row independent of the minibatch"),
    steps=steps,
    proof=r"""With $S=\frac1B\sum zz^\top$: $E\,r_i'^2=\sum_{j,k}r_jr_kE(\delta_{ij}-2\eta
S_{ji})(\delta_{ik}-2\eta S_{ki})$. By symmetry $z_j\to-z_j$ only $j=k$ survives; $E\,S_{ii}=v_i$,
$E\,S_{ii}^2=v_i^2(1+\frac2B)$, $E\,S_{ji}^2=v_iv_j/B$. The same follows by expanding over all
samples in the checked cases. For $v=1$ the matrix is
$q_0I+\frac{4\eta^2}B\mathbf1\mathbf1^\top$.""",
    variants=(FalseVariant("the scalar edge in any dimension", scalar_edge),),
)
