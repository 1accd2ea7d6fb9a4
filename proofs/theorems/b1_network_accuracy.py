"""A compiled score network is as accurate as its budget says."""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import Any

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.tools import counterexample, drawn, enclosed, identity, seen, symbols
from symmerge.flow.mixture import Mixture
from symmerge.flow.networks import ScoreNetwork, score_network
from symmerge.numbers import Field, balls, exact
from symmerge.verdict import Verdict


def score(mixture: Mixture, t: Fraction, x: list[Fraction], field: Field) -> list[Any]:
    """The score in ball arithmetic, from its definition."""
    alpha = field.exp(field.number(-mixture.beta * t))
    start, end = field.number(mixture.sigma0**2), field.number(mixture.sigma_inf**2)
    v = alpha * alpha * start + (1 - alpha * alpha) * end
    means = [[field.number(exact(value)) for value in row] for row in mixture.means.tolist()]
    point = [field.number(value) for value in x]
    weights = [
        field.number(exact(share))
        * field.exp(-_square([a - alpha * b for a, b in zip(point, mean, strict=True)]) / (2 * v))
        for share, mean in zip(mixture.weights.tolist(), means, strict=True)
    ]
    total = sum(weights)
    return [
        -(a - alpha * sum(w * mean[i] for w, mean in zip(weights, means, strict=True)) / total) / v
        for i, a in enumerate(point)
    ]


def _square(vector: list[Any]) -> Any:
    """Its squared length; powers of balls that hold 0 would be undefined."""
    return sum(value * value for value in vector)


def misses(found: ScoreNetwork, share: Fraction = Fraction(1)) -> Iterator[str | None]:
    """Points where the error exceeds a share of the budget's bound."""
    rng = random.Random(7)
    field = balls(256)
    with field.working():
        limit = field.number(exact(found.budget.bound) * share)
        for part in (Fraction(0), Fraction(1, 100), Fraction(1, 3), Fraction(1)):
            for _ in range(6):
                reach = found.radius / (found.mixture.d + 1)
                x = [reach * Fraction(rng.randint(-64, 64), 64) for _ in range(found.mixture.d)]
                t = found.T * part
                inputs = [field.number(value) for value in (t, *x)]
                ours, true = found.network.at(inputs, field), score(found.mixture, t, x, field)
                error = _square([a - b for a, b in zip(ours, true, strict=True)])
                held = field.sign(limit * limit - error) == 1
                yield None if held else f"t = {t}, x = {x}"


def networks() -> Iterator[ScoreNetwork]:
    """A few mixtures, wide and narrow, at two accuracies."""
    line = Mixture([-1.0, 1.0], sigma0="1/4", beta=5)
    uneven = Mixture([[0.0, 1.0], [2.0, -1.0], [-1.5, 0.5]], [0.5, 0.3, 0.2], "3/2", 5)
    for mixture, eps, variant in product((line, uneven), ("1e-3", "1e-9"), ("shallow", "narrow")):
        yield score_network(mixture, eps, variant=variant)


def moved(rng: random.Random) -> str | None:
    """A normalised average whose weights change by factors in [1/F, F]."""
    count, factor = rng.randint(2, 5), 1 + Fraction(rng.randint(1, 40), 20)
    old = [Fraction(rng.randint(1, 50)) for _ in range(count)]
    raw = [w * (factor if rng.random() < 0.5 else 1 / factor) for w in old]
    sums = sum(old), sum(raw)
    ratios = [(b / sums[1]) / (a / sums[0]) for a, b in zip(old, raw, strict=True)]
    change = sum(abs(b / sums[1] - a / sums[0]) for a, b in zip(old, raw, strict=True))
    inside = all(1 / factor**2 <= ratio <= factor**2 for ratio in ratios)
    return None if inside and change <= factor**2 - 1 else f"{old}, F = {factor}"


def taylor(field: Field) -> bool:
    """Relative remainder of Taylor's polynomial of exp(-w), w in [0, h]."""
    for degree, h in product(range(1, 12), (Fraction(1, 2), Fraction(1, 7))):
        bound = field.exp(field.number(h))
        for k in range(1, degree + 2):
            bound = bound * field.number(h) / k
        for part in (Fraction(1), Fraction(2, 3), Fraction(1, 10)):
            w = field.number(h * part)
            value, term = field.number(0), field.number(1)
            for k in range(1, degree + 2):
                value, term = value + term, -term * w / k
            gap = abs(value * field.exp(w) - 1)
            if field.sign(bound - gap) != 1:
                return False
    return True


def steps() -> Iterator[Step]:
    """Checks."""
    r, v = symbols("r v")
    yield identity(
        "a reciprocal with relative error r of a value off by v: (1+r)/(1-v) - 1 = (r+v)/(1-v)",
        (1 + r) / (1 - v) - 1,
        (r + v) / (1 - v),
    )
    yield seen(
        "weights changed by factors in [1/F, F]: normalised ones by [1/F^2, F^2], in total F^2 - 1",
        drawn(200, 11, moved),
    )
    field = balls(256)
    with field.working():
        yield enclosed("Taylor's remainder, degrees 1 to 11, at six points", taylor(field))
    wrong = [problem for found in networks() for problem in misses(found) if problem]
    claim = "8 networks, 24 points each, in balls: error within the bound"
    yield enclosed(claim, not wrong, wrong or None)


def fiftieth() -> Verdict:
    """The bound could be 50 times smaller."""
    found = next(networks())
    return counterexample("error <= bound/50", misses(found, Fraction(1, 50)))


THEOREM = Theorem(
    name="b1_network_accuracy",
    title="Accuracy of compiled score networks",
    statement="The network compiled for a mixture, an accuracy eps, a time T and a radius R "
    "computes the score within eps for 0 <= t <= T and |x| <= R, in exact arithmetic.",
    latex=r"""Let $|x|\le R$, $M=\max|\mu_k|$, $a_1=\max_t\alpha/v$, $a_2=\max_t\alpha^2/v$,
$c=\sigma_0^2-\sigma_\infty^2$, and let $\alpha$, $1/v$, the exponentials and the normalisation have
relative errors at most $\rho_\alpha,\rho_r,\rho_e,\rho_S$, the constants $\ln\pi_k$ absolute errors
at most $\delta$; logits more than $C$ below the largest are cut off there. With
\[ \rho_v=\tfrac{|c|}{\sigma_0^2}((1+\rho_\alpha)^2-1),\quad
\rho_y=\tfrac{1+\rho_r}{1-\rho_v}-1, \]
\[ \rho_1=(1+\rho_\alpha)(1+\rho_y)-1,\quad \rho_2=(1+\rho_\alpha)(1+\rho_1)-1, \]
\[ \Delta=a_1RM\rho_1+\tfrac12a_2M^2\rho_2+\delta,\qquad
F=e^{2\Delta}\tfrac{1+\rho_e}{1-\rho_e}, \]
\[ m=M\bigl(F-1+2(K-1)e^{-C}+\rho_S\bigr), \]
the network's score is off by at most
$\frac{R}{v_{\min}}\rho_y+a_1\bigl((1+\rho_1)m+\rho_1M\bigr)$, in the Euclidean norm.""",
    source="symmerge, part B1 (construction: W. Gao, M. Li, L. Shi, H. Zhou, arXiv 2606.03820)",
    standing="P",
    assumptions=("exact arithmetic", "rho_v < 1, rho_e < 1", "0 <= t <= T, |x| <= R"),
    steps=steps,
    proof=r"""Products are exact (b1\_network\_gadgets). $v=\sigma_\infty^2+c\alpha^2$ is off by
$|c|\alpha^2((1+\rho_\alpha)^2-1)$ at most, relative to $v$ most at $\alpha=1$, where
$v=\sigma_0^2$; a reciprocal then has $\rho_y$, and $\alpha/v$, $\alpha^2/v$ have $\rho_1$,
$\rho_2$. So every logit is off by at most $\Delta$ and every normalised weight by a factor in
$[e^{-2\Delta},e^{2\Delta}]$; the exponentials add $(1+\rho_e)/(1-\rho_e)$. Weights in total
change by $F-1$ at most, those cut off by $2(K-1)e^{-C}$, since the largest weight is exactly 1;
an average of vectors no longer than $M$ moves by $M$ times that, and the normalisation adds
$M\rho_S$. Insert into $-x/v+(\alpha/v)\bar\mu$.""",
    variants=(FalseVariant("the bound holds with a fiftieth of itself", fiftieth),),
)
