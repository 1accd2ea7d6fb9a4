# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Verify a theorem and read its certificate
#
# The repository holds a ledger of theorems: each is a file with a statement, a written proof and
# small steps that are checked when it runs. It is not installed with the package, so this notebook
# looks for it in the repository.

# %%
import json
import sys
from pathlib import Path

root = Path.cwd() if Path("proofs").is_dir() else Path.cwd().parent
sys.path.insert(0, str(root))

from proofs import check
from proofs.ledger import run
from proofs.theorems import load, names

print(f"{len(names())} theorems")
theorem = load("a5_boot_optimal")
theorem

# %% [markdown]
# Run it. Every step says what kind of evidence it is; the theorem's own level is computed from
# theirs, never claimed.

# %%
report = run(theorem)
for step in report.steps:
    print(f"{step.verdict.status:9} {step.level:16} {step.claim}")
print("\n", report.verdict.status, "at level:", report.level)

# %% [markdown]
# A check that cannot fail checks nothing. So every theorem carries false variants, which the same
# machinery must refuse:

# %%
for variant in theorem.variants:
    verdict = variant.check()
    print(f"{variant.claim}: {verdict.status}")
    print("   witness:", getattr(verdict, "witness", "-"))

# %% [markdown]
# ## A certificate
#
# For given $T$ the inequality "every plan lies above BOOT" becomes a statement about polynomials:
# put $a_t = 1/(1+x_t)$ and $g_t = z_t/(1+z_t)$, multiply by the denominators, and look at the
# coefficients. If none is negative, the difference is not negative for any $x, z \ge 0$.

# %%
path = root / "proofs" / "certificates" / "orthant_below_T3.json"
certificate = json.loads(path.read_text())
for record in certificate["records"][:4]:
    print(record["larger"], "-", record["smaller"])
    print(f"   {record['terms']} terms, least coefficient {record['least']}")
    print("  ", record["polynomial"])

# %% [markdown]
# Rows are `[coefficient, exponents of x_1.., z_2..]`. The checker recomputes all of it with
# Python's integers alone and imports nothing of symmerge:

# %%
print(check.check_file(path))

# %% [markdown]
# And it notices when someone improves a number, even with the seal made anew:

# %%
certificate["records"][0]["least"] += 1
certificate["sha256"] = check.digest(certificate)
try:
    check.check(certificate)
except check.Rejected as problem:
    print("rejected:", problem)

# %% [markdown]
# From the shell: `python -m proofs a5_boot_optimal` tells this theorem in full,
# `python proofs/check.py` checks all certificates.
