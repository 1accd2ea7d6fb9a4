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
# # Derive a merged operator
#
# A diffusion teacher takes $T$ steps; on Gaussian data each one multiplies a coordinate by a number
# $a_t$. Distillation replaces several steps by one student. A *merge plan* says which steps are
# merged, and in what order. Here is one: steps 1 and 2 first, then everything.

# %%
import symmerge
from symmerge import tex
from symmerge.derive import derive

plan = symmerge.MergePlan.parse("[[1|2].3|4]")
plan

# %% [markdown]
# `|` stands before the noisy end, where the student starts; `.` separates what it learns on top.
# Said as a training run:

# %%
print(plan.describe())

# %% [markdown]
# What does the final student compute? The formula comes from the same recursion that computes
# numbers, run on symbols:

# %%
derive(plan)

# %% [markdown]
# The relative error $e = M/C - 1$ against the teacher's composite $C$ is written so that every
# student's contribution is visible. Each term carries the factor $g_t$ of a student that was not
# trained to the end:

# %%
derive(plan, of="error")

# %% [markdown]
# ## Is that right?
#
# Put in exact fractions, and compare with the numeric recursion. Nothing is rounded here.

# %%
from fractions import Fraction

import sympy

steps = [Fraction(9, 10), Fraction(4, 5), Fraction(7, 10), Fraction(1, 2)]
factors = [Fraction(1, k) for k in (2, 3, 4, 5)]
chain = symmerge.chain_of([a - 1 for a in steps], factors)
values = {
    sympy.Symbol(f"{letter}_{t}", positive=True): sympy.Rational(
        number.numerator, number.denominator
    )
    for letter, column in (("a", steps), ("g", factors))
    for t, number in enumerate(column, start=1)
}
formula = derive(plan).expression.subs(values)
recursion = symmerge.operator(plan, chain)
assert formula == sympy.Rational(recursion.numerator, recursion.denominator)
recursion

# %% [markdown]
# ## Which plan is better?
#
# Two plans for three steps: sequential BOOT takes in one step at a time, vanilla merges all at
# once. Subtract their operators and factor:

# %%
gap = derive(symmerge.vanilla(3)).expression - derive(symmerge.boot(3)).expression
sympy.factor(gap)

# %% [markdown]
# With $0 < g_3 < 1$ the gap is positive as soon as both steps are on one side of 1. If both shrink
# ($a_t < 1$), every plan overshoots, so the lower one wins: BOOT. If both stretch, every plan falls
# short, and vanilla wins. That is the phase transition in its smallest case; `phase_transition.py`
# has the rest, and `verify_a_theorem.py` the theorem about all plans.
#
# ## Take it into a paper
#
# For any number of steps, with its symbols defined:

# %%
tex.operator("boot")

# %%
print(tex.error("boot").latex())

# %% [markdown]
# And what to cite with it:

# %%
from symmerge.references import citation

print(citation(tex.operator("boot")))
