"""The number of merge plans is the little Schroeder number."""

import sympy

from proofs.ledger import FalseVariant, Level, Theorem
from proofs.tools import fact, formal, identity, vanishes
from symmerge.plan import count_plans, enumerate_plans

X, Y = sympy.symbols("x y")
MOST = 9


def quadratic(y):
    """What the generating function y(x) of trees by leaves makes vanish."""
    return 2 * y**2 - (1 + X) * y + X


def steps():
    yield identity(
        "a tree is a leaf or a row of at least two trees: y = x + y^2/(1-y) is 2y^2 - (1+x)y + x "
        "= 0",
        (X + Y**2 / (1 - Y) - Y) * (1 - Y),
        quadratic(Y),
    )
    root = sympy.sqrt(1 - 6 * X + X**2)
    y = (1 + X - root) / 4
    yield identity("solved by y = (1 + x - sqrt(1 - 6x + x^2))/4", quadratic(y), 0)
    yield identity(
        "which obeys (1 - 6x + x^2) y' = (x - 3) y + 1 - x",
        (1 - 6 * X + X**2) * sympy.diff(y, X),
        (X - 3) * y + 1 - X,
    )
    n, before, now = sympy.symbols("n c_0 c_1")
    # Coefficient of x^(n-1), n >= 3: n c_n - 6(n-1)c_{n-1} + (n-2)c_{n-2} = c_{n-2} - 3c_{n-1}.
    following = (now * (6 * (n - 1) - 3) - before * (n - 2 - 1)) / n
    yield identity(
        "whose coefficients obey symmerge's recurrence n c_n = (6n-9) c_{n-1} - (n-3) c_{n-2}",
        n * following,
        (6 * n - 9) * now - (n - 3) * before,
    )
    counts = [count_plans(T) for T in range(1, MOST + 1)]
    series = sympy.series(y, X, 0, MOST + 1).removeO()
    yield fact(
        f"symmerge's counts are the coefficients for T = 1..{MOST}",
        counts == [series.coeff(X, T) for T in range(1, MOST + 1)],
        Level.IDENTITY,
        counts,
        computed=counts,
    )
    listed = [len({str(plan) for plan in enumerate_plans(T)}) for T in range(1, MOST)]
    yield fact(
        f"and symmerge lists that many different plans for T = 1..{MOST - 1}",
        listed == counts[: MOST - 1],
        Level.IDENTITY,
        listed,
        computed=listed,
    )
    yield from formal("all_plans_spec", "check_counts")


THEOREM = Theorem(
    name="a3_plan_count",
    title="Number of merge plans",
    statement="The number of merge plans for T steps is the little Schroeder number: 1, 1, 3, 11, "
    "45, 197, 903, 4279, ..",
    latex=r"Let $c_T$ be the number of ordered trees with $T$ leaves and no node with one child. "
    r"Then $c_1=c_2=1$ and \[ T\,c_T=(6T-9)c_{T-1}-(T-3)c_{T-2}\qquad(T\ge3). \]",
    source="symmerge, part A3",
    standing="P",
    assumptions=(),
    steps=steps,
    proof=r"The generating function $y=\sum c_Tx^T$ satisfies $y=x+y^2+y^3+\dots=x+y^2/(1-y)$, "
    r"that is $2y^2-(1+x)y+x=0$; the branch with $y(0)=0$ is $(1+x-\sqrt{1-6x+x^2})/4$. It "
    r"satisfies the linear differential equation $(1-6x+x^2)y'=(x-3)y+1-x$; comparing the "
    r"coefficients of $x^{T-1}$ gives the recurrence.",
    variants=(
        FalseVariant(
            "nodes with one child are counted too: y = x + y/(1-y)",
            lambda: vanishes((X + Y / (1 - Y) - Y) * (1 - Y) - quadratic(Y)),
        ),
    ),
)
