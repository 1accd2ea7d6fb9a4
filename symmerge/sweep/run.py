"""Running a sweep: chunk by chunk, on as many workers as there are, and on again after a stop."""

from __future__ import annotations

import signal
import threading
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..errors import InputError
from ..schedule import whole
from .check import Sample
from .chunks import Chunk, Task, chunks, compute, keep_memory, record, task
from .result import SweepResult
from .spec import SweepSpec
from .store import Store
from .truth import Asked, Truth, truths

__all__ = ["Part", "computed_by", "run_sweep"]

_ROUND = 4  # chunks per worker between two writes


def run_sweep(
    spec: SweepSpec | str | Path,
    out: str | Path,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> SweepResult:
    """Run a sweep, or go on with one that was stopped.

    Parameters
    ----------
    spec : SweepSpec, path of its JSON file, or name of a shipped one
    out : path of a folder
        New, empty, or with the beginning of this sweep. Finished chunks are kept there, each
        written whole; afterwards it holds ``sweep.nc`` (or ``sweep.npz``) too.
    workers : int, optional
        Processes; more than one needs joblib. By default what a surrounding
        ``joblib.parallel_config(backend="dask")`` (or ``"ray"``) says, else one. The result has
        the same bits on any number of workers.
    progress : function (points done, points in all), optional

    Returns
    -------
    SweepResult
        ``.dataset`` is an xarray Dataset with dims lam, s, T, plan.

    Raises
    ------
    InputError
        If `out` holds something else, or the spot check fails.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     found = run_sweep(SweepSpec("0.5,1.05,3", s=3, T=64), folder)
    >>> found.labels("regime").ravel().tolist()
    ['boot', 'band', 'vanilla']
    """
    spec = spec if isinstance(spec, SweepSpec) else SweepSpec.read(spec)
    count = None if workers is None else whole(workers, "workers", 1, 4096)
    store = Store.open(out, spec)
    boxes = chunks(spec)
    states = [store.state(number) for number in range(len(boxes))]
    missing = [number for number, state in enumerate(states) if state != "good"]
    total = sum(box.points for box in boxes)
    done = total - sum(boxes[number].points for number in missing)
    show = progress or (lambda done, total: None)
    show(done, total)
    table = np.empty(spec.shape[:3], record(len(spec.plan_names)))
    sample = Sample(spec, int.from_bytes(store.identity[:8], "big"))
    parts = [Part(task(spec, boxes[number]), sample.asked(boxes[number])) for number in missing]
    # Each chunk is written and compared while the workers compute the next ones.
    with _closed(computed_by(parts, count)) as results:
        for number, part, (rows, found) in zip(missing, parts, results, strict=True):
            store.write(number, rows)
            _enter(rows, boxes[number], table)
            sample.compare(table, part.asked, found)
            done += boxes[number].points
            show(done, total)
    for number, box in enumerate(boxes):
        if states[number] == "good":
            _enter(store.read(number, box, len(spec.plan_names)), box, table)
            sample.check(table, box)
    check = sample.outcome()
    files = SweepResult(spec, table, check).write(store.folder)
    bad = states.count("bad")
    return SweepResult(spec, table, check, files, computed=len(missing), repaired=bad)


def _enter(rows: np.ndarray, box: Chunk, table: np.ndarray) -> None:
    """Put the rows of a chunk where they belong."""
    shape = box.s.stop - box.s.start, box.lam.stop - box.lam.start
    # Records are copied field by field, twenty times slower than their bytes.
    as_bytes = np.dtype((np.void, rows.itemsize))
    table.view(as_bytes)[box.lam, box.s, box.schedule] = rows.view(as_bytes).reshape(shape).T


class Part(NamedTuple):
    """A chunk to be computed, and points of it whose true errors are wanted too."""

    work: Task
    asked: Sequence[Asked] = ()


Computed = tuple[np.ndarray, list[Truth]]


def work_on(part: Part) -> Computed:
    """What a worker makes of a part."""
    return compute(part.work), truths(part.work, part.asked)


def computed_by(parts: list[Part], workers: int | None) -> Generator[Computed]:
    """Rows of the parts in order, and what is true at points of theirs.

    Backends that hand results out only all together (Ray's) get the parts in rounds.
    """
    keep_memory()
    try:
        import joblib
    except ImportError:
        if workers not in (None, 1):
            raise InputError(
                "workers", "must be 1 without joblib", workers, "install symmerge[parallel]"
            ) from None
        yield from map(work_on, parts)
        return
    with ExitStack() as stack:
        available = joblib.effective_n_jobs(workers)
        if available == 1:
            yield from map(work_on, parts)
            return
        try:
            # One chunk at a time, as batches leave a worker idle at the end. No more ahead than
            # joblib's two per worker: what waits outside loky's queue makes a stop noisy.
            parallel: Any = joblib.Parallel(workers, return_as="generator", batch_size=1)
        except ValueError:
            parallel = stack.enter_context(joblib.Parallel(n_jobs=workers))
        else:
            with _unreached_by_interrupts():
                results = parallel(joblib.delayed(work_on)(part) for part in parts)
            yield from results
            return
        size = _ROUND * available
        for start in range(0, len(parts), size):
            yield from parallel(
                joblib.delayed(work_on)(part) for part in parts[start : start + size]
            )


@contextmanager
def _closed(results: Generator[Computed]) -> Iterator[Iterator[Computed]]:
    """End the workers at once if the sweep stops; joblib would warn of what they leave."""
    try:
        yield results
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            results.close()


@contextmanager
def _unreached_by_interrupts() -> Iterator[None]:
    """Processes started here ignore the terminal's Ctrl-C; :func:`_closed` ends them.

    Otherwise each would print where it was. They inherit that a signal is ignored, and keep it. An
    interrupt in these milliseconds is lost.
    """
    before = signal.getsignal(signal.SIGINT)
    if before is None or threading.current_thread() is not threading.main_thread():
        yield  # Only the main thread may say what becomes of signals, and restore what Python set.
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
