"""PyTorch, which comes with the extra ``train``."""

from __future__ import annotations

from typing import Any

from ..errors import InputError

__all__ = ["device", "load_torch"]


def load_torch() -> Any:
    """Return the module ``torch``.

    Raises
    ------
    InputError
        If it is not installed.
    """
    try:
        import torch
    except ImportError:
        raise InputError(
            "experiment", "needs PyTorch", "not installed", "install symmerge[train]"
        ) from None
    return torch


def device(size: str) -> str:
    """``'cuda'`` for the size ``paper`` where there is a GPU, else ``'cpu'``.

    Small students train faster on a CPU.
    """
    return "cuda" if size == "paper" and load_torch().cuda.is_available() else "cpu"
