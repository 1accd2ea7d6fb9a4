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
# # Plan a distillation for your latents
#
# You have latents in a `.npy` file, a noise schedule, a number of teacher steps and a training
# budget per student. Which steps should be distilled together?
#
# Here the latents are 32 principal coordinates of scikit-learn's bundled digits. Replace the file
# by your own: one sample per row.

# %%
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

import symmerge
from symmerge.draw import segments_text
from symmerge.plot import plot_hybrid_map, plot_spectrum, plot_strategy_bars
from symmerge.schedule import cosine

folder = Path(tempfile.mkdtemp())
latents = PCA(32, random_state=0).fit_transform(load_digits().data)
np.save(folder / "latents.npy", latents)

# %% [markdown]
# Only the covariance matters to the theory. `unit` divides by one factor so that the mean variance
# is 1, as latent diffusion models do; the scale decides much, see below.

# %%
spectrum = symmerge.read_samples(folder / "latents.npy", scale="unit")
result = symmerge.plan_spectrum(spectrum, 3, cosine(32))
print(result)

# %% [markdown]
# On the command line:
#
#     symmerge plan --data latents.npy --scale unit --T 32 --s 3
#
# Coordinates of small variance want BOOT, those of large variance one big merge. All share one
# plan, so the best is a compromise: single steps at the clean end, then a block.

# %%
result.plan

# %%
fig, axes = plt.subplots(1, 2, figsize=(11, 3.8), layout="constrained")
plot_spectrum(result, axes[0])
plot_strategy_bars(result, axes[1])
plt.show()

# %% [markdown]
# How sure is that? The search keeps a lower bound that holds for *every* merge plan:

# %%
print(f"W2^2 = {result.w2_squared:.6g}, no plan below {result.lower_bound:.6g}")
print(f"at most {result.gap:.1e} could be gained: {result.optimality}")

# %% [markdown]
# Every plan "k single steps, one block, m single steps" at a glance:

# %%
plot_hybrid_map(result)
plt.show()

# %% [markdown]
# ## The scale decides
#
# The same latents, multiplied by a factor:

# %%
for factor in (0.5, 1, 2, 4):
    scaled = symmerge.Spectrum(spectrum.variances * factor**2, label=f"latents x {factor}")
    found = symmerge.plan_spectrum(scaled, 3, cosine(32))
    ratios = ", ".join(f"{name} {found.ratios[name]:.3g}" for name in ("vanilla", "boot"))
    print(f"x {factor:<4} {segments_text(found.segments):10} {ratios} times the best")

# %% [markdown]
# ## What this does not say
#
# The numbers are exact for Gaussian data with this covariance and for students trained by gradient
# flow for the same time per merge. A student trained by Adam, or all strategies under one *total*
# budget, rank differently: see `docs/dynamics.md`.
