"""Threshold theorem: BOOT at the clean end, one vanilla block at the noisy end."""

import sympy

from proofs.ledger import FalseVariant, Theorem
from proofs.tools import identity, nonnegative, positive_coefficients, symbols

P, Q, DP, DQ, G, LAM, R, X, Z = symbols("rho_p rho_q dp dq g lambda rho x z")
TAU = sympy.Symbol("tau")


def rho():
    """``sqrt(lam cos^2 + sin^2)`` at tau."""
    return sympy.sqrt(LAM * sympy.cos(TAU) ** 2 + sympy.sin(TAU) ** 2)


def length():
    """``log(M/C)`` of one block from p to q."""
    return sympy.log((1 - G) + G * Q / P)


def tilt(r, g):
    """Psi: what the log-derivative of |F| adds to 2 cot(2 tau), over tan(tau)."""
    return -(1 + r) / r - 2 * (1 - r**2) / r**2 - (1 - g) * (1 - r**2) / (r * ((1 - g) * r + g))


def polynomial(expression):
    """Sines and cosines as symbols, so that zero tests are algebra."""
    return sympy.expand_trig(expression).subs(
        {sympy.sin(TAU): sympy.Symbol("S"), sympy.cos(TAU): sympy.Symbol("C")}
    )


CIRCLE = (sympy.Symbol("S") ** 2 + sympy.Symbol("C") ** 2 - 1,)


def ratio_steps():
    """Why K_S/K_L falls in both ends; shared with the grid version."""
    yield identity(
        "rho rho' = (1-lam) sin cos",
        polynomial(sympy.diff(rho() ** 2, TAU) / 2),
        polynomial((1 - LAM) * sympy.sin(TAU) * sympy.cos(TAU)),
    )
    yield identity(
        "1 - rho^2 = (1-lam) cos^2, so rho' = (1-rho^2) tan/rho",
        polynomial(1 - rho() ** 2),
        polynomial((1 - LAM) * sympy.cos(TAU) ** 2),
        CIRCLE,
    )
    K = -sympy.diff(length(), P, Q) * DP * DQ
    yield identity(
        "K = -d_p d_q log((1-g) + g rho_q/rho_p) = g(1-g) rho_p' rho_q' / ((1-g)rho_p + g rho_q)^2",
        K,
        G * (1 - G) * DP * DQ / ((1 - G) * P + G * Q) ** 2,
    )
    denominator = ((1 - G) * P + G * Q) ** 2
    yield identity(
        "d/dv log K beside the part of rho_v': -2 g rho_v'/((1-g)rho_u + g rho_v)",
        -sympy.diff(denominator, Q) * DQ / denominator,
        -2 * G * DQ / ((1 - G) * P + G * Q),
    )
    yield identity(
        "d/du log K beside the part of rho_u': -2 (1-g) rho_u'/((1-g)rho_u + g rho_v)",
        -sympy.diff(denominator, P) * DP / denominator,
        -2 * (1 - G) * DP / ((1 - G) * P + G * Q),
    )
    sine_cosine = sympy.sin(TAU) * sympy.cos(TAU)
    yield identity(
        "rho' = (1-lam) sin cos / rho, so log|rho'| has the derivative 2 cot(2 tau) - rho'/rho",
        polynomial(sympy.diff(sine_cosine, TAU) * sympy.sin(2 * TAU)),
        polynomial(2 * sympy.cos(2 * TAU) * sine_cosine),
        CIRCLE,
    )
    g = Z / (1 + Z)
    bend = DQ / Q + 2 * g * DQ / ((1 - g) * P + g * Q)
    yield nonnegative(
        "rho'/rho + 2 g rho'/(..) has the sign of rho' (noisy end)", bend, strict=True
    )
    bend = DP / P + 2 * (1 - g) * DP / ((1 - g) * P + g * Q)
    yield nonnegative("and so has its counterpart at the clean end", bend, strict=True)


def steps():
    yield from ratio_steps()
    slope = sympy.Symbol("rho'")
    along = G * slope / R + sympy.diff(sympy.log(1 - G + G / R), R) * slope
    yield identity(
        "along the hybrids dy/dtau = F = g(1-g) rho' (rho-1) / (rho ((1-g) rho + g))",
        along,
        G * (1 - G) * slope * (R - 1) / (R * ((1 - G) * R + G)),
    )
    tangent = sympy.Symbol("tan")
    rest = -2 / R + 1 / (R - 1) - (1 - G) / ((1 - G) * R + G)
    yield identity(
        "d/dtau log|F| = 2 cot(2 tau) + tan(tau) Psi(rho)",
        (1 - R**2) * tangent / R * rest,
        tangent * tilt(R, G),
    )
    g = Z / (1 + Z)
    yield identity("Psi(1) = -2", tilt(sympy.Integer(1), G), -2)
    yield nonnegative("Psi(rho) < -2 for rho < 1", -2 - tilt(1 / (1 + X), g), strict=True)
    yield nonnegative("Psi(rho) > -2 for rho > 1", tilt(1 + X, g) + 2, strict=True)
    y = sympy.Symbol("y")
    E = symbols("E")[0]
    yield identity(
        "(e^y - 1)^2 has the second derivative 2 e^y (2 e^y - 1)",
        sympy.diff((sympy.exp(y) - 1) ** 2, y, 2)
        .subs(sympy.exp(y), E)
        .subs(sympy.exp(2 * y), E**2),
        2 * E * (2 * E - 1),
    )
    yield nonnegative(
        "which is >= 0 for e^y >= 1/2", (2 * E * (2 * E - 1)).subs(E, X + sympy.Rational(1, 2))
    )


THEOREM = Theorem(
    name="a7_threshold_theorem",
    title="Threshold theorem for a spectrum",
    statement="Continuous-time teacher: over all segmentations (so, for these one-sided "
    "coordinates, over all plans) the best is BOOT on [0, tau*] followed by one vanilla block on "
    "[tau*, pi/2], with one unique tau*, provided lam_i^(g/2) < 2 for every coordinate.",
    latex=r"Let $\rho_i(\tau)^2=\lambda_i\cos^2\tau+\sin^2\tau$ and let the teacher from time $q$ "
    r"to $p<q$ be $\rho_i(p)/\rho_i(q)$. A segmentation cuts $[0,\frac\pi2]$ into blocks and "
    r"sections of BOOT, the limit of single steps: a block has "
    r"$l_i(p,q)=\log(1-g+g\rho_i(q)/\rho_i(p))$, a section $g\log(\rho_i(q)/\rho_i(p))$, their "
    r"sum is $y_i=\log(M_i/C_i)$, and $W_2^2=\sum_im_i\lambda_i(e^{y_i}-1)^2$. Let $0<g<1$ and "
    r"$\lambda_i^{g/2}<2$ for all $i$. Then the minimum over all segmentations is attained by "
    r"BOOT on $[0,\tau^*]$ and one block $[\tau^*,\frac\pi2]$; $\tau^*$ is unique if some "
    r"$\lambda_i\ne1$.",
    source="symmerge, part A7",
    standing="P",
    assumptions=(
        "continuous-time teacher (exact ODE)",
        "finitely many blocks",
        "0 < g < 1",
        "lam_i^(g/2) < 2, so that e_i > -1/2 for every plan",
    ),
    steps=steps,
    proof=r"Coordinates with $\lambda<1$ (class S) have $\rho'>0$, $\rho\le1$, those with "
    r"$\lambda>1$ (class L) $\rho'<0$, $\rho\ge1$; $\lambda=1$ contributes nothing. "
    r"\emph{Kernel.} With "
    r"$K_i=-\partial_p\partial_ql_i=g(1-g)\rho_i'(p)\rho_i'(q)/((1-g)\rho_i(p)+g\rho_i(q))^2\ge0$ "
    r"a block costs its BOOT value plus $\iint_{p<u<v<q}K_i\,du\,dv$. For weights $w_i>0$ on S, "
    r"$w_i<0$ on L put $k=\sum_iw_iK_i=A-B$ with $A$ the S part. As $\log|\rho'|$ has the "
    r"derivative $2\cot2\tau-\rho'/\rho$, $\partial_v\log "
    r"K_i=2\cot2v-\rho_i'/\rho_i-2g\rho_i'/((1-g)\rho_i(u)+g\rho_i(v))$ is below $2\cot2v$ on S "
    r"and above it on L, and likewise in $u$. So $A/B$ decreases in $u$ and in $v$: if $k\le0$ at "
    r"$(u,v)$ then $k\le0$ at all larger pairs (with one class only this is trivial). "
    r"\emph{Linear objective $J_w=\sum_iw_iy_i$.} Take a segmentation with first block $[p,q]$ "
    r"and shave it to $[p',q]$, BOOT on $[p,p']$, with the best $p'\in[p,q]$. If $p'=q$ there is "
    r"one block less. Otherwise $0\le dJ_w/dp'=-\int_{p'}^qk(p',v)dv$, so $k(p',v_1)\le0$ for "
    r"some $v_1\le q$, hence $k(u,v)\le0$ for all $u\ge p'$, $v\ge q$, and joining "
    r"$[p',\frac\pi2]$ to one block adds only such pairs. So some hybrid (BOOT up to $\tau$, then "
    r"one block) is at least as good as any segmentation. \emph{Along the hybrids} "
    r"$y_i'(\tau)=F_i=g(1-g)\rho_i'(\rho_i-1)/(\rho_i((1-g)\rho_i+g))\le0$ and $\frac "
    r"d{d\tau}\log|F_i|=2\cot2\tau+\tan\tau\,\Psi(\rho_i)$, where $\Psi<-2$ for $\rho<1$ and "
    r"$\Psi>-2$ for $\rho>1$. So in $J_w'=-\sum_Sw_i|F_i|+\sum_L|w_i||F_i|$ the quotient of the "
    r"two sums strictly decreases, and $J_w'$ changes sign at most once, from $-$ to $+$. "
    r"\emph{True objective.} Let $\tau^*$ minimise $J=\sum m_i\lambda_ih(y_i)$, $h(y)=(e^y-1)^2$, "
    r"over hybrids, and $w_i=m_i\lambda_ih'(y_i(\tau^*))$, positive on S and negative on L. Then "
    r"$J_w'(\tau^*)=J'(\tau^*)$, which is $0$ if $\tau^*$ is interior; at an end both vanish, and "
    r"after division by $\tan\tau$ (at $0$) or $\cos^3\tau$ (at $\pi/2$) they have the same "
    r"limit, of the sign that a minimum at that end requires. As the quotient of the two sums is "
    r"strictly monotone, $\tau^*$ is the unique minimum of $J_w$ over hybrids and a minimum over "
    r"all segmentations. Every segmentation has $y_i\ge0$ on S and "
    r"$y_i\ge-g\log\sqrt{\lambda_i}>-\log2$ on L (BOOT is lowest as $K_i\ge0$), where $h$ is "
    r"convex; so $J(\pi)\ge J(\tau^*)+J_w(\pi)-J_w(\tau^*)\ge J(\tau^*)$, with strict inequality "
    r"for other hybrids.",
    variants=(
        FalseVariant(
            "Psi(rho) < -2 for rho > 1 as well",
            lambda: positive_coefficients(-2 - tilt(1 + X, Z / (1 + Z)), strict=True),
        ),
    ),
)
