"""Under (G) the best split of a product is monotone in both ends; that of a tree is not."""

from fractions import Fraction

from proofs.ledger import FalseVariant, Level, Theorem
from proofs.tools import (
    counterexample,
    drawn,
    fact,
    h,
    least_and_greatest,
    nonnegative,
    random_under_g,
    satisfies_g,
    seen,
    symbols,
)

D, K, A, Z = symbols("d k a z")

# Steps and factors under (G); sense; the two intervals whose tree splits are out of order.
TREES_OUT_OF_ORDER = (
    ("3/4 3/2 1/2 1/4", "1/4 1/2 1/4 3/8", "min", (1, 3), (1, 4)),
    ("1/4 5/4 1/4 1/2", "1/8 5/8 5/8 1/8", "max", (1, 4), (2, 4)),
    ("3 1/2 1/2 1/2", "3/8 3/8 3/8 3/8", "min", (1, 4), (2, 4)),
)


def records(a, g, start, stop, sense):
    """Steps k in start..stop whose running value is a record; start-1 counts as one."""
    wanted, y, found = (1 if sense == "max" else -1), Fraction(1), [start - 1]
    for t in range(start, stop + 1):
        y = a[t - 1] * h(g[t - 1], y)
        if (y - 1) * wanted > 0:
            found.append(t)
            y = Fraction(1)
    return found


def tree_splits(a, g, i, j, sense):
    """All k at which a best tree over i..j is split."""
    table, opt = least_and_greatest(a, g), {"min": min, "max": max}[sense]
    tree, product = {"min": (0, 2), "max": (1, 3)}[sense]
    values = [table[k + 1, j][tree] * h(g[j - 1], table[i, k][product]) for k in range(i, j)]
    return [i + n for n, value in enumerate(values) if value == opt(values)]


def steps():
    yield nonnegative(
        "u = a h(d) is increasing in the drawdown d = X/S",
        A * h(Z / (1 + Z), D + K) - A * h(Z / (1 + Z), D),
    )
    yield seen(
        "records from start i after i+1 are records from start i+1 (under (G)), T <= 9",
        drawn(150, 41, _trial),
    )
    for text_a, text_g, sense, first, second in TREES_OUT_OF_ORDER:
        a, g = ([Fraction(x) for x in text.split()] for text in (text_a, text_g))
        one, two = tree_splits(a, g, *first, sense), tree_splits(a, g, *second, sense)
        yield fact(
            f"{sense}: a = {text_a}, g = {text_g}: (G) holds, the best tree over {first} splits at "
            f"{one}, over {second} at {two}",
            satisfies_g(a, g) and len(one) == len(two) == 1 and one[0] > two[0],
            Level.IDENTITY,
            (one, two),
        )


def _trial(rng):
    a, g = random_under_g(rng, "?" * rng.randint(3, 9))
    for sense in ("min", "max"):
        for i in range(1, len(a)):
            late = records(a, g, i + 1, len(a), sense)
            if not set(records(a, g, i, len(a), sense)) <= {i - 1, *late}:
                return {"sense": sense, "start": i, "a": list(map(str, a)), "g": list(map(str, g))}
    return None


def _tree_trial(rng):
    a, g = random_under_g(rng, "?" * 4)
    for sense in ("min", "max"):
        for first, second in (((1, 3), (1, 4)), ((1, 4), (2, 4))):
            if min(tree_splits(a, g, *first, sense)) > max(tree_splits(a, g, *second, sense)):
                return {"sense": sense, "a": list(map(str, a)), "g": list(map(str, g))}
    return None


THEOREM = Theorem(
    name="a6_split_monotone",
    title="Monotone splits of products, not of trees",
    statement="Under (G) the split of the best product Q(i,j) (its last record) does not decrease "
    "in i or j. The best split of the tree M(i,j) can, even under (G), so shortcuts of the "
    "Knuth-Yao or SMAWK kind on M are unsound.",
    latex=r"Under (G) let $K(i,j)$ be the last record of $X_{i-1},\dots,X_{j-1}$ (Theorem 4), a "
    r"split of $Q(i,j)$. Then $K(i,j-1)\le K(i,j)\le K(i+1,j)$. For the best split of the tree "
    r"$M(i,j)$ both inequalities can fail, also under (G).",
    source="symmerge, part A6",
    standing="P",
    assumptions=("a_t > 0", "g_t in (0, 1]", "condition (G)"),
    steps=steps,
    proof=r"Monotone in $j$: by definition. In $i$ (for max; min likewise with all inequalities "
    r"reversed): let $d_j=X_j/S_j\le1$. By Theorem 4 $X_j/S_{j-1}=u_j:=a_jh_j(d_{j-1})$, $j$ is a "
    r"record if $u_j>1$, and $d_j=\min(u_j,1)$. At $j=i$ the start $i+1$ has $d=1$, the start $i$ "
    r"has $d\le1$. Since $u_j$ increases in $d_{j-1}$, by induction $d_j$ and $u_j$ from start "
    r"$i$ are at most those from start $i+1$ for all $j>i$; so every record after $i$ from start "
    r"$i$ is one from start $i+1$, which has the record $i$ besides. Hence $K(i,j)\le K(i+1,j)$. "
    r"For trees the steps show exact examples.",
    variants=(
        FalseVariant(
            "the split of the best tree is monotone too",
            lambda: counterexample("tree splits are monotone", drawn(2000, 42, _tree_trial)),
        ),
    ),
)
