"""The DDIM teacher step, from the optimal denoiser and the deterministic update."""

from proofs.ledger import FalseVariant, Theorem
from proofs.tools import Levelled, identity, symbols, vanishes
from symmerge.numbers import SYMBOLIC
from symmerge.teacher import Teacher

A0, A1, S0, S1, LAM = symbols("alpha_0 alpha_1 sigma_0 sigma_1 lambda")
RIGHT_ANGLES = (A0**2 + S0**2 - 1, A1**2 + S1**2 - 1)


def updated(predicted):
    """Factor of z_t in the deterministic update, given the predicted clean sample's factor."""
    noise = (1 - A1 * predicted) / S1
    return A0 * predicted + S0 * noise


def steps():
    conditional_mean = A1 * LAM / (A1**2 * LAM + S1**2)
    teacher = Teacher(Levelled((A0, A1), (S0, S1)), LAM, SYMBOLIC)
    yield identity(
        "conditioning and the deterministic update give symmerge's teacher step a_t",
        updated(conditional_mean),
        teacher.a[0],
    )
    yield identity(
        "which is <u_{t-1}, u_t>/|u_t|^2 for u_t = (alpha_t sqrt(lam), sigma_t)",
        teacher.a[0],
        (A0 * A1 * LAM + S0 * S1) / (A1**2 * LAM + S1**2),
    )
    yield identity("symmerge's x_t is a_t - 1", teacher.x[0], teacher.a[0] - 1)
    preserving = Teacher(Levelled((A0, A1), (S0, S1), variance_preserving=True), LAM, SYMBOLIC)
    yield identity(
        "and so is its form for variance-preserving schedules, when alpha^2 + sigma^2 = 1",
        preserving.x[0],
        preserving.a[0] - 1,
        RIGHT_ANGLES,
    )


THEOREM = Theorem(
    name="a1_ddim_step",
    title="DDIM teacher step",
    statement="With the optimal denoiser, one deterministic DDIM step multiplies each coordinate "
    "by a_t = (alpha_t alpha_{t-1} lam + sigma_t sigma_{t-1})/v_t.",
    latex=r"With the optimal denoiser $\hat x_0=E[x_0\mid z_t]$ the update "
    r"$z_{t-1}=\alpha_{t-1}\hat x_0+\sigma_{t-1}(z_t-\alpha_t\hat x_0)/\sigma_t$ is, per "
    r"coordinate, $z_{t-1}=a_tz_t$ with \[ "
    r"a_t=\frac{\alpha_t\alpha_{t-1}\lambda+\sigma_t\sigma_{t-1}}{v_t},\qquad "
    r"v_t=\alpha_t^2\lambda+\sigma_t^2 . \]",
    source="W. Gao, M. Li, arXiv 2505.16024, Cor. 3.1; specification A1",
    standing="S",
    assumptions=("lam > 0", "sigma_t > 0"),
    steps=steps,
    proof=r"By the optimal denoiser $\hat x_0=\alpha_t\lambda z_t/v_t$ and "
    r"$(z_t-\alpha_t\hat x_0)/\sigma_t=\sigma_tz_t/v_t$. Insert both.",
    variants=(
        FalseVariant(
            "the noise is predicted with sigma_{t-1} in place of sigma_t",
            lambda: vanishes(
                A0 * A1 * LAM / (A1**2 * LAM + S1**2)
                + S0 * (1 - A1**2 * LAM / (A1**2 * LAM + S1**2)) / S0
                - (A0 * A1 * LAM + S0 * S1) / (A1**2 * LAM + S1**2)
            ),
        ),
    ),
)
