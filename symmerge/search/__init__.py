"""Searches for the best merge plan."""

from .exhaustive import every_plan
from .interval import algorithm1, interval_plan, interval_value
from .result import Rated, ScalarResult
from .scalar import METHODS, best_plan

__all__ = [
    "METHODS",
    "Rated",
    "ScalarResult",
    "algorithm1",
    "best_plan",
    "every_plan",
    "interval_plan",
    "interval_value",
]
