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
# # Write your own theorem
#
# A theorem of the ledger is a statement plus *steps*: small claims, each with the evidence that was
# really gathered. This notebook states one, proves it, and shows what happens to a false one.

# %%
import sys
from pathlib import Path

sys.path.insert(0, str(Path.cwd() if Path("proofs").is_dir() else Path.cwd().parent))

from proofs.ledger import FalseVariant, Theorem, run
from proofs.tools import h, identity, nonnegative, symbols, vanishes

# %% [markdown]
# ## The claim
#
# A student with shrinkage factor $g$ that aims at $B$ and starts at 1 ends at
# $h(B) = (1-g)B + g$. Train it **twice**, with factors $g$ and $k$: is that better than once?
# Intuition says that the second training starts where the first ended, so the factors multiply.

# %%
B, G, K, X, Y, Z = symbols("b g k x y z")
twice = (1 - K) * B + K * h(G, B)


def steps():
    yield identity("twice with g and k is once with gk", twice, h(G * K, B))
    # Any b in (0, 1] and any factors in [0, 1), as 1/(1+x), y/(1+y), z/(1+z) with x, y, z >= 0.
    free = {B: 1 / (1 + X), G: Y / (1 + Y), K: Z / (1 + Z)}
    once_more = (h(G, B) - twice).subs(free)
    yield nonnegative("so for b <= 1 the second training never moves away", once_more)


theorem = Theorem(
    name="mine_twice",
    title="Training twice",
    statement="Two trainings with factors g and k towards the same target are one with factor g k.",
    latex=r"For all $B, g, k$: \[ (1-k) B + k h_g(B) = h_{gk}(B), \] and if $0 < B \le 1$, "
    r"$0 \le g, k < 1$, then $h_{gk}(B) \le h_g(B)$.",
    source="this notebook",
    standing="P",
    assumptions=(),
    steps=steps,
    proof=r"Expand both sides; what is left of the difference is $g(1-k)(1-B) \ge 0$.",
    variants=(
        FalseVariant(
            "the factors add up instead",
            lambda: vanishes(twice - h(G + K, B)),
        ),
    ),
)
theorem

# %% [markdown]
# ## Check it

# %%
report = run(theorem)
report

# %% [markdown]
# `identity` is exact algebra with free symbols. `nonnegative` multiplies by the positive
# denominators and finds no negative coefficient; here is what it saw:

# %%
for step in report.steps:
    print(step.claim, "--", step.verdict)

# %% [markdown]
# ## It can fail
#
# The false variant must be refused, with a witness that anyone can put in:

# %%
verdict = theorem.variants[0].check()
print(verdict.status, verdict.witness)

# %% [markdown]
# And a claim that has only been *seen* is never called proved. Random trials can refute; they
# cannot promote a statement:

# %%
from dataclasses import replace

from proofs.tools import drawn, seen


def trial(rng):
    b, g, k = (rng.random() for _ in range(3))
    return None if h(g, b) >= (1 - k) * b + k * h(g, b) - 1e-15 else (b, g, k)


hopeful = replace(
    theorem,
    proof="",
    expected="undecided",
    steps=lambda: [seen("a thousand random triples", drawn(1000, 0, trial), required=True)],
)
print(run(hopeful).verdict)

# %% [markdown]
# To join the ledger, the file goes to `proofs/theorems/`; `python -m proofs` then runs it with all
# others, and `CONTRIBUTING.md` has the template.
