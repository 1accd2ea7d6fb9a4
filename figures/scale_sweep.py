"""Where BOOT and vanilla swap on real data: ``python -m figures.scale_sweep``.

Every data set is standardised (mean variance 1) and multiplied by a factor c; cosine schedule,
T = 32, s = 3. Below: the share of variances at most 1, which does not decide.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from symmerge.plot import ScaleSweep, plot_scale_sweep, scale_sweep
from symmerge.schedule import cosine
from symmerge.spectrum import bundled

from .pages import DOCS, save, update

__all__ = ["DATA", "markdown", "sweep"]

DATA = {"digits": "digits", "grey patches": "patches-grey", "rgb patches": "patches-rgb"}
_FACTORS = np.geomspace(0.25, 4, 41)
_HEAD = (
    "| data, mean variance 1 | BOOT and vanilla swap at c | share λ ≤ 1 there "
    "| best hybrid gains at most | at c |\n| --- | ---: | ---: | ---: | ---: |\n"
)


def sweep(name: str) -> ScaleSweep:
    """The sweep of one data set."""
    return scale_sweep(bundled(DATA[name], "unit"), _FACTORS, 3, cosine(32))


def _share(name: str, factor: float) -> float:
    return bundled(DATA[name], "unit").rescaled(factor**2).share_below_one


def markdown(sweeps: dict[str, ScaleSweep]) -> str:
    """What the sweeps say, in a table."""
    rows = []
    for name, found in sweeps.items():
        peak = int(np.argmax(found.gain))
        if found.swap is None:
            raise ValueError(f"{name}: BOOT and vanilla do not swap in the range")
        rows.append(
            f"| {name} | {found.swap:.3f} | {_share(name, found.swap):.0%} "
            f"| {found.gain[peak]:.0%} | {found.factors[peak]:.2f} |\n"
        )
    return _HEAD + "".join(rows)


def _draw(figure: Any, sweeps: dict[str, ScaleSweep]) -> None:
    axes = figure.subplots(2, len(sweeps), sharex=True, height_ratios=[3, 1], squeeze=False)
    for (top, bottom), (name, found) in zip(axes.T, sweeps.items(), strict=True):
        plot_scale_sweep(found, top)
        top.set_xlabel("")
        top.set_title(name, loc="left", fontsize=12, y=1.07)
        bottom.plot(found.factors, 100 * found.shares, color="0.25")
        bottom.axvline(found.swap, color="0.45", linewidth=0.8, linestyle="--")
        bottom.set_ylim(0, 104)
        bottom.set_ylabel("λ ≤ 1, per cent")
        bottom.set_xlabel("factor c on the data")
        bottom.grid(alpha=0.25)


def main() -> None:
    """Draw the picture and write the table into the page."""
    sweeps = {name: sweep(name) for name in DATA}
    save("scale_sweep", (14, 5.4), lambda figure: _draw(figure, sweeps))
    update(DOCS / "spectra.md", "scale_sweep", markdown(sweeps))


if __name__ == "__main__":
    main()
