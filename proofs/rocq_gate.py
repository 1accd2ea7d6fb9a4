"""What the formal proofs in ``proofs/rocq/`` back, as steps of the ledger can ask for it.

The gate takes about a minute, so its answer is kept, in memory and in the build folder, under a
hash of everything that it depends on. Without coqc nothing is believed, kept answer or not.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from proofs.rocq import gate
from symmerge.verdict import Proved, Undecided, Verdict

__all__ = ["NOT_HERE", "available", "lemma", "outcome"]

FOLDER = Path(gate.__file__).parent
NOT_HERE = "coqc not found: not checked here"


def available() -> bool:
    """Whether coqc is installed."""
    return shutil.which("coqc") is not None


def lemma(name: str) -> Verdict:
    """Verdict on a formal theorem: ``'exchange_identity'`` or ``'Scalar.exchange_identity'``.

    Raises
    ------
    KeyError
        If the gate knows no such theorem, or several.
    """
    known = [f"{module}.{each}" for module, group in gate.THEOREMS.items() for each in group]
    found = [full for full in known if name in (full, full.partition(".")[2])]
    if len(found) != 1:
        raise KeyError(f"{name} names {len(found)} theorems of proofs/rocq/gate.py")
    if not available():
        return Undecided(NOT_HERE)
    result = outcome()
    entry = result["theorems"][found[0]]
    if entry["ok"]:
        axioms = [axiom.rpartition(".")[2] for axiom in entry["assumptions"]]
        given = f"axioms {', '.join(axioms)}" if axioms else "no axiom"
        where = f"proofs/rocq/{entry['statement_file']}"
        return Proved(f"{found[0]} in {where}, Coq {result['coqc']}, {given}")
    return Undecided(f"{found[0]}: {'; '.join(result['problems']) or 'the gate does not pass it'}")


@cache
def outcome() -> dict[str, Any]:
    """Run the gate once: ``theorems`` (its summary), ``problems`` (a list of text), ``coqc``."""
    shown = subprocess.run(["coqc", "--version"], capture_output=True, text=True, check=True)
    version = shown.stdout.splitlines()[0].rpartition(" ")[2]
    kept = FOLDER / "_build" / f"gate-{_fingerprint(version)}.json"
    if kept.exists():
        return json.loads(kept.read_text(encoding="utf-8"))
    theorems, problems = gate.check(quick=False)
    result = {"theorems": theorems, "problems": problems, "coqc": version}
    if problems:
        return result
    kept.parent.mkdir(exist_ok=True)
    # Renamed into place, so that a reader in another process sees all of it or nothing.
    partial = kept.with_suffix(f".{hashlib.sha256(repr(result).encode()).hexdigest()[:8]}")
    partial.write_text(json.dumps(result), encoding="utf-8")
    partial.replace(kept)
    return result


def _fingerprint(version: str) -> str:
    digest = hashlib.sha256(version.encode())
    for path in sorted([*FOLDER.glob("*.v"), *FOLDER.glob("*.py")]):
        digest.update(f"\0{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]
