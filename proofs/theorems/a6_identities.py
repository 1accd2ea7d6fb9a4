"""The six identities behind the search theorems."""

from proofs.ledger import FalseVariant, Theorem
from proofs.tools import formal, h, identity, symbols, vanishes

A, B, D, S, X, Y, Z, q, g, k, v = symbols("A B D S X Y Z q g g_j g_v")


def steps():
    yield identity("I1", h(g, A) * h(g, B) - h(g, A * B), -g * (1 - g) * (1 - A) * (1 - B))
    yield identity("I2", h(g, X) - X, g * (1 - X))
    yield identity(
        "I3",
        h(k, B * h(v, A)) - h(k, A) * h(k, B),
        (1 - k) * (1 - A) * (v * B - k * (B - 1)),
    )
    yield identity("I4", h(g, X) * h(g, Y), (1 - g) ** 2 * X * Y + g * (1 - g) * (X + Y) + g**2)
    yield identity("I5", (S + q / S) - (X + q / X), (S - X) * (S * X - q) / (S * X))
    yield identity(
        "I6",
        h(g, A * Z) * h(g, D) - h(g, A) * h(g, D * h(v, Z)),
        (1 - g) * (Z - 1) * (v * D * h(g, A) - g * (D - A)),
    )
    yield from formal(
        "exchange_identity",
        "h_minus_id",
        "identity_I3",
        "identity_I4",
        "identity_I5",
        "identity_I6",
    )


THEOREM = Theorem(
    name="a6_identities",
    title="Identities I1 to I6",
    statement="Six polynomial identities of the merge map h_g(x) = (1-g) x + g.",
    latex=r"With $h_g(x)=(1-g)x+g$, $h=h_g$, \begin{align*}"
    r"&\text{(I1)}& h(A)h(B)-h(AB)&=-g(1-g)(1-A)(1-B)\\"
    r"&\text{(I2)}& h(x)-x&=g(1-x)\\"
    r"&\text{(I3)}& h_j(B\,h_v(A))-h_j(A)h_j(B)&=(1-g_j)(1-A)[g_vB-g_j(B-1)]\\"
    r"&\text{(I4)}& h(X)h(Y)&=(1-g)^2XY+g(1-g)(X+Y)+g^2\\"
    r"&\text{(I5)}& (S+q/S)-(X+q/X)&=(S-X)(SX-q)/(SX)\\"
    r"&\text{(I6)}& h(AZ)h(D)-h(A)h(D\,h_\gamma(Z))&=(1-g)(Z-1)[\gamma D\,h(A)-g(D-A)]"
    r"\end{align*}",
    source="symmerge, part A6",
    standing="P",
    assumptions=(),
    steps=steps,
    variants=(
        FalseVariant(
            "I3 with g_v (B-1) in place of g_j (B-1)",
            lambda: vanishes(
                h(k, B * h(v, A)) - h(k, A) * h(k, B) - (1 - k) * (1 - A) * (v * B - v * (B - 1))
            ),
        ),
    ),
)
