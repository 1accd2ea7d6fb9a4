"""Run all benchmarks and write results.json and BENCHMARKS.md."""

import json
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
    for path, text in (
        (HERE / "results.json", json.dumps(found, indent=1) + "\n"),
        (HERE.parent / "BENCHMARKS.md", page(found)),
    ):
        draft = path.with_name(path.name + ".new")
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)


if __name__ == "__main__":
    main()
