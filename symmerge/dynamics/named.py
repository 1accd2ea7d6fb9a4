"""Shrinkage laws by name, from what users write."""

from __future__ import annotations

from typing import Any

from ..errors import require
from ..student import GradientFlow
from .adaptive import AdaGrad, SignDescent
from .averaging import EMA
from .laws import SGD, GradientDescent
from .momentum import HeavyBall, Nesterov
from .training import Adam

__all__ = ["LAWS", "named_law"]

# What each law needs, and what it may have.
_NEEDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "gradient-flow": (("s",), ("kappa",)),
    "gd": (("lr", "steps"), ("kappa",)),
    "sgd": (("lr", "steps", "batch"), ("kappa",)),
    "heavy-ball": (("lr", "steps", "momentum"), ("batch", "kappa")),
    "nesterov": (("lr", "steps", "momentum"), ("batch", "kappa")),
    "sign": (("lr", "steps"), ("distance", "kappa")),
    "adagrad": (("lr", "steps"), ("distance", "kappa")),
    "ema": (("s", "kappa"), ()),
}
LAWS = tuple(_NEEDS)
_MAKERS: dict[str, Any] = {
    "gradient-flow": GradientFlow,
    "gd": GradientDescent,
    "sgd": SGD,
    "heavy-ball": HeavyBall,
    "nesterov": Nesterov,
    "sign": SignDescent,
    "adagrad": AdaGrad,
    "adam": Adam,
    "ema": GradientFlow,
}


def named_law(name: str, *, simulated: bool = False, **options: Any) -> Any:
    """Make the law `name` from its options; None stands for an option that was not given.

    Parameters
    ----------
    name : str
        One of ``LAWS``.
    simulated : bool
        Whether ``adam``, which has no closed form, is allowed too.
    options : numbers or text
        ``s``, ``kappa``, ``lr``, ``steps``, ``batch``, ``momentum``, ``distance``. With ``kappa``
        the weights are averaged on top of any law.

    Raises
    ------
    InputError
        For an unknown name, an option that is missing, or one that would be ignored.

    Examples
    --------
    >>> str(named_law("sgd", lr="0.1", steps=20, batch=8))
    'SGD, lr = 1/10, 20 steps, batch 8'
    >>> named_law("gd", lr="0.1", steps=20, batch=8)
    Traceback (most recent call last):
        ...
    symmerge.errors.InputError: --batch does not go with --law gd (got 8)
    """
    table = dict(_NEEDS)
    if simulated:
        table["adam"] = (("lr", "steps", "batch"), ())
    require(name in table, "--law", f"must be one of {', '.join(table)}", name)
    needs, allows = table[name]
    for option in needs:
        require(
            options.get(option) is not None, f"--{option}", f"is needed with --law {name}", None
        )
    given = {option: value for option, value in options.items() if value is not None}
    for option, value in given.items():
        require(option in needs + allows, f"--{option}", f"does not go with --law {name}", value)
    kappa = given.pop("kappa", None)
    law = _MAKERS[name](**given)
    return law if kappa is None else EMA(law, kappa)
