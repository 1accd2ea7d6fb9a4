"""Run all benchmarks and write results.json and BENCHMARKS.md."""

import os
from pathlib import Path

from .measure import ONE_THREAD
from .page import page

HERE = Path(__file__).parent


def main() -> None:
    """Run, report and write."""
    os.environ.update(ONE_THREAD)  # before NumPy is loaded
    from . import search, startup

    found = []
    for group in (startup, search):
        for line in group.lines():
            print(
                f"{line.ratio['median']:8.3g}x  {line.name}  against  {line.baseline}", flush=True
            )
            found.append(line.to_dict())
    from symmerge.json_files import write_json

    write_json(found, HERE / "results.json")
    (HERE.parent / "BENCHMARKS.md").write_text(page(found), encoding="utf-8")


if __name__ == "__main__":
    main()
