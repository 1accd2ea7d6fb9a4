"""The best plan for every bundled data set and scaling: ``python -m figures.spectra_table``.

Recomputes the reference table of ``docs/spectra.md`` (T = 32, s = 3, cosine schedule) and writes it
there.
"""

from __future__ import annotations

import numpy as np

from symmerge.data import data_spectrum
from symmerge.draw import segments_text
from symmerge.schedule import cosine
from symmerge.search.spectra import SpectrumResult, plan_spectrum
from symmerge.spectrum import Spectrum

from .pages import DOCS, update

__all__ = ["DATA", "markdown", "result", "spectrum"]

# Data set, scale, encoder, and a factor on the data: 2 takes pixels from [0, 1] to [-1, 1].
DATA: dict[str, tuple[str, str, str | None, int]] = {
    "digits, pixels in [0, 1]": ("digits", "none", None, 1),
    "digits, pixels in [-1, 1]": ("digits", "none", None, 2),
    "digits, global unit variance": ("digits", "unit", None, 1),
    "digits, per-pixel standardised": ("digits", "pixel", None, 1),
    "digits, PCA-32 whitened, held out": ("digits", "none", "whiten-heldout:32", 1),
    "digits, autoencoder-16 latents, unit variance": ("digits", "unit", "autoencoder:16", 1),
    "grey 8×8 patches in [0, 1]": ("patches-grey", "none", None, 1),
    "grey 8×8 patches in [-1, 1]": ("patches-grey", "none", None, 2),
    "grey 8×8 patches, unit variance": ("patches-grey", "unit", None, 1),
    "rgb 8×8 patches in [-1, 1]": ("patches-rgb", "none", None, 2),
    "rgb 8×8 patches, unit variance": ("patches-rgb", "unit", None, 1),
    "rgb patches, PCA-32 latent, unit variance": ("patches-rgb", "unit", "pca:32", 1),
    "rgb patches, PCA-64 whitened, held out": ("patches-rgb", "none", "whiten-heldout:64", 1),
}
_HEAD = (
    "| spectrum | λ ≤ 1 | vanilla | BOOT | consistency | progressive | plan (clean → noisy) "
    "| gap | conflict | τ* | k predicted |\n"
    "| --- | ---: | ---: | ---: | ---: | ---: | --- | ---: | ---: | ---: | ---: |\n"
)


def spectrum(name: str) -> Spectrum:
    """Spectrum of a row of the table."""
    data, scale, encoder, factor = DATA[name]
    return data_spectrum(data, scale, encoder).rescaled(factor**2)


def result(name: str, T: int = 32, s: int = 3) -> SpectrumResult:
    """Plan for a row of the table."""
    return plan_spectrum(spectrum(name), s, cosine(T))


def _row(name: str, found: SpectrumResult) -> str:
    ratios = [found.ratios[key] for key in ("vanilla", "boot", "consistency", "progressive")]
    plan = segments_text(found.segments) if found.segments else f"`{found.plan}`"
    gap = "0" if found.gap < 1e-9 else f"{found.gap:.1e}"
    cells = (
        name,
        f"{found.share_below_one:.0%}",
        *(f"{ratio:.4g}" if ratio < 1000 else f"{ratio:.1e}" for ratio in ratios),
        plan,
        gap,
        f"{found.conflict:.2f}",
        f"{found.tau_star:.3f}",
        f"{found.predicted_singles:.1f}",
    )
    return f"| {' | '.join(cells)} |\n"


def markdown() -> str:
    """The table."""
    return _HEAD + "".join(_row(name, result(name)) for name in DATA)


def main() -> None:
    """Write the table into the page."""
    with np.errstate(over="ignore"):
        update(DOCS / "spectra.md", "spectra_table", markdown())


if __name__ == "__main__":
    main()
