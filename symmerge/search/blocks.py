r"""Plans coded by one action per step, and their errors, many at once.

The plans of the theorems and of the band searches have one shape: the spine cuts ``1..T-1`` into
blocks, each block is a row of runs, and a run is grown from its clean end. Step t (1 <= t < T)

* joins the current run as a bare leaf, or *swallows* the run: one merge of the run so far and t;
* after it the run goes on (``GO``), a new run starts (``RESTART``), or the block ends (``CUT``).

So BOOT is ``CUT`` everywhere, vanilla is leaves and no boundary, sequential consistency swallows
everywhere with no boundary. Such a code is evaluated in O(T) by :func:`code_errors`, over a whole
batch of codes at a time.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..chain import Chain
from ..merge import joined, learned
from ..plan import MergePlan

__all__ = ["CUT", "GO", "RESTART", "Code", "boot_code", "code_errors", "code_plan", "vanilla_code"]

GO, RESTART, CUT = 0, 1, 2


class Code(NamedTuple):
    """Actions of steps 1..T-1 along the last axis; leading axes are a batch.

    ``swallow`` is boolean, ``after`` is one of GO, RESTART, CUT (the last step always cuts).
    """

    swallow: np.ndarray
    after: np.ndarray


def boot_code(T: int) -> Code:
    """Sequential BOOT."""
    return Code(np.zeros(T - 1, bool), np.full(T - 1, CUT, np.int8))


def vanilla_code(T: int) -> Code:
    """One merge of all steps."""
    return Code(np.zeros(T - 1, bool), np.zeros(T - 1, np.int8))


def code_errors(code: Code, chain: Chain) -> Any:
    """Relative errors ``M/C - 1`` of a batch of codes; shape: the batch axes.

    ``chain`` is float64 with one variance.
    """
    expm1 = np.expm1
    g_T, h_T = chain.g[-1], chain.h[-1]
    zero = np.zeros(code.swallow.shape[:-1])
    # Steps first, so that each is one contiguous row.
    swallow = np.ascontiguousarray(np.moveaxis(code.swallow, -1, 0))
    boundary = np.ascontiguousarray(np.moveaxis(code.after, -1, 0))
    # Errors and log composites of the run, of the block before it, and of the blocks before that.
    run_e = run_c = block_e = block_c = total = zero
    for t in range(chain.T - 1):
        swallowed = learned(run_e, expm1(-run_c), chain.g[t], chain.h[t])
        run_e = np.where(swallow[t], swallowed, run_e)
        run_c = run_c + chain.composites[t]
        after = boundary[t] if t < chain.T - 2 else np.int8(CUT)
        closes = after != GO
        row_e, row_c = joined(block_e, run_e), block_c + run_c
        cuts = after == CUT
        total = np.where(cuts, joined(total, learned(row_e, expm1(-row_c), g_T, h_T)), total)
        block_e = np.where(cuts, 0.0, np.where(closes, row_e, block_e))
        block_c = np.where(cuts, 0.0, np.where(closes, row_c, block_c))
        run_e, run_c = np.where(closes, 0.0, run_e), np.where(closes, 0.0, run_c)
    return total


def code_plan(code: Code) -> MergePlan:
    """The merge plan of one code."""
    n = code.swallow.shape[-1]
    word: list[int] = []
    blocks: list[int] = []  # children of each root merge, clean to noisy
    trees_in_block = trees_in_run = 0
    for t in range(n):
        word.append(0)
        if code.swallow[t] and trees_in_run:
            word.append(trees_in_run + 1)
            trees_in_run = 1
        else:
            trees_in_run += 1
        after = code.after[t] if t < n - 1 else CUT
        if after != GO:
            trees_in_block, trees_in_run = trees_in_block + trees_in_run, 0
        if after == CUT:
            blocks.append(trees_in_block)
            trees_in_block = 0
    word.append(0)
    return MergePlan((*word, *(children + 1 for children in reversed(blocks))))
