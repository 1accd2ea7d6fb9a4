"""A second opinion on merge plans: the definition, written for reading, over exact or long numbers.

Shared by the tests of the searches. Nothing here uses the package's recursion for errors: operators
come straight from ``M = M_right ((1-g) prod M_left + g)`` and errors by subtraction, with so many
digits that subtracting is harmless.
"""

from fractions import Fraction

from symmerge.chain import chain_of, gradient_flow_chain
from symmerge.merge import relative_error
from symmerge.numbers import EXACT, exact, multiprecision

DIGITS = 150


def all_operators(a, g):
    """Operator M of every plan, as ``{(i, j): [M, ...]}`` over sub-plans (0-based, inclusive)."""
    T = len(a)
    trees = {(t, t): [a[t]] for t in range(T)}
    forests = dict(trees)
    for length in range(2, T + 1):
        for i in range(T - length + 1):
            j = i + length - 1
            trees[i, j] = [
                right * ((1 - g[j]) * left + g[j])
                for k in range(i, j)
                for left in forests[i, k]
                for right in trees[k + 1, j]
            ]
            rows = (
                left * right
                for k in range(i, j)
                for left in forests[i, k]
                for right in trees[k + 1, j]
            )
            forests[i, j] = [*trees[i, j], *rows]
    return trees, forests


def product(values):
    """Product of a sequence."""
    total = 1
    for value in values:
        total = total * value
    return total


def all_errors(chain):
    """Relative error ``M/C - 1`` of every plan for all steps, as a Fraction."""
    composite = product(chain.a)
    operators = all_operators(chain.a, chain.g)[0][0, chain.T - 1]
    return [exact(M / composite - 1) for M in operators]


def long_chain(schedule, lam, s, digits=DIGITS):
    """The chain in mpmath numbers of many digits."""
    return gradient_flow_chain(schedule, lam, s, multiprecision(digits))


def true_error(plan, chain):
    """Relative error of one plan, as a Fraction."""
    return exact(relative_error(plan, chain))


def random_chain(rng, T, steps="mixed", factors="any"):
    """Exact chain with random rational steps and factors.

    `steps`: 'mixed', 'shrink' (a < 1), 'grow' (a > 1) or 'wave' (shrink, grow, shrink).
    `factors`: 'any' in (0, 1), or 'falling' (non-increasing in t).
    """
    if steps == "wave":
        p = rng.randrange(T)
        q = rng.randrange(p, T)
        signs = [-1] * p + [1] * (q - p) + [-1] * (T - q)
    else:
        choices = {"mixed": (-1, 1), "shrink": (-1,), "grow": (1,)}[steps]
        signs = [rng.choice(choices) for _ in range(T)]
    sizes = [Fraction(rng.randrange(1, 60), 60) for _ in range(T)]
    a = [1 + x if sign > 0 else 1 / (1 + x) for x, sign in zip(sizes, signs, strict=True)]
    g = [Fraction(rng.randrange(1, 40), 40) for _ in range(T)]
    if factors == "falling":
        g.sort(reverse=True)
    return chain_of([x - 1 for x in a], g, EXACT)
