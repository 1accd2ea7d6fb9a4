"""The notebooks in examples/ run: all as scripts, one as a real notebook."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
HEAD = "# ---\n# jupyter:\n"


def test_there_are_examples():
    assert len(EXAMPLES) == 7


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_runs_as_a_script(path, tmp_path):
    """From its own folder, with the ledger of this checkout; warnings are errors."""
    pytest.importorskip("sklearn")
    settings = {"MPLBACKEND": "Agg", "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        # Agg cannot show; everything else that warns is an error.
        [sys.executable, "-W", "error", "-W", "ignore:FigureCanvasAgg", path.name],
        cwd=path.parent,
        env=os.environ | settings,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_reads_as_a_notebook(path):
    """Percent format with metadata and a title; nothing stale from a notebook's output."""
    text = path.read_text(encoding="utf-8")
    assert text.startswith(HEAD)
    first = text.index("# %% [markdown]\n# # ")
    assert text.index("# %%") == first
    assert not re.search(r"^# (In|Out)\[|^%|^!", text, re.M)
    assert max(map(len, text.splitlines())) <= 100


def test_displays_in_a_kernel(tmp_path, monkeypatch):
    """A real kernel shows trees, formulas and pictures."""
    jupytext = pytest.importorskip("jupytext")
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    pytest.importorskip("sklearn")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("MPLBACKEND", raising=False)  # the kernel shows pictures inline
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    shown = set()
    for name in ("derive_an_operator", "balanced_grids"):
        notebook = jupytext.read(ROOT / "examples" / f"{name}.py")
        where = {"metadata": {"path": str(ROOT / "examples")}}
        nbclient.NotebookClient(notebook, timeout=120, resources=where).execute()
        outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
        assert not [output for output in outputs if output.output_type == "error"]
        shown |= {kind for output in outputs for kind in output.get("data", ())}
    assert {"text/html", "text/latex", "text/markdown", "image/png"} <= shown
