"""Networks of ReLU and ReQU units that compute a mixture's score to any accuracy (SPEC B1)."""

from .compile import ScoreNetwork, score_network
from .files import read_network, write_network
from .growth import Growth, growth
from .layers import Network, Unit

__all__ = [
    "Growth",
    "Network",
    "ScoreNetwork",
    "Unit",
    "growth",
    "read_network",
    "score_network",
    "write_network",
]
