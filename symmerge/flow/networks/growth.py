r"""How the size of score networks grows as the accuracy does, with local exponents.

Sizes are counted on compiled networks. A local exponent
:math:`\mathrm d\ln(\text{size})/\mathrm d\ln\ln(1/\varepsilon)` between neighbouring accuracies
says more than one fitted power: down to 1e-256 the sizes are still pre-asymptotic.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from ...errors import require
from ..mixture import Mixture
from .compile import score_network

__all__ = ["MEASURES", "Growth", "growth"]

MEASURES = ("depth", "width", "units", "parameters")


@dataclass(frozen=True, eq=False)
class Growth:
    """Sizes over accuracies.

    Attributes
    ----------
    variant : {'shallow', 'narrow'}
    digits : (n,) array
        ``log10(1/eps)``.
    sizes : dict of (n,) int arrays
        Per measure of :data:`MEASURES`.
    """

    variant: str
    digits: np.ndarray
    sizes: dict[str, np.ndarray]

    def exponents(self, measure: str) -> np.ndarray:
        """Local exponents (n-1,) in ``ln(1/eps)`` between neighbours."""
        return np.diff(np.log(self.sizes[measure])) / np.diff(np.log(self.digits))

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "schema": "symmerge.network_growth",
            "version": 1,
            "variant": self.variant,
            "digits": self.digits.tolist(),
            "sizes": {name: values.tolist() for name, values in self.sizes.items()},
            "local_exponents": {name: self.exponents(name).tolist() for name in MEASURES},
        }


def growth(mixture: Mixture, digits: Iterable[int], T: Any = 1, variant: str = "shallow") -> Growth:
    """Compile networks for ``eps = 10^-n``, n in `digits` (increasing), and count.

    Examples
    --------
    >>> found = growth(Mixture([-1.0, 1.0], sigma0="1/2", beta=5), (2, 4, 8))
    >>> found.sizes["depth"].tolist(), found.exponents("depth").round(2).tolist()
    ([30, 32, 36], [0.09, 0.17])
    """
    counts = list(digits)
    rising = len(counts) >= 2 and all(a < b for a, b in pairwise(counts))
    require(rising, "digits", "must be at least two increasing numbers", counts)
    found = [score_network(mixture, f"1e-{n}", T, variant=variant).sizes for n in counts]
    sizes = {name: np.array([size[name] for size in found]) for name in MEASURES}
    return Growth(variant, np.array(counts, float), sizes)
