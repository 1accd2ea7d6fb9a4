r"""A network that computes the score of a Gaussian mixture to a wanted accuracy (SPEC B1).

Inputs ``(t, x_1, .., x_d)``, outputs the score
:math:`-(x-\alpha\bar\mu)/v` with :math:`\alpha=e^{-\beta t}`, :math:`v=\sigma_\infty^2+c\alpha^2`,
:math:`c=\sigma_0^2-\sigma_\infty^2` and weights
:math:`\propto\pi_k\exp(\alpha x\cdot\mu_k/v-\alpha^2|\mu_k|^2/2v)`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import mpmath
import numpy as np

from ...errors import require
from ...numbers import exact
from ..mixture import Mixture, positive_scale
from .budget import Budget, Scales, budget, scales
from .builder import Builder, Wire
from .gadgets import VARIANTS, exp_negative, largest, reciprocal
from .layers import Network

__all__ = ["ScoreNetwork", "score_network"]

_SMALLEST_EPS = Fraction(1, 10**300)


@dataclass(frozen=True, eq=False)
class ScoreNetwork:
    """A compiled network and what it guarantees.

    Attributes
    ----------
    mixture : Mixture
    eps : Fraction
        In exact arithmetic ``|network(t, x) - score| <= eps``, in the Euclidean norm, for
        ``0 <= t <= T`` and ``|x| <= radius``.
    T, radius : Fraction
    variant : {'shallow', 'narrow'}
    network : Network
    budget : Budget
        The degrees, and the bound they guarantee, at most eps.
    """

    mixture: Mixture
    eps: Fraction
    T: Fraction
    radius: Fraction
    variant: str
    network: Network
    budget: Budget

    def __call__(self, x: Any, t: Any) -> np.ndarray:
        """Evaluate in float64 at points (N, d) and times, one or (N,)."""
        points = np.asarray(x, dtype=float)
        times = np.broadcast_to(np.asarray(t, dtype=float), (len(points),))
        return self.network(np.column_stack([times, points]))

    @cached_property
    def sizes(self) -> dict[str, int]:
        """Depth, width, units and parameters."""
        net = self.network
        return {
            "depth": net.depth,
            "width": net.width,
            "units": net.units,
            "parameters": net.parameters,
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form, without the weights."""
        return {
            "schema": "symmerge.score_network",
            "version": 1,
            "mixture": self.mixture.to_dict(),
            "eps": str(self.eps),
            "T": str(self.T),
            "radius": str(self.radius),
            "variant": self.variant,
            "bound": mpmath.nstr(self.budget.bound, 6),
            "degrees": {
                "alpha": [self.budget.alpha.degree, self.budget.alpha.squarings],
                "weights": [self.budget.weights.degree, self.budget.weights.squarings],
                "inverse_v": self.budget.inverse_v.factors,
                "inverse_sum": self.budget.inverse_sum.factors,
            },
            "cut": str(self.budget.cut),
            **self.sizes,
            "largest_weight": self.network.largest_weight,
        }

    def __str__(self) -> str:
        size = self.sizes
        return "\n".join(
            [
                str(self.mixture),
                f"{self.variant} ReLU-ReQU network: depth {size['depth']}, width {size['width']}, "
                f"{size['units']} units, {size['parameters']} parameters, largest "
                f"{self.network.largest_weight:.3g}",
                f"score within {mpmath.nstr(self.budget.bound, 3)} <= {float(self.eps):.3g} for "
                f"0 <= t <= {self.T}, |x| <= {float(self.radius):.6g} (exact arithmetic)",
            ]
        )


def score_network(
    mixture: Mixture, eps: Any, T: Any = 1, radius: Any = None, variant: str = "shallow"
) -> ScoreNetwork:
    """Compile the network.

    Parameters
    ----------
    mixture : Mixture
    eps : number in (0, 1)
        Wanted accuracy, an absolute error of the score.
    T : number > 0
        Last time.
    radius : number > 0, optional
        Points are at most this far from 0; by default the largest mean plus eight times the larger
        of the two widths, rounded up.
    variant : {'shallow', 'narrow'}
        Taylor polynomials from all powers at once, or by Horner's rule.

    Raises
    ------
    InputError
        For arguments out of range.

    Examples
    --------
    >>> found = score_network(Mixture([-1.0, 1.0], sigma0="1/4", beta=5), "1e-6")
    >>> found.sizes["depth"], bool(found.budget.bound <= 1e-6)
    (38, True)
    >>> from symmerge.flow.score import score
    >>> x = np.linspace(-3, 3, 7)[:, None]
    >>> bool(abs(found(x, 0.1) - score(found.mixture, x, 0.1)).max() < 1e-6)
    True

    References
    ----------
    SPEC B1.
    """
    accuracy, last = exact(eps, "eps"), positive_scale(T, "T")
    rule = "must be > 0 and < 1, at least 1e-300"
    require(_SMALLEST_EPS <= accuracy < 1, "eps", rule, eps)
    require(variant in VARIANTS, "variant", f"must be one of {', '.join(VARIANTS)}", variant)
    if radius is None:
        wide = max(mixture.sigma0, mixture.sigma_inf)
        reach = Fraction(math.ceil(scales(mixture, Fraction(1)).mean + 8 * wide))
    else:
        reach = positive_scale(radius, "radius")
    sizes = scales(mixture, reach)
    degrees = budget(mixture, accuracy, last, sizes)
    network = _compiled(mixture, last, sizes, degrees, variant)
    return ScoreNetwork(mixture, accuracy, last, reach, variant, network, degrees)


def _compiled(
    mixture: Mixture, T: Fraction, sizes: Scales, degrees: Budget, variant: str
) -> Network:
    one = Fraction(1)
    build = Builder(1 + mixture.d)
    time = build.input(0, T, 1)
    x = [build.input(1 + i, sizes.radius) for i in range(mixture.d)]
    decay = build.affine([(mixture.beta, time)], sign=1)
    alpha = exp_negative(build, decay, degrees.alpha, variant)
    end = mixture.sigma_inf**2
    c = mixture.sigma0**2 - end
    v = build.affine([(c, build.square(alpha))], end, sizes.high, 1)
    inverse = reciprocal(build, v, degrees.inverse_v)
    first = build.product(alpha, inverse)  # alpha/v
    first = build.affine([(one, first)], bound=sizes.a1, sign=1)
    means = [[Fraction(value) for value in row] for row in mixture.means.tolist()]
    if mixture.K == 1:
        mean = [build.affine([], value) for value in means[0]]
    else:
        second = build.affine([(one, build.product(alpha, first))], bound=sizes.a2, sign=1)
        logits = _logits(build, x, means, first, second, mixture, degrees.digits, sizes)
        top = largest(build, logits)
        # C - relu(C - (top - logit)) is the distance from the largest logit, cut off at C.
        far = [
            build.affine(
                [(-one, build.relu(build.affine([(one, w), (-one, top)], degrees.cut)))],
                degrees.cut,
                degrees.cut,
                1,
            )
            for w in logits
        ]
        weights = [exp_negative(build, w, degrees.weights, variant) for w in far]
        total = build.affine([(one, w) for w in weights], bound=Fraction(mixture.K), sign=1)
        norm = build.affine(
            [(one, reciprocal(build, total, degrees.inverse_sum))], bound=one, sign=1
        )
        mean = [
            build.product(build.affine([(means[k][i], w) for k, w in enumerate(weights)]), norm)
            for i in range(mixture.d)
        ]
        mean = [build.affine([(one, w)], bound=sizes.mean) for w in mean]
    outputs = [
        build.affine([(one, build.product(first, mean[i])), (-one, build.product(inverse, x[i]))])
        for i in range(mixture.d)
    ]
    return build.finish(outputs)


def _logits(
    build: Builder,
    x: list[Wire],
    means: list[list[Fraction]],
    first: Wire,
    second: Wire,
    mixture: Mixture,
    digits: int,
    sizes: Scales,
) -> list[Wire]:
    """``ln pi_k + (alpha/v) x.mu_k - (alpha^2/v) |mu_k|^2/2``."""
    context = mpmath.mp.clone()
    context.dps = digits + 5
    found = []
    for weight, mean in zip(mixture.weights.tolist(), means, strict=True):
        constant = exact(context.log(context.mpf(weight)))
        inner = build.affine(list(zip(mean, x, strict=True)), bound=sizes.radius * sizes.mean)
        square = sum((value * value for value in mean), Fraction(0))
        found.append(
            build.affine(
                [(Fraction(1), build.product(first, inner)), (-square / 2, second)], constant
            )
        )
    return found
