#!/usr/bin/env python3
"""Check the formal proofs and print a JSON summary.

1. No source contains an unfinished proof, an axiom of its own or a switched-off
   kernel check; section variables stay inside sections.
2. Everything compiles, the generated cross-check with Python included.
3. Each main theorem depends on nothing but the axioms of Coq's real numbers.

`gate.py --quick` asks for the axioms of all theorems of a module together (then
the list shown for a theorem may be too long, never too short).

Exit status: 0 all fine, 1 something is wrong, 2 coqc is not installed.
Only the Python standard library is used.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent

# Compilation order.
SOURCES = [
    "Plan",
    "Merge",
    "Scalar",
    "Canonical",
    "OneSided",
    "Vector",
    "Collapse",
    "Cosine",
    "Budget",
    "Converse",
    "CosineEdges",
    "Unique",
    "Schedules",
    "ErrorForm",
    "DynamicProgram",
    "RunningExtremum",
    "Tables",
    "MaxPlan",
    "RootPass",
    "Enumerate",
    "Rational",
]
GENERATED = "Checks"

# Axioms on which the standard library builds the real numbers.
ALLOWED_AXIOMS = {
    "ClassicalDedekindReals.sig_forall_dec",
    "ClassicalDedekindReals.sig_not_dec",
    "FunctionalExtensionality.functional_extensionality_dep",
    "Classical_Prop.classic",
}

# Statements which need no axiom at all.
NO_AXIOMS = {"Plan", "Enumerate", "Checks"}

THEOREMS = {
    "Plan": ["covers_iff_leaves", "coversP_iff_leaves"],
    "Scalar": [
        "exchange_identity",
        "h_minus_id",
        "identity_I3",
        "identity_I4",
        "identity_I5",
        "identity_I6",
    ],
    "Canonical": [
        "vanilla_covers",
        "boot_covers",
        "consistency_covers",
        "segments_covers",
        "vanilla_closed_form",
        "boot_closed_form",
        "consistency_closed_form",
        "segments_value",
    ],
    "OneSided": [
        "spine_identity",
        "spine_identity_relative",
        "boot_best_consistency_worst",
        "vanilla_best",
        "boot_nearest",
        "vanilla_nearest",
    ],
    "Vector": ["boot_best_W2", "vanilla_best_W2"],
    "Collapse": ["collapse", "collapse_W2"],
    "Cosine": [
        "cosine_boot_best",
        "cosine_vanilla_best",
        "cosine_boot_best_W2",
        "cosine_vanilla_best_W2",
        "cosine_below_iff",
        "cosine_above_iff",
        "edges_ordered",
        "edges_T2",
    ],
    "Budget": [
        "budget_inequality_nonneg",
        "budget_inequality_nonpos",
        "budget_below",
        "budget_above",
        "vanilla_nearest_budget",
        "vanilla_best_budget_W2",
        "budget_needs_one_side",
    ],
    "Converse": [
        "boot_not_best",
        "boot_edge",
        "vanilla_not_best",
        "vanilla_edge",
        "vanilla_tie",
        "vanilla_exact_iff",
    ],
    "CosineEdges": ["cosine_boot_edge", "cosine_vanilla_edge"],
    "Unique": ["boot_unique", "vanilla_unique"],
    "Schedules": [
        "threshold_le",
        "threshold_ge",
        "vp_threshold",
        "vp_threshold_above_1",
        "vp_boot_best",
        "flow_below_iff",
        "flow_above_iff",
        "flow_boot_edge",
        "flow_vanilla_best",
        "flow_vanilla_edge",
        "flow_vanilla_tie",
        "exploding_boot_best",
    ],
    "ErrorForm": ["relative_error_exact"],
    "DynamicProgram": [
        "exact_interval",
        "max_program_exact",
        "min_program_exact",
        "min_plan_nearest",
        "max_plan_nearest",
    ],
    "RunningExtremum": [
        "G_nonincreasing",
        "recurrence",
        "running_max_exact",
        "running_min_exact",
    ],
    "Tables": [
        "max_tables_filled",
        "min_tables_filled",
        "max_program",
        "min_program",
    ],
    "MaxPlan": ["largest_plan"],
    "RootPass": ["root_pass_min", "root_pass_max"],
    "Enumerate": ["all_plans_spec"],
    "Rational": ["rational_values", "rational_composite"],
    "Checks": ["check_counts"]
    + [f"check_plans{T}" for T in range(1, 6)]
    + [f"check_canonical{T}" for T in range(2, 6)]
    + [
        f"check_values{T}_{name}"
        for T in range(1, 6)
        for name in ("mixed", "below", "above", "extreme")
    ],
}

FORBIDDEN = re.compile(
    r"\b(Admitted|admit|Axioms?|Parameters?|Conjectures?|give_up|bypass_check"
    r"|Guard\s+Checking|Positivity\s+Checking|Universe\s+Checking|type[-_]in[-_]type"
    r"|Type\s+In\s+Type|Primitive|Declare\s+ML|Add\s+LoadPath|Load"
    r"|exact_no_check|Declare\s+Module|Module\s+Type)\b"
)
SECTION_ONLY = re.compile(r"^\s*(?:Local\s+|Global\s+)?(Variables?|Hypothes[ie]s|Context)\b")


def strip_comments(text):
    """Remove (nested) comments, keeping line breaks."""
    out, depth, i = [], 0, 0
    while i < len(text):
        pair = text[i : i + 2]
        if pair == "(*":
            depth, i = depth + 1, i + 2
        elif pair == "*)" and depth:
            depth, i = depth - 1, i + 2
        else:
            if depth == 0 or text[i] == "\n":
                out.append(text[i])
            i += 1
    return "".join(out)


def source_problems(name, text):
    problems, depth = [], 0
    for number, line in enumerate(strip_comments(text).splitlines(), 1):
        for found in FORBIDDEN.finditer(line):
            problems.append(f"{name}:{number}: {found.group(0)}")
        if re.match(r"\s*Section\s", line):
            depth += 1
        elif re.match(r"\s*End\s", line):
            depth -= 1
        elif depth == 0 and SECTION_ONLY.match(line):
            problems.append(f"{name}:{number}: {line.strip()} outside of a section")
    return problems


def run(command, cwd):
    done = subprocess.run(
        command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return done.returncode, done.stdout


def assumptions_script(quick):
    """Coq script which prints the axioms of each theorem or, when quick, of
    all theorems of a module together."""
    lines = [f"From Symmerge Require {m}." for m in THEOREMS]
    for module, names in THEOREMS.items():
        full = [f"@Symmerge.{module}.{name}" for name in names]
        if quick:
            lines.append(f"Definition all_{module} := ({', '.join(full)}).")
            targets = [("*", f"all_{module}")]
        else:
            targets = list(zip(names, (x[1:] for x in full), strict=False))
        for name, target in targets:
            lines += [
                f'Goal True. idtac "@@ {module} {name}". Abort.',
                f"Print Assumptions {target}.",
            ]
    return "\n".join(lines) + "\n"


def read_assumptions(output):
    """Output of Print Assumptions -> {(module, theorem): set of names}.

    A line which is neither known nor indented counts as a name, so that
    anything unexpected (an unguarded fixpoint, say) is refused later."""
    result, current, answered = {}, None, set()
    for line in output.splitlines():
        if line.startswith("@@ "):
            _, module, name = line.split()
            current = (module, name)
            result[current] = set()
        elif current is None or not line.strip() or line[0].isspace():
            continue
        elif line.startswith("Closed under the global context"):
            answered.add(current)
        elif line.strip() != "Axioms:":
            answered.add(current)
            result[current].add(line.split()[0])
    return {key: names for key, names in result.items() if key in answered}


def check(quick):
    problems = []
    summary = {}
    found = {p.stem for p in HERE.glob("*.v")}
    if found != set(SOURCES):
        problems.append(f"files and SOURCES differ: {sorted(found ^ set(SOURCES))}")
    with tempfile.TemporaryDirectory(prefix="symmerge-proofs-") as folder:
        work = Path(folder)
        for name in SOURCES:
            text = (HERE / f"{name}.v").read_text(encoding="utf-8")
            problems += source_problems(f"{name}.v", text)
            (work / f"{name}.v").write_text(text, encoding="utf-8")
        code, output = run(
            [sys.executable, str(HERE / "generate_checks.py"), str(work / f"{GENERATED}.v")],
            work,
        )
        if code:
            problems.append(f"generate_checks.py failed: {output.strip()}")
        else:
            text = (work / f"{GENERATED}.v").read_text(encoding="utf-8")
            problems += source_problems(f"{GENERATED}.v", text)
        for name in [*SOURCES, GENERATED]:
            if problems:
                break
            code, output = run(["coqc", "-q", "-Q", ".", "Symmerge", f"{name}.v"], work)
            if code:
                problems.append(f"{name}.v does not compile: {output.strip()}")
        seen = {}
        if not problems:
            (work / "Assumptions.v").write_text(assumptions_script(quick), encoding="utf-8")
            code, output = run(["coqc", "-q", "-Q", ".", "Symmerge", "Assumptions.v"], work)
            seen = read_assumptions(output)
            if code:
                problems.append(f"Print Assumptions failed: {output.strip()[-2000:]}")
    for module, names in THEOREMS.items():
        allowed = set() if module in NO_AXIOMS else ALLOWED_AXIOMS
        for name in names:
            axioms = seen.get((module, "*" if quick else name))
            ok = axioms is not None and axioms <= allowed
            summary[f"{module}.{name}"] = {
                "statement_file": ("generate_checks.py" if module == GENERATED else f"{module}.v"),
                "assumptions": None if axioms is None else sorted(axioms),
                "ok": ok,
            }
            if seen and not ok:
                problems.append(f"{module}.{name}: assumptions {axioms}")
    return summary, problems


def main(argv):
    if argv[1:] not in ([], ["--quick"]):
        print("usage: gate.py [--quick]", file=sys.stderr)
        return 1
    if shutil.which("coqc") is None:
        print("coqc not found: not checked here")
        return 2
    summary, problems = check(quick=bool(argv[1:]))
    print(json.dumps(summary, indent=1))
    for problem in problems:
        print(problem, file=sys.stderr)
    return 0 if not problems and all(x["ok"] for x in summary.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv))
