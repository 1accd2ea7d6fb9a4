"""Fit a mixture of equal isotropic components to data, with scikit-learn.

scikit-learn's spherical mixtures have one width per component; the flow's theory needs one for
all. Weights, responsibilities and means are scikit-learn's, and the common variance is the
maximum-likelihood one given them: the weighted mean of the components' variances (the M step of
the tied spherical model).
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..data import read_data
from ..datasets import sklearn_module
from ..errors import require
from ..schedule import whole
from .mixture import Mixture

__all__ = ["fit_data", "fit_mixture"]

_MOST_COMPONENTS = 1000
_LEAST_WIDTH = 1e-6


def fit_mixture(
    samples: Any, components: Any, beta: Any = 1, seed: int = 0, label: str = "data"
) -> Mixture:
    """Fit a mixture to samples in rows.

    Parameters
    ----------
    samples : (n, d) array, n >= 2
    components : int
        K, at most n.
    beta : number > 0
        Rate of the process.
    seed : int
        Of the initial k-means.
    label : str

    Notes
    -----
    ``sigma_inf`` is 1: scale the data first where their unit matters.
    """
    rows = np.asarray(samples, dtype=float)
    shape = rows.ndim == 2 and len(rows) >= 2 and bool(np.all(np.isfinite(rows)))
    require(shape, "samples", "must be finite numbers in at least 2 rows", rows.shape)
    K = whole(components, "components", 1, min(_MOST_COMPONENTS, len(rows)))
    model = sklearn_module("mixture").GaussianMixture(
        K, covariance_type="spherical", random_state=seed, reg_covar=_LEAST_WIDTH**2
    )
    with warnings.catch_warnings():
        # Whether it converged is in the notes; duplicate points make fewer clusters than asked.
        warnings.simplefilter("ignore")
        model.fit(rows)
    used = model.weights_ > 1e-12
    weights = model.weights_[used] / model.weights_[used].sum()
    variance = float(weights @ model.covariances_[used])
    steps = f"EM {'converged' if model.converged_ else 'stopped'} after {model.n_iter_} steps"
    notes = (
        f"scikit-learn GaussianMixture(spherical), seed {seed}, {steps}; one width for all "
        "components: the weighted mean of their variances",
    )
    width = max(variance, _LEAST_WIDTH**2) ** 0.5
    return Mixture(model.means_[used], weights, width, beta, 1, label, notes)


def fit_data(data: str, components: Any, beta: Any = 1, seed: int = 0) -> Mixture:
    """Fit a mixture to a bundled data set (``digits``, ``patches-grey`` …) or a file of samples.

    Examples
    --------
    >>> digits = fit_data("digits", 10)
    >>> digits.K, digits.d, 0.1 < digits.sigma0 < 0.3
    (10, 64, True)
    """
    label = f"{data}, {components} components"
    return fit_mixture(read_data(data), components, beta, seed, label)
