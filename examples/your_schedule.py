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
# # Your schedule, from a diffusers config
#
# The noise schedule decides where the phase transition lies. symmerge reads the
# `scheduler_config.json` of a Hugging Face diffusers pipeline as data: nothing is imported or run.

# %%
import json
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt

import symmerge
from symmerge.numbers import FLOAT
from symmerge.plot import plot_phase_diagram
from symmerge.schedule import cosine, flow

config = {
    "_class_name": "DDIMScheduler",
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "num_train_timesteps": 1000,
    "set_alpha_to_one": False,
    "steps_offset": 1,
    "clip_sample": False,
}
path = Path(tempfile.mkdtemp()) / "scheduler_config.json"
path.write_text(json.dumps(config))
schedule = symmerge.read_schedule(path, T=16)
print(schedule)

# %% [markdown]
# What cannot be honoured is refused in one line, instead of being ignored:

# %%
path.write_text(json.dumps({**config, "rescale_betas_zero_snr": "yes"}))
try:
    symmerge.read_schedule(path, T=16)
except symmerge.InputError as problem:
    print(problem)

# %% [markdown]
# ## Levels, and the threshold of every step
#
# Step $t$ shrinks a coordinate if its variance is below $\lambda_t^*$, and stretches it otherwise.

# %%
schedules = {"diffusers": schedule, "cosine": cosine(16), "flow matching": flow(16)}
fig, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
for (name, found), marker in zip(schedules.items(), "os^", strict=True):
    levels = found.levels(FLOAT)
    left.plot(levels.alpha, levels.sigma, f"{marker}-", markersize=4, label=name)
    thresholds = symmerge.Teacher(found, 1.0, FLOAT).thresholds[:-1]
    right.semilogy(range(1, 16), thresholds, f"{marker}-", markersize=4, label=name)
left.set(xlabel=r"signal $\alpha_t$", ylabel=r"noise $\sigma_t$")
right.set(xlabel="step $t$ (clean to noisy)", ylabel=r"threshold $\lambda_t^*$")
right.axhline(1, color="0.6", linewidth=0.8)
left.legend(frameon=False)
plt.show()

# %% [markdown]
# BOOT is optimal below the smallest threshold, vanilla above the largest. For variance-preserving
# schedules that window starts just above 1; for flow matching it is wide, from $1/(T-1)$ to $T-1$.

# %%
for name, found in schedules.items():
    edges = symmerge.edges(s=3, schedule=found)
    print(
        f"{name:14} BOOT up to {edges.lam_boot.value:.4f}, vanilla from {edges.lam_van.value:.4f}"
    )

# %%
symmerge.best_plan("1.5", s=3, schedule=schedule)

# %%
plot_phase_diagram(16, schedule=schedule, lam_range=(0.1, 10), points=7)
plt.show()

# %% [markdown]
# Keep the schedule that you used, exactly, with your results:

# %%
kept = path.with_name("schedule.json")
symmerge.write_schedule(schedule, kept)
assert symmerge.read_schedule(kept) == schedule
