"""A mixture at a glance: how stiff its flow is by every measure, side by side.

The bound A can be far above what points of the process ever meet; so it is never shown alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..verdict import Verdict
from .averaged import Estimate, averaged_bound, averaged_coordinate, measured_rate
from .hull import exposed_edge
from .mixture import Mixture, time_value
from .stability import KINDS, Stability

__all__ = ["FlowProfile", "MixtureSummary", "flow_profile", "summarise"]

_TIMES = 33
_SHORTEST = 1e-4


@dataclass(frozen=True, eq=False)
class FlowProfile:
    """Rates and coordinates over time, for tables and pictures.

    Attributes
    ----------
    times : (n,) array, from 0 to T
    rates, coordinates : dict of (n,) arrays
        ``stability``, ``sup``, ``one-sided``; among rates also ``measured``, the root mean square
        of the Jacobian's norm over points, and among coordinates ``averaged`` (the closed bound)
        and ``measured`` (the measured rate, integrated by the trapezoid rule).
    """

    times: np.ndarray
    rates: dict[str, np.ndarray]
    coordinates: dict[str, np.ndarray]


def flow_profile(mixture: Mixture, T: Any, points: int = 500, seed: int = 0) -> FlowProfile:
    """Tabulate every measure of stiffness over [0, T].

    Parameters
    ----------
    mixture : Mixture
    T : number > 0
    points : int
        Random points per time for the measured rate.
    seed : int

    Examples
    --------
    >>> profile = flow_profile(Mixture([-1.0, 1.0], sigma0=2), 1, points=50)
    >>> sorted(profile.coordinates)
    ['averaged', 'measured', 'one-sided', 'stability', 'sup']
    """
    last = time_value(T, "T")
    # Equal steps, and geometric ones towards 0 where narrow components change fast.
    times = np.unique(
        np.concatenate([np.linspace(0, last, _TIMES), np.geomspace(_SHORTEST * last, last, _TIMES)])
    )
    flow = Stability.of(mixture)
    rates = {kind: np.asarray(flow.rate(times, kind)) for kind in KINDS}
    coordinates = {kind: np.asarray(flow.coordinate(times, kind)) for kind in KINDS}
    measured = [
        measured_rate(mixture, float(t), points, seed + k).value for k, t in enumerate(times)
    ]
    rates["measured"] = np.array(measured)
    means = (rates["measured"][1:] + rates["measured"][:-1]) / 2
    coordinates["measured"] = np.concatenate([[0.0], np.cumsum(means * np.diff(times))])
    coordinates["averaged"] = np.asarray(averaged_bound(mixture, times))
    return FlowProfile(times, rates, coordinates)


@dataclass(frozen=True, eq=False)
class MixtureSummary:
    """Coordinates of a mixture at time T, and what they are worth.

    Attributes
    ----------
    mixture : Mixture
    T : float
    coordinates : dict of str to float
        ``stability``, ``sup``, ``one-sided`` (the largest value up to T) and ``averaged`` (bound).
    averaged : Estimate
        The averaged coordinate itself.
    edge : Verdict
        On the statement that the ``sup`` coordinate is exact, not only a bound.
    """

    mixture: Mixture
    T: float
    coordinates: dict[str, float]
    averaged: Estimate
    edge: Verdict

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form; components are in the mixture's own file, not here."""
        mixture = self.mixture
        return {
            "schema": "symmerge.mixture-summary",
            "version": 1,
            "label": mixture.label,
            "K": mixture.K,
            "d": mixture.d,
            "sigma0": float(mixture.sigma0),
            "sigma_inf": float(mixture.sigma_inf),
            "beta": float(mixture.beta),
            "T": self.T,
            "diameter": mixture.diameter,
            "least_weight": float(mixture.weights.min()),
            "coordinates": dict(self.coordinates),
            "averaged": {"value": self.averaged.value, "standard_error": self.averaged.error},
            "sup_is_exact": self.edge.to_dict(),
            "notes": list(mixture.notes),
        }

    def __str__(self) -> str:
        at, K = self.coordinates, self.mixture.K
        exact = {"proved": "exact", "refuted": "an upper bound: no exposed edge"}
        lines = [
            str(self.mixture),
            f"up to T = {self.T:g} the flow towards the data amplifies errors by at most exp of",
            f"  stability coordinate A       {at['stability']:.6g}",
            f"  integral of the supremum     {at['sup']:.6g}"
            f"  ({exact.get(self.edge.status, 'at most: exposed edge undecided')})",
            f"  one-sided coordinate B       {at['one-sided']:.6g}  (largest value up to T)",
            "on average over points (not a worst case)",
            f"  averaged coordinate          {self.averaged}  (ln K = {math.log(K):.4g})",
            f"  its closed bound             {at['averaged']:.6g}",
            *self.mixture.notes,
        ]
        return "\n".join(lines)


def summarise(mixture: Mixture, T: Any = 1, count: int = 4000, seed: int = 0) -> MixtureSummary:
    """Return the coordinates of a mixture at time T.

    Parameters
    ----------
    mixture : Mixture
    T : number >= 0
    count : int
        Random points for the averaged coordinate (in one dimension it is computed instead).
    seed : int

    Examples
    --------
    >>> found = summarise(Mixture([-1.0, 1.0], sigma0="1/4", beta=5))
    >>> round(found.coordinates["one-sided"], 4), found.edge.status
    (6.6137, 'proved')
    """
    last = time_value(T, "T")
    flow = Stability.of(mixture)
    coordinates = {kind: float(flow.greatest(last, kind)) for kind in KINDS}
    coordinates["averaged"] = averaged_bound(mixture, last)
    averaged = averaged_coordinate(mixture, last, count, seed)
    return MixtureSummary(mixture, last, coordinates, averaged, exposed_edge(mixture))
