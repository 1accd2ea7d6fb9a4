"""General noise: exact form of segmentations for a student trained in raw coordinates."""

import sympy

from proofs.ledger import FalseVariant, Theorem
from proofs.theorems.a8_whitened import basis
from proofs.tools import h, identities, symbols, vanishes


def dressed(W, diagonal):
    """``W^-T diag W'``, multiplied by det W so that entries are polynomials."""
    return W.adjugate().T * sympy.diag(*diagonal) * W.T


def merged(shrink):
    """One more segment on an operator ``R = W^-T r U^-1``: the entries of ``W' M U`` and r's."""
    W, U, r = basis(), free("u"), free("r")
    C, g = symbols("C_1 C_2"), symbols("g_1 g_2")
    # Everything times det(W) det(U), det(U): R, C R, R E with E = U diag(g) U^-1.
    R = W.adjugate().T * r * U.adjugate()
    target = dressed(W, C) * R
    decay = U * sympy.diag(*g) * U.adjugate()
    det_W, det_U = W.det(), U.det()
    M = target / det_W + (R - target / det_W) * decay / det_U
    entries = W.T * M * U / (det_W * det_U)
    return zip(
        entries, [r[i, c] * h(g[shrink(i, c)], C[i]) for i in (0, 1) for c in (0, 1)], strict=True
    )


def free(name):
    """A 2x2 matrix of symbols."""
    return sympy.Matrix(2, 2, symbols(f"{name}_11 {name}_12 {name}_21 {name}_22"))


def steps():
    yield identities(
        "one more segment, C R + (R - C R) U diag(g) U^-1 with R = W^-T r U^-1 and free entries, "
        "multiplies r_ic by (1-g_c) C_i + g_c",
        merged(lambda i, c: c),
    )
    W, U, a = basis(), free("u"), symbols("a_1 a_2")
    start = dressed(W, a) / W.det()
    yield identities(
        "the start A_T = W^-T diag(a) W' has r = diag(a) W' U",
        zip(W.T * start * U, sympy.diag(*a) * W.T * U, strict=True),
    )


def _other_index():
    left, right = list(merged(lambda i, c: i))[1]
    return vanishes(left - right)


THEOREM = Theorem(
    name="a8_raw",
    title="General noise covariance, raw-coordinate student",
    statement="For segmentations a student trained on raw samples has the exact form W^-T [m_ic "
    "(W'U)_ic] U' with m_ic = a_T,i prod_seg((1-g_c) C_i[seg] + g_c), g_c = exp(-2 s n_c), N = U "
    "diag(n) U'.",
    latex=r"Let $\Sigma W=NW\,\mathrm{diag}(\mu)$, $W'NW=I$, $N=U\,\mathrm{diag}(n_c)\,U'$, "
    r"$\alpha_T=0$, $\sigma_T=1$. A segmentation of $1..T-1$ trained by the raw flow "
    r"$dA/ds=-2(A-B)V_T$ has \[ M=W^{-T}\bigl[m_{ic}(W'U)_{ic}\bigr]U',\qquad "
    r"m_{ic}=a_{T,i}\prod_{\mathrm{seg}}\bigl((1-g_c)C_i[\mathrm{seg}]+g_c\bigr),\quad "
    r"g_c=e^{-2sn_c} . \]",
    source="symmerge, part A8",
    standing="P",
    assumptions=("alpha_T = 0, sigma_T = 1, so V_T = N", "segmentations only"),
    steps=steps,
    proof=r"All merges happen at $T$, where $V_T=N$ and $e^{-2sN}=U\,\mathrm{diag}(g_c)\,U'$. "
    r"Write the operator so far as $R=W^{-T}\,r\,U'$. The teacher's segment is "
    r"$C=W^{-T}\mathrm{diag}(C_i)W'$, so $CR=W^{-T}\mathrm{diag}(C_i)\,r\,U'$, and "
    r"$R\,e^{-2sN}=W^{-T}\,r\,\mathrm{diag}(g_c)\,U'$. The merge $CR+(R-CR)e^{-2sN}$ multiplies "
    r"$r_{ic}$ by $(1-g_c)C_i+g_c$. Start from $A_T=W^{-T}\mathrm{diag}(a_{T,i})W'$, that is "
    r"$r=\mathrm{diag}(a_{T,i})\,W'U$.",
    variants=(
        FalseVariant(
            "the factor belongs to the data coordinate: g_i in place of g_c",
            _other_index,
        ),
    ),
)
