"""The objective is the squared 2-Wasserstein distance of the two Gaussians."""

from proofs.ledger import FalseVariant, Theorem
from proofs.tools import identity, nonnegative, symbols, vanishes

M, C, V, COV = symbols("M C v k")


def steps():
    cost = M**2 * V + C**2 * V - 2 * COV
    yield identity(
        "coupling cost E(X-Y)^2 of N(0, M^2 v) and N(0, C^2 v) with covariance k exceeds v (M-C)^2 "
        "by 2 (M C v - k)",
        cost - V * (M - C) ** 2,
        2 * (M * C * V - COV),
    )
    slack = symbols("d")[0]
    yield nonnegative(
        "which is >= 0 by Cauchy and Schwarz, k = M C v - d with d >= 0",
        2 * (M * C * V - (M * C * V - slack)),
    )
    yield identity(
        "and = 0 when both are made from the same z_T, X = M z, Y = C z",
        cost.subs(COV, M * C * V),
        V * (M - C) ** 2,
    )


THEOREM = Theorem(
    name="a3_wasserstein",
    title="The objective is a transport distance",
    statement="The Gaussians that student and teacher make from the same z_T have the squared "
    "2-Wasserstein distance sum_i v_T,i (M_i - C_i)^2.",
    latex=r"For $z\sim N(0,\mathrm{diag}(v_i))$ and diagonal operators with entries $M_i,C_i\ge0$, "
    r"\[ W_2^2\bigl(\mathrm{law}(Mz),\mathrm{law}(Cz)\bigr)=\sum_iv_i(M_i-C_i)^2 . \]",
    source="symmerge, part A3",
    standing="D",
    assumptions=("M_i >= 0, C_i >= 0, diagonal operators",),
    steps=steps,
    proof=r"For any coupling $(X,Y)$, $E|X-Y|^2=\sum_iE(X_i-Y_i)^2$ and, by Cauchy and Schwarz, "
    r"$\mathrm{Cov}(X_i,Y_i)\le M_iC_iv_i$; so the cost is at least $\sum_iv_i(M_i-C_i)^2$. The "
    r"coupling $X=Mz$, $Y=Cz$ attains it.",
    variants=(
        FalseVariant(
            "the distance is v (M^2 - C^2)",
            lambda: vanishes(V * (M - C) ** 2 - V * (M**2 - C**2)),
        ),
    ),
)
