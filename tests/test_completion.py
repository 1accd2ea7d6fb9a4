"""Shells complete commands, options and file names by the script they are given."""

import json
import re
import shutil
import subprocess
import sys

import pytest

from symmerge.cli import main
from symmerge.cli.parser import build_parser


@pytest.fixture
def script(capsys):
    pytest.importorskip("shtab", reason="completion needs symmerge[completion]")

    def script(shell):
        assert main(["completion", shell]) == 0
        captured = capsys.readouterr()
        assert captured.err == ""
        return captured.out

    return script


@pytest.fixture
def complete(script, tmp_path):
    """What bash offers for the last word of a line."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("there is no bash")
    source = tmp_path / "completion.bash"
    source.write_text(script("bash"), encoding="utf-8")
    work = tmp_path / "work"
    work.mkdir()
    (work / "variances.csv").touch()
    (work / "folder").mkdir()
    # As readline does it: find the function that `complete` registered, and call it.
    ask = """
        source "$1"; shift
        registered=$(complete -p symmerge) || exit 3
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        $(sed -E 's/.* -F ([^ ]+) .*/\\1/' <<< "$registered") symmerge "${COMP_WORDS[-1]}"
        printf '%s\\n' "${COMPREPLY[@]}"
    """

    def complete(*words):
        done = subprocess.run(
            [bash, "--norc", "-c", ask, "bash", str(source), "symmerge", *words],
            cwd=work,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.split()

    return complete


def subcommands():
    return next(a for a in build_parser()._actions if a.dest == "command").choices


def test_bash_completes_every_command(complete):
    assert set(complete("")) == set(subcommands())
    assert complete("ev") == ["evaluate"]
    assert complete("nothing") == []


@pytest.mark.parametrize("command", subcommands())
def test_bash_completes_every_option(complete, command):
    flags = {flag for a in subcommands()[command]._actions for flag in a.option_strings}
    assert set(complete(command, "-")) == flags


def test_bash_completes_options_after_values(complete):
    assert complete("plan", "--lam", "2", "--spec") == ["--spectrum"]
    assert complete("plan", "--lam", "2", "--sch") == ["--schedule"]


def test_bash_completes_files_and_folders(complete):
    assert complete("plan", "--spectrum", "var") == ["variances.csv"]
    assert complete("demo", "--out", "") == ["folder"]
    assert complete("plan", "--lam", "var") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_scripts_name_every_command(script, shell):
    text = script(shell)
    assert set(subcommands()) <= set(re.findall(r"[\w-]+", text))


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_the_shell_reads_its_script(script, shell, tmp_path):
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"there is no {shell}")
    path = tmp_path / "script"
    path.write_text(script(shell), encoding="utf-8")
    done = subprocess.run([program, "-n", str(path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_answer_in_json(script, capsys):
    text = script("bash")
    assert main(["completion", "bash", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == {"shell": "bash", "script": text.removesuffix("\n")}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (["completion", "fish"], "symmerge: SHELL must be one of bash, zsh, tcsh (got fish)\n"),
        (["completion"], None),
        (["completion", "bash", "zsh"], None),
    ],
)
def test_bad_input_is_one_line(line, message, capsys):
    assert main(line) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert message is None or captured.err == message


def test_without_shtab_the_extra_is_named(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "shtab", None)
    monkeypatch.setattr("symmerge.cli.completion.find_spec", lambda _: None)
    assert main(["completion", "bash"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert "symmerge[completion]" in captured.err
