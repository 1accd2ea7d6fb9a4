"""How good the samples of a student are: coupling error and Gaussian Wasserstein distance."""

from __future__ import annotations

import numpy as np

__all__ = ["coupling_error", "gaussian_w2", "nonlinear_share"]


def coupling_error(found: np.ndarray, wanted: np.ndarray) -> float:
    """``E |student - teacher|^2`` from the same noise, over the variance of the teacher's samples.

    Parameters
    ----------
    found, wanted : (n, d) arrays

    Examples
    --------
    >>> wanted = np.array([[-1.0], [1.0]])
    >>> coupling_error(1.1 * wanted, wanted).__round__(6)
    0.01
    """
    spread = np.sum(np.var(wanted, axis=0))
    return float(np.mean(np.sum((found - wanted) ** 2, axis=1)) / spread)


def gaussian_w2(first: np.ndarray, second: np.ndarray) -> float:
    r"""Squared 2-Wasserstein distance of the Gaussians with the moments of two samples.

    .. math:: |m_1-m_2|^2 + tr\bigl(S_1 + S_2 - 2 (S_1^{1/2} S_2 S_1^{1/2})^{1/2}\bigr)

    Parameters
    ----------
    first, second : (n, d) arrays

    Examples
    --------
    >>> rows = np.array([[-1.0], [1.0]])
    >>> round(gaussian_w2(rows, 3 * rows + 1), 6)
    9.0
    """
    shift = first.mean(axis=0) - second.mean(axis=0)
    one = np.atleast_2d(np.cov(first.T))
    two = np.atleast_2d(np.cov(second.T))
    values, vectors = np.linalg.eigh(one)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    cross = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ two @ root), 0)).sum()
    return float(shift @ shift + np.trace(one) + np.trace(two) - 2 * cross)


def nonlinear_share(inputs: np.ndarray, outputs: np.ndarray) -> float:
    """Share of the variance of the outputs that no affine map of the inputs explains."""
    x = np.column_stack([inputs, np.ones(len(inputs))])
    rest = outputs - x @ np.linalg.lstsq(x, outputs, rcond=None)[0]
    return float(np.sum(rest**2) / np.sum((outputs - outputs.mean(axis=0)) ** 2))
