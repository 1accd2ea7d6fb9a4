"""Run the benchmarks and write results.json, growth.json and BENCHMARKS.md.

``python -m benchmarks`` runs all; named groups (startup, search, spectra, flow) replace their own
lines only.
"""

import json
import os
import sys
from importlib import import_module
from pathlib import Path

from .measure import ONE_THREAD
from .page import page

HERE = Path(__file__).parent
GROUPS = ("startup", "search", "spectra", "flow")


def main(asked: list[str]) -> None:
    """Run, report and write."""
    unknown = sorted(set(asked) - set(GROUPS))
    if unknown:
        raise SystemExit(f"no such benchmarks: {', '.join(unknown)}; there are {', '.join(GROUPS)}")
    os.environ.update(ONE_THREAD)  # before NumPy is loaded
    chosen = [group for group in GROUPS if not asked or group in asked]
    results, grown = HERE / "results.json", HERE / "growth.json"
    old = json.loads(results.read_text(encoding="utf-8")) if asked and results.exists() else []
    growth = json.loads(grown.read_text(encoding="utf-8")) if grown.exists() else None
    found = []
    for name in chosen:
        group = import_module(f".{name}", __package__)
        for line in group.lines():
            print(
                f"{line.ratio['median']:8.3g}x  {line.name}  against  {line.baseline}", flush=True
            )
            found.append(line.to_dict())
        if name == "spectra":
            growth = {**(growth or {}), **group.growth()}
            for size in "dT":
                print(f"          time grows like {size}^{growth[size]['exponent']:.2f}")
        if name == "flow":
            growth = {**(growth or {}), "scores": group.memory()}
    from symmerge.json_files import write_json

    again = {(line["name"], line["baseline"]) for line in found}
    kept = [line for line in old if (line["name"], line["baseline"]) not in again]
    write_json(kept + found, results)
    write_json(growth, grown)
    (HERE.parent / "BENCHMARKS.md").write_text(page(kept + found, growth), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
