"""The C loops of ``loops.c``, compiled on the spot."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

import numpy as np

from symmerge.chain import Chain
from symmerge.numbers import FLOAT
from symmerge.schedule import Schedule

__all__ = ["FLAGS", "NAME", "c_algorithm1", "c_max_plan", "c_strategies", "compiler"]

FLAGS = ("-O3", "-march=native", "-fno-math-errno")
NAME = "C loop, cc -O3"
_Array = np.ctypeslib.ndpointer(float, flags="C_CONTIGUOUS")
_Bytes = np.ctypeslib.ndpointer(np.int8, flags="C_CONTIGUOUS")


def compiler() -> str | None:
    """Path of a C compiler, if there is one."""
    return shutil.which("cc")


@lru_cache(maxsize=1)
def _library() -> ctypes.CDLL:
    source = Path(__file__).with_name("loops.c")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "loops.so"
        command = ["cc", *FLAGS, "-shared", "-fPIC", str(source), "-o", str(out), "-lm"]
        subprocess.run(command, check=True)
        library = ctypes.CDLL(str(out))
    library.strategies.argtypes = [
        ctypes.c_long,
        _Array,
        ctypes.c_long,
        _Array,
        ctypes.c_double,
        _Array,
    ]
    library.strategies.restype = None
    library.algorithm1.argtypes = [ctypes.c_long, _Array, _Array]
    library.algorithm1.restype = ctypes.c_double
    library.max_plan.argtypes = [ctypes.c_long, _Array, _Array, _Array, _Bytes]
    library.max_plan.restype = None
    return library


def c_strategies(lam: np.ndarray, schedule: Schedule, s: float) -> np.ndarray:
    """Errors of vanilla, consistency, BOOT, progressive; shape (n, 4). Variance-preserving only."""
    levels = np.concatenate([np.asarray(column, float) for column in schedule.levels(FLOAT)])
    out = np.empty((len(lam), 4))
    _library().strategies(len(lam), lam, schedule.T, levels, s, out)
    return out


def c_algorithm1(x: np.ndarray, g: np.ndarray) -> float:
    """Error of the plan of Algorithm 1."""
    return float(_library().algorithm1(len(x), x, g))


def c_max_plan(chain: Chain) -> np.ndarray:
    """Actions after steps 1..T-1 in the plan of Theorem 5."""
    after = np.empty(chain.T - 1, np.int8)
    _library().max_plan(chain.T, chain.x, chain.a, chain.h, after)
    return after
