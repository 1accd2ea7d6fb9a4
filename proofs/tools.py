"""What the theorems' checks share: zero tests, sign tests, trials, and plans counted out by hand.

Nothing here decides by a heuristic: a difference is zero when its numerator expands to 0 (modulo
given polynomial relations), a sign is sure when all coefficients have it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy

from proofs.ledger import Level, Step
from proofs.rocq_gate import lemma
from symmerge.numbers import Field
from symmerge.schedule import Levels
from symmerge.verdict import Proved, Refuted, Undecided, Verdict

__all__ = [
    "Levelled",
    "all_values",
    "counterexample",
    "drawn",
    "enclosed",
    "fact",
    "formal",
    "h",
    "identities",
    "identity",
    "least_and_greatest",
    "nonnegative",
    "nonnegatives",
    "positive_coefficients",
    "random_factors",
    "random_steps",
    "random_under_g",
    "satisfies_g",
    "seen",
    "segment_lengths",
    "symbols",
    "vanishes",
]


def symbols(names: str) -> tuple[sympy.Symbol, ...]:
    """Positive symbols."""
    return sympy.symbols(names, positive=True, seq=True)


def h(g: Any, x: Any) -> Any:
    """The merge map ``(1-g) x + g``, written out anew."""
    return (1 - g) * x + g


# Zero and sign tests


def vanishes(expression: Any, relations: Iterable[Any] = ()) -> Verdict:
    """Whether an expression is identically 0, modulo ``relation = 0`` for every given relation."""
    numerator, _ = sympy.fraction(sympy.together(sympy.sympify(expression)))
    remainder = sympy.expand(numerator)
    relations = list(relations)
    if relations and remainder != 0:
        names = sorted(remainder.free_symbols.union(*(r.free_symbols for r in relations)), key=str)
        basis = sympy.groebner(relations, *names, order="grevlex")
        remainder = sympy.expand(basis.reduce(remainder)[1])
    if remainder == 0:
        return Proved("the difference expands to 0")
    if relations:
        return Undecided("the difference does not reduce to 0")
    whole = sympy.sympify(expression)
    for point in _points(whole.free_symbols):
        value = whole.subs(point)
        if value.is_number and abs(value.evalf(30)) > 1e-20:
            return Refuted(f"the difference is {value.evalf(6)} there", point)
    return Undecided("the difference does not expand to 0")


def _points(names: Iterable[sympy.Symbol], count: int = 40) -> Iterator[dict[Any, Any]]:
    """Rational points of the open orthant, the same ones every time."""
    rng = random.Random(1)
    ordered = sorted(names, key=str)
    for _ in range(count):
        yield {name: sympy.Rational(rng.randint(1, 40), rng.randint(1, 40)) for name in ordered}


def positive_coefficients(expression: Any, *, strict: bool = False) -> Verdict:
    """Whether an expression is >= 0 (> 0) because all coefficients are, for symbols >= 0 (> 0).

    Numerator and denominator must both have non-negative coefficients only; a witness is looked
    for where they do not.
    """
    whole = sympy.together(sympy.sympify(expression))
    parts = [sympy.expand(part) for part in sympy.fraction(whole)]
    names = sorted(whole.free_symbols, key=str)
    if not names:
        fine = bool(whole > 0 if strict else whole >= 0)
        return Proved(f"the number {whole}") if fine else Refuted(f"the number {whole}", whole)
    numerator, denominator = (sympy.Poly(part, *names).coeffs() for part in parts)
    if all(c < 0 for c in denominator):
        numerator, denominator = [-c for c in numerator], [-c for c in denominator]
    fine = all(c > 0 for c in denominator) and all(c >= 0 for c in numerator)
    if fine and not (strict and not any(c > 0 for c in numerator)):
        return Proved(f"{len(numerator)} coefficients, none of them negative")
    for point in _points(names):
        value = whole.subs(point)
        if value < 0 or (strict and value == 0):
            return Refuted(f"the value is {value} there", point)
    return Undecided("some coefficients are negative")


# Steps


def identity(claim: str, left: Any, right: Any, relations: Iterable[Any] = ()) -> Step:
    """Step: two expressions are equal."""
    return Step(claim, Level.IDENTITY, vanishes(left - right, relations), left, right)


def identities(claim: str, pairs: Iterable[tuple[Any, Any]], relations: Iterable[Any] = ()) -> Step:
    """Step: two expressions are equal, in every one of several cases."""
    relations, count = list(relations), 0
    for left, right in pairs:
        verdict = vanishes(left - right, relations)
        if not isinstance(verdict, Proved):
            return Step(claim, Level.IDENTITY, verdict, left, right)
        count += 1
    done = Proved(f"{count} differences expand to 0") if count else Undecided("no case")
    return Step(claim, Level.IDENTITY, done)


def nonnegative(claim: str, expression: Any, *, strict: bool = False) -> Step:
    """Step: an expression is >= 0 (> 0) for all non-negative (positive) values of its symbols."""
    return Step(claim, Level.ORTHANT, positive_coefficients(expression, strict=strict))


def nonnegatives(claim: str, expressions: Iterable[Any]) -> Step:
    """Step: every one of several expressions is >= 0, as for :func:`nonnegative`."""
    count = 0
    for expression in expressions:
        verdict = positive_coefficients(expression)
        if not isinstance(verdict, Proved):
            return Step(claim, Level.ORTHANT, verdict)
        count += 1
    done = (
        Proved(f"{count} differences, no negative coefficient") if count else Undecided("no case")
    )
    return Step(claim, Level.ORTHANT, done)


def fact(claim: str, holds: bool, level: Level, witness: Any = None, **sides: Any) -> Step:
    """Step: something decided by exact computation."""
    verdict: Verdict = Proved("decided exactly") if holds else Refuted("fails", witness)
    return Step(claim, level, verdict, **sides)


def enclosed(claim: str, holds: bool, witness: Any = None, **sides: Any) -> Step:
    """Step: ball arithmetic says so for certain; what it cannot say is undecided, not false."""
    verdict: Verdict = Proved("certain in ball arithmetic") if holds else Undecided("not certain")
    if witness is not None:
        verdict = Refuted("fails for certain in ball arithmetic", witness)
    return Step(claim, Level.ENCLOSURE, verdict, **sides)


def seen(claim: str, trials: Iterable[Any], *, required: bool = False) -> Step:
    """Step: trials, each None or a witness against the claim. Never counts as a proof."""
    verdict = counterexample(claim, trials)
    return Step(claim, Level.NUMERICAL, verdict, required=required)


def counterexample(claim: str, trials: Iterable[Any]) -> Verdict:
    """Refuted by the first witness among the trials, else undecided."""
    count = 0
    for witness in trials:
        if witness is not None:
            return Refuted(f"fails in trial {count + 1}: {claim}", witness)
        count += 1
    return Undecided(f"held in all {count} trials, which is no proof")


def formal(*names: str) -> Iterator[Step]:
    """Steps: theorems of the proof assistant, a second proof on which nothing here rests."""
    for name in names:
        claim = f"machine-checked: {name}"
        yield Step(claim, Level.PROOF_ASSISTANT, lemma(name), required=False)


# Schedules with symbols for levels


@dataclass(frozen=True)
class Levelled:
    """A schedule given by its levels, symbols if need be, as a teacher takes it."""

    alpha: tuple[Any, ...]
    sigma: tuple[Any, ...]
    variance_preserving: bool = False

    @property
    def T(self) -> int:
        """Number of steps."""
        return len(self.alpha) - 1

    def levels(self, field: Field) -> Levels:
        """Levels and drops."""
        a, s = self.alpha, self.sigma
        steps = range(1, self.T + 1)
        drop, rise = [a[t - 1] - a[t] for t in steps], [s[t] - s[t - 1] for t in steps]
        return Levels(*(field.vector(column) for column in (a, s, drop, rise)))


# Plans counted out by hand, apart from symmerge's own searches


def all_values(a: list[Any], g: list[Any]) -> dict[tuple[int, int], tuple[list[Any], list[Any]]]:
    """For steps i..j (1-based): values of all trees, and of all products of neighbouring trees."""
    T = len(a)
    table: dict[tuple[int, int], tuple[list[Any], list[Any]]] = {}
    for j in range(1, T + 1):
        table[j, j] = ([a[j - 1]], [a[j - 1]])
        for i in range(j - 1, 0, -1):
            splits = [(table[i, k][1], table[k + 1, j][0]) for k in range(i, j)]
            trees = [r * h(g[j - 1], q) for left, right in splits for q in left for r in right]
            products = [q * r for left, right in splits for q in left for r in right]
            table[i, j] = (trees, trees + products)
    return table


def least_and_greatest(
    a: list[Any], g: list[Any]
) -> dict[tuple[int, int], tuple[Any, Any, Any, Any]]:
    """For steps i..j: least and greatest tree, least and greatest product, by looking at all."""
    return {
        key: (min(trees), max(trees), min(products), max(products))
        for key, (trees, products) in all_values(a, g).items()
    }


def segment_lengths(n: int) -> Iterator[tuple[int, ...]]:
    """All ways to cut 1..n into segments, as lengths."""
    if n == 0:
        yield ()
    for first in range(1, n + 1):
        for rest in segment_lengths(n - first):
            yield (first, *rest)


def random_steps(rng: random.Random, pattern: str) -> list[Fraction]:
    """Random teacher steps with the given signs of ``a_t - 1``: '-', '+', '0', or '?' for any."""
    ranges = {"-": (12, 47), "+": (49, 144), "0": (48, 48), "?": (12, 144)}
    return [Fraction(rng.randint(*ranges[sign]), 48) for sign in pattern]


def random_factors(
    rng: random.Random, count: int, least: int = 0, most: int = 48
) -> list[Fraction]:
    """Random shrinkage factors in [0, 1], in 48ths."""
    return [Fraction(rng.randint(least, most), 48) for _ in range(count)]


def satisfies_g(a: list[Any], g: list[Any]) -> bool:
    """Condition (G) read literally: ``g_v >= g_j (1 - 1/prod_{t<j} max(a_t, 1))`` for v < j."""
    growth = Fraction(1)
    for j in range(len(a)):
        if any(g[v] < g[j] * (1 - 1 / growth) for v in range(j)):
            return False
        growth *= max(a[j], Fraction(1))
    return True


def random_under_g(rng: random.Random, pattern: str) -> tuple[list[Fraction], list[Fraction]]:
    """Random steps of a sign pattern with factors in (0, 1) that satisfy (G), not just monotone."""
    while True:
        a, g = random_steps(rng, pattern), random_factors(rng, len(pattern), 1, 47)
        if rng.random() < 0.3:
            g = sorted(g, reverse=True)
        elif rng.random() < 0.2:
            g = g[:1] * len(g)
        if satisfies_g(a, g):
            return a, g


def drawn(count: int, seed: int, draw: Callable[[random.Random], Any]) -> Iterator[Any]:
    """Outcomes of `draw` for a seeded generator, one per trial."""
    rng = random.Random(seed)
    for _ in range(count):
        yield draw(rng)
