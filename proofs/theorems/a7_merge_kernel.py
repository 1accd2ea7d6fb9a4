"""What merging costs: log M/C of a segmentation is a sum over pairs of steps in one block."""

import sympy

from proofs.ledger import FalseVariant, Theorem
from proofs.tools import identities, identity, nonnegative, symbols, vanishes

G, E, X, Y = symbols("g E x y")
Z = symbols("z")[0]


def ratio(u, v):
    """exp of the kernel: the double difference of phi(z) = log(1 - g + g e^z)."""

    def phi(value):
        return 1 - G + G * value

    return phi(E * u * v) * phi(E) / (phi(E * u) * phi(E * v))


def block(values):
    """exp phi of a block with the given factors 1/a_t."""
    return 1 - G + G * sympy.prod(values)


def kernel(values, u, v):
    """exp K_uv inside 1..n, by double differences of block values."""
    return (
        block(values[u : v + 1])
        * block(values[u + 1 : v])
        / (block(values[u + 1 : v + 1]) * block(values[u:v]))
    )


def steps():
    yield identity(
        "exp K = 1 + g(1-g) E (x-1)(y-1) / ((1-g+gEx)(1-g+gEy)), x = 1/a_u, y = 1/a_v, E = 1/C "
        "between",
        ratio(X, Y),
        1 + G * (1 - G) * E * (X - 1) * (Y - 1) / ((1 - G + G * E * X) * (1 - G + G * E * Y)),
    )
    g = Z / (1 + Z)
    bump = G * (1 - G) * E * (X - 1) * (Y - 1)
    yield nonnegative(
        "K >= 0 when both steps shrink", bump.subs({X: 1 + X, Y: 1 + Y, G: g}, simultaneous=True)
    )
    yield nonnegative(
        "K >= 0 when both steps grow",
        bump.subs({X: 1 / (1 + X), Y: 1 / (1 + Y), G: g}, simultaneous=True),
    )
    pairs = []
    for n in (2, 3, 4):
        values = symbols(f"q_1:{n + 1}")
        merged = sympy.prod(block([q]) for q in values) * sympy.prod(
            kernel(values, u, v) for u in range(n) for v in range(u + 1, n)
        )
        pairs.append((block(values), merged))
    yield identities(
        "a block = its single steps + all its pairs (multiplied out), n = 2, 3, 4", pairs
    )


THEOREM = Theorem(
    name="a7_merge_kernel",
    title="Merge kernel",
    statement="log(M/C) of a segmentation is that of all single steps plus K_uv >= 0 for every "
    "pair of steps u < v in one block.",
    latex=r"For a segmentation $\pi$ of $1..T-1$ let $y=\log(M/C)=\sum_B\varphi(z_B)$, $z_B=-\log "
    r"C(B)$, $\varphi(z)=\log(1-g+ge^z)$, $g=g_T$. Then \[ y(\pi)=\sum_{t<T}\varphi(-\log "
    r"a_t)+\sum_B\sum_{u<v\in B}K_{uv}, \] \[ "
    r"K_{uv}=\log\Bigl(1+\frac{g(1-g)E(a_u^{-1}-1)(a_v^{-1}-1)}{(1-g+gE/a_u)(1-g+gE/a_v)}\Bigr),\q"
    r"quad E=1/C[u+1,v-1], \] and $K_{uv}\ge0$ when $a_u,a_v$ are on the same side of $1$.",
    source="symmerge, part A7",
    standing="P",
    assumptions=("a_t > 0", "g_T in [0, 1]"),
    steps=steps,
    proof=r"Let $l(p,q)=\varphi(z_{p+1..q})$, $l(p,p)=0$, and "
    r"$K_{uv}=l(u-1,v)-l(u,v)-l(u-1,v-1)+l(u,v-1)$. Summing this double difference over $u<v$ in "
    r"a block telescopes to $l$ of the block minus its single steps. The closed form is the "
    r"identity of the first step; its fraction is $\ge0$ when the two brackets have one sign.",
    variants=(
        FalseVariant(
            "without the factor 1-g",
            lambda: vanishes(
                ratio(X, Y)
                - 1
                - G * E * (X - 1) * (Y - 1) / ((1 - G + G * E * X) * (1 - G + G * E * Y))
            ),
        ),
    ),
)
