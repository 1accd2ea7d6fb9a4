"""A report on one recommendation: a single HTML file that needs no network and no script.

It says what to do, how good that is and how sure, shows the pictures behind it, and lists every
assumption together with the command that makes it again.
"""

from .demo import Demo, run_demo
from .page import write_report
from .words import certainty, comparison, recipe, recommendation, threshold

__all__ = [
    "Demo",
    "certainty",
    "comparison",
    "recipe",
    "recommendation",
    "run_demo",
    "threshold",
    "write_report",
]
