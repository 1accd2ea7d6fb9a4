r"""NumPy kernels compiled from the symbolic formulas, and sweeps over many variances.

:func:`kernel` compiles one base formula of :mod:`symmerge.formulas`; :func:`compile_formula` any
expression, for example a closed form from :func:`symmerge.derive.derive`. Compiled functions share
common subexpressions, run in chunks that fit a cache, and broadcast like NumPy functions, also when
the formula is a constant.

Accuracy: for variances from 1e-6 to 1e6 and T up to 512 the results are right to 3e-15 relative,
with two exceptions that belong to the formulas. ``x = a - 1`` vanishes at the threshold: near it
its error stays at 3e-15 of the larger of the two terms that cancel, so relative to ``x`` it grows
like ``1 / |lam - lam*|``. And ``g = exp(-2 s v)`` turns the relative error of v into one larger by
``2 s v``.

The composite C has no compiled formula: the closed form of
:func:`symmerge.teacher.composite_cosine` overflows float64 and changes its form with the variance.
:func:`log_composite` sums ``log a_t``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np
import sympy

from .chain import gradient_flow_chain
from .errors import InputError, require
from .formulas import step_formulas
from .merge import relative_error
from .numbers import FLOAT
from .plan import MergePlan
from .schedule import Schedule
from .student import training_time

__all__ = ["Kernel", "Steps", "compile_formula", "kernel", "log_composite", "steps", "sweep_error"]

_CHUNK = 8000
_MOST_NUMBERS_AT_ONCE = 2**21
_FORMULAS = ("a", "v", "x", "g", "h", "threshold")


@dataclass(frozen=True)
class Kernel:
    """A formula as a function of float64 arrays.

    Attributes
    ----------
    expression : sympy.Expr
    arguments : tuple of Symbol
        In the order in which arrays are passed.

    Examples
    --------
    >>> x, y = sympy.symbols("x y")
    >>> Kernel(sympy.exp(x) - 1, (x, y))(1e-20, np.zeros(2))
    array([1.e-20, 1.e-20])
    """

    expression: sympy.Expr
    arguments: tuple[sympy.Symbol, ...]

    @cached_property
    def _compiled(self) -> Any:
        from sympy.codegen.rewriting import expm1_opt, log1p_opt, optimize

        sharp = optimize(self.expression, (expm1_opt, log1p_opt))
        return sympy.lambdify(self.arguments, sharp, modules="numpy", cse=True)

    def __call__(self, *arrays: Any) -> Any:
        """Evaluate at arrays, broadcast against each other."""
        needed = len(self.arguments)
        require(len(arrays) == needed, "arrays", f"must be {needed} in number", len(arrays))
        names = [symbol.name for symbol in self.arguments]
        values = [_floats(array, name) for array, name in zip(arrays, names, strict=True)]
        out = np.empty(np.broadcast_shapes(*(value.shape for value in values)))
        access: list[list[Any]] = [*([["readonly"]] * needed), ["writeonly"]]
        walk = np.nditer(
            [*values, out],
            flags=["external_loop", "buffered", "zerosize_ok"],
            op_flags=access,
            buffersize=_CHUNK,
        )
        with FLOAT.working(), walk:
            for *chunk, part in walk:
                # Assigning broadcasts a formula that turned out constant.
                part[...] = self._compiled(*chunk)
        return out[()]


def _floats(array: Any, name: str) -> np.ndarray:
    try:
        return np.asarray(array, dtype=float)
    except (TypeError, ValueError):
        raise InputError(name, "must be numbers", array) from None


@lru_cache(maxsize=64)
def compile_formula(expression: sympy.Expr, arguments: tuple[sympy.Symbol, ...]) -> Kernel:
    """Compile an expression; the same one is compiled once.

    Parameters
    ----------
    expression : sympy.Expr
    arguments : tuple of Symbol
        All free symbols of the expression, and any others, in calling order.

    Examples
    --------
    >>> from symmerge.derive import derive
    >>> found = derive("[1.2|3]", of="error", expand=True)
    >>> error = compile_formula(found.expression, (found.lam, sympy.Symbol("s", positive=True)))
    >>> error(0.5, [1.0, 40.0])
    array([1.27816656e-01, 1.70458187e-35])
    """
    missing = expression.free_symbols - set(arguments)
    names = ", ".join(sorted(symbol.name for symbol in missing))
    require(not missing, "arguments", f"must contain {names}", arguments)
    require(len(arguments) > 0, "arguments", "must be at least one", arguments)
    return Kernel(expression, arguments)


@lru_cache(maxsize=16)
def kernel(name: str, variance_preserving: bool = False) -> Kernel:
    r"""Compile a base formula of one step.

    Parameters
    ----------
    name : {'a', 'v', 'x', 'g', 'h', 'threshold'}
        ``a_t``, ``v_t``, ``a_t - 1``, ``g_t``, ``1 - g_t``, ``lam_t*``.
    variance_preserving : bool
        Use the form for variance-preserving schedules, which is sharper in ``x`` and the threshold.

    Returns
    -------
    Kernel
        Its arguments are those of ``lambda, s, alpha_(t-1), alpha_t, sigma_(t-1), sigma_t,
        alpha_drop, sigma_rise`` that the formula contains, in this order.

    Examples
    --------
    >>> a = kernel("a")
    >>> [symbol.name for symbol in a.arguments]
    ['lambda', 'alpha_(t-1)', 'alpha_t', 'sigma_(t-1)', 'sigma_t']
    >>> a([0.5, 2.0], 1, 0.6, 0, 0.8)
    array([0.36585366, 0.88235294])
    """
    require(name in _FORMULAS, "name", f"must be one of {', '.join(_FORMULAS)}", name)
    step = step_formulas(variance_preserving=variance_preserving)
    expression = getattr(step, name)
    known = (step.lam, step.s, *(symbol for column in step.levels for symbol in column))
    used = tuple(symbol for symbol in known if symbol in expression.free_symbols)
    return compile_formula(expression, used)


class Steps(NamedTuple):
    """Steps ``t = 1..T`` at an array of variances; each array has shape ``(T, *lam.shape)``."""

    a: np.ndarray
    v: np.ndarray
    x: np.ndarray
    g: np.ndarray
    h: np.ndarray


def steps(schedule: Schedule, lam: Any, s: Any) -> Steps:
    """Evaluate the compiled base formulas for all steps of a schedule.

    Parameters
    ----------
    schedule : Schedule
    lam : array of variances, any shape
    s : number >= 0
        Training time per merge.

    Examples
    --------
    >>> from symmerge.schedule import cosine
    >>> steps(cosine(4), [0.5, 1.0, 2.0], 3).a.shape
    (4, 3)
    """
    variances = _variances(lam)
    levels = schedule.levels(FLOAT)
    per_step = [
        column.reshape(-1, *[1] * variances.ndim)
        for column in (
            levels.alpha[:-1],
            levels.alpha[1:],
            levels.sigma[:-1],
            levels.sigma[1:],
            levels.alpha_drop,
            levels.sigma_rise,
        )
    ]
    step = step_formulas()
    symbols = (step.lam, step.s, *(symbol for column in step.levels for symbol in column))
    values = dict(zip(symbols, (variances, float(training_time(s)), *per_step), strict=True))
    found = {}
    for name in Steps._fields:
        compiled = kernel(name, schedule.variance_preserving)
        found[name] = compiled(*(values[symbol] for symbol in compiled.arguments))
    return Steps(**found)


def log_composite(schedule: Schedule, lam: Any) -> np.ndarray:
    """``log C`` at an array of variances, of the shape of `lam`."""
    found = steps(schedule, lam, 0)
    with FLOAT.working():
        return np.sum(FLOAT.composite(found.a, found.x), axis=0)


def sweep_error(plan: MergePlan, schedule: Schedule, lam: Any, s: Any) -> np.ndarray:
    """Relative error of a plan at many variances, in chunks.

    Parameters
    ----------
    plan : MergePlan
    schedule : Schedule
    lam : array of positive variances, any shape
    s : number >= 0
        Training time per merge.

    Returns
    -------
    array
        ``e = M/C - 1``, of the shape of `lam`.

    Examples
    --------
    >>> from symmerge.plan import boot
    >>> from symmerge.schedule import cosine
    >>> sweep_error(boot(8), cosine(8), [0.25, 1.0, 4.0], 40)
    array([ 1.68334726e-35,  2.47513904e-36, -8.92311258e-36])
    """
    variances = _variances(lam)
    flat = variances.ravel()
    errors = np.empty_like(flat)
    for chunk in _chunks(len(flat), schedule.T):
        chain = gradient_flow_chain(schedule, flat[chunk], s, FLOAT)
        errors[chunk] = relative_error(plan, chain)
    return errors.reshape(variances.shape)


def _chunks(count: int, T: int) -> Iterator[slice]:
    size = max(1, min(_CHUNK, _MOST_NUMBERS_AT_ONCE // T))
    return (slice(start, start + size) for start in range(0, count, size))


def _variances(lam: Any) -> np.ndarray:
    variances = _floats(lam, "lam")
    fine = bool(np.all(np.isfinite(variances) & (variances > 0)))
    require(fine, "lam", "must hold finite variances > 0", lam)
    return variances
