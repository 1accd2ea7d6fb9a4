"""Run the benchmarks; write results.json, growth.json, BENCHMARKS.md and its picture.

``python -m benchmarks`` runs all; named groups (startup, search, sweeps, symbolic, spectra, flow)
replace their own lines only; ``page`` runs none and writes the page and the picture again.
"""

import json
import os
import sys
from importlib import import_module
from pathlib import Path

from .measure import ONE_THREAD
from .page import page

HERE = Path(__file__).parent
GROUPS = ("startup", "search", "sweeps", "symbolic", "spectra", "flow")
_MEMORY = {"sweeps": "sweeps", "flow": "scores"}  # group, and where its peak memory is kept


def main(asked: list[str]) -> None:
    """Run, report and write."""
    known = (*GROUPS, "page")
    unknown = sorted(set(asked) - set(known))
    if unknown:
        raise SystemExit(f"no such benchmarks: {', '.join(unknown)}; there are {', '.join(known)}")
    os.environ.update(ONE_THREAD)  # before NumPy is loaded
    chosen = [group for group in GROUPS if not asked or group in asked]
    results, grown = HERE / "results.json", HERE / "growth.json"
    kept = json.loads(results.read_text(encoding="utf-8")) if results.exists() else []
    growth = json.loads(grown.read_text(encoding="utf-8")) if grown.exists() else {}
    fits = {} if not asked else growth.get("fits", {})
    for name in chosen:
        group, found = import_module(f".{name}", __package__), []
        for line in group.lines():
            print(
                f"{line.ratio['median']:8.3g}x  {line.name}  against  {line.baseline}", flush=True
            )
            found.append({"group": name, **line.to_dict()})
        kept = [line for line in kept if line.get("group") != name] + found
        if hasattr(group, "fits"):
            fits[name] = []
            for fit in group.fits():
                print(f"          {fit.name}: like {fit.size}^{fit.exponent:.2f}", flush=True)
                fits[name].append(fit.to_dict())
        if name == "spectra":
            growth.update(group.growth())
        if name in _MEMORY:
            growth[_MEMORY[name]] = group.memory()
    growth["fits"] = fits
    kept = sorted(
        (line for line in kept if line.get("group") in GROUPS),
        key=lambda line: GROUPS.index(line["group"]),
    )
    from symmerge.json_files import write_json

    from .picture import draw

    if chosen:
        write_json(kept, results)
        write_json(growth, grown)
    (HERE.parent / "BENCHMARKS.md").write_text(page(kept, growth), encoding="utf-8")
    draw(kept, HERE / "benchmarks.png")


if __name__ == "__main__":
    main(sys.argv[1:])
