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

__all__ = [
    "CUT",
    "GO",
    "RESTART",
    "Code",
    "boot_code",
    "code_errors",
    "code_plan",
    "mixture",
    "row",
    "segmentation_code",
    "single_flips",
]

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


def segmentation_code(lengths: list[int]) -> Code:
    """Blocks of bare steps of the given lengths, clean to noisy."""
    after = np.zeros(sum(lengths), np.int8)
    after[np.cumsum(lengths) - 1] = CUT
    return Code(np.zeros(len(after), bool), after)


def row(code: Code, index: int) -> Code:
    """One code of a batch."""
    return Code(code.swallow[index], code.after[index])


def mixture(low: Code, high: Code, use_high: np.ndarray) -> Code:
    """Codes that take each step's action from `high` where `use_high`, else from `low`."""
    return Code(
        np.where(use_high, high.swallow, low.swallow), np.where(use_high, high.after, low.after)
    )


def single_flips(code: Code, steps: np.ndarray) -> Code:
    """Codes that differ from `code` at one step; row ``6 r + action`` changes ``steps[r]``."""
    actions = [(s, b) for s in (False, True) for b in (GO, RESTART, CUT)]
    swallow = np.repeat(code.swallow[None], 6 * len(steps), axis=0)
    after = np.repeat(code.after[None], 6 * len(steps), axis=0)
    for action, (s, b) in enumerate(actions):
        rows = np.arange(len(steps)) * 6 + action
        swallow[rows, steps], after[rows, steps] = s, b
    return Code(swallow, after)


def code_errors(code: Code, chain: Chain) -> Any:
    """Relative errors ``M/C - 1`` of a batch of codes.

    ``chain`` is float64, with one variance (shape: the batch axes) or d of them (a last axis more).
    """
    expm1 = np.expm1
    g_T, h_T = chain.g[-1], chain.h[-1]
    spread = (1,) * (chain.x.ndim - 1)
    zero = np.zeros(code.swallow.shape[:-1] + spread)
    # Steps first, so that each is one contiguous row.
    swallow, boundary = (
        np.ascontiguousarray(np.moveaxis(part, -1, 0)).reshape(part.shape[-1], *zero.shape)
        for part in code
    )
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
