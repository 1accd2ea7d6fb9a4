"""The public names: loaded late, known to type checkers, never in the way of a submodule."""

import ast
import pkgutil
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

import symmerge

ROOT = Path(__file__).parents[1]


def fresh(code):
    """Standard output of a new interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stderr == ""
    return done.stdout.strip()


def test_import_loads_no_library():
    heavy = "{'numpy', 'sympy', 'mpmath', 'flint', 'matplotlib', 'sklearn', 'argparse'}"
    assert fresh(f"import sys, symmerge; print({heavy} & set(sys.modules))") == "set()"


def test_using_a_search_loads_no_plotting_and_no_data_sets():
    code = "import sys, symmerge as sm; sm.best_plan(2, T=4, s=1); sm.edges; sm.plan_spectrum"
    loaded = "{'matplotlib', 'sklearn', 'torch'} & set(sys.modules)"
    assert fresh(f"{code}; print({loaded})") == "set()"


def test_help_loads_no_library():
    code = "import sys; from symmerge.cli import main; status = main(['--help'])"
    loaded = "{'numpy', 'sympy', 'matplotlib'} & set(sys.modules)"
    assert fresh(f"{code}; print(status, {loaded})").splitlines()[-1] == "0 set()"


@pytest.mark.parametrize("name", symmerge.__all__)
def test_every_public_name_is_there_and_documented(name):
    value = getattr(symmerge, name)
    assert name in dir(symmerge)
    if callable(value):
        assert value.__doc__, name
        assert value.__module__.startswith("symmerge.")
        assert getattr(import_module(value.__module__), name) is value


def test_type_checkers_know_the_same_names():
    tree = ast.parse(Path(symmerge.__file__).read_text(encoding="utf-8"))
    typed = {
        (node.module, alias.asname)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level == 1
        for alias in node.names
        if alias.name == alias.asname
    }
    assert typed == {(home, name) for name, home in symmerge._HOME_OF.items()}


def test_no_public_name_hides_a_submodule():
    submodules = {module.name for module in pkgutil.iter_modules(symmerge.__path__)}
    assert not submodules & set(symmerge.__all__)
    assert symmerge.schedule.flow(4).T == 4
    for name in submodules - {"__main__"}:
        assert getattr(symmerge, name) is import_module(f"symmerge.{name}")


def test_unknown_names_fail_as_usual():
    with pytest.raises(AttributeError, match="no attribute 'best_plam'"):
        symmerge.best_plam  # noqa: B018
    with pytest.raises(ImportError):
        exec("from symmerge import best_plam")  # noqa: S102 - the statement is the test
    assert not hasattr(symmerge, "__main")


def test_the_version_has_one_value():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert symmerge.__version__ == project["version"]
