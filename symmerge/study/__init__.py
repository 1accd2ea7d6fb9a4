"""Does the linear theory predict real networks? A study, and calibration from pilot runs."""

from .calibrate import Calibration, Pilot, calibrate, read_pilot
from .config import Setting, settings
from .run import StudyResult, read_study, run_study

__all__ = [
    "Calibration",
    "Pilot",
    "Setting",
    "StudyResult",
    "calibrate",
    "read_pilot",
    "read_study",
    "run_study",
    "settings",
]
