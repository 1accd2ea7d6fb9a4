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
# # Stability-balanced grids
#
# A flow on a mixture of Gaussians is gentle for most of the time and violent near the data, where
# points must decide for a component. If the flow is distilled in $n$ segments, where should they
# end? One answer: spend the same *stability* on each.

# %%
import matplotlib.pyplot as plt
import numpy as np

from symmerge import tex
from symmerge.flow.grid import grid
from symmerge.flow.mixture import Mixture
from symmerge.flow.stability import Stability
from symmerge.flow.summary import flow_profile, summarise

rng = np.random.default_rng(0)
mixture = Mixture(rng.uniform(-0.7, 0.7, (6, 4)), sigma0="1/5", beta=5)
print(mixture)

# %% [markdown]
# The stability coordinate integrates a bound on the velocity's Lipschitz constant. It has a closed
# form:

# %%
tex.formula("stability-coordinate")

# %% [markdown]
# ## Nodes
#
# The inverse is closed too (Lambert's $W$), so nodes are right to the last digits:

# %%
for kind in ("stability", "uniform"):
    print(grid(kind, 8, 1, mixture))

# %% [markdown]
# For components as wide as the noise ($\sigma_0 = \sigma_\infty$) the grid does not depend on the
# mixture at all:

# %%
tex.formula("grid-equal-width")

# %%
for diameter in (1, 41):
    print([round(t, 6) for t in grid("stability", 8, 1, Stability(1, diameter, beta=5)).times])

# %% [markdown]
# ## How much is the bound worth?
#
# The bound holds everywhere, also where no point ever goes. So look at all measures side by side:

# %%
print(summarise(mixture))

# %%
profile = flow_profile(mixture, 1, points=300)
fig, ax = plt.subplots(figsize=(7, 3.8), layout="constrained")
styles = {
    "stability": "-",
    "sup": "--",
    "one-sided": "-.",
    "averaged": ":",
    "measured": (0, (1, 4)),
}
for name, style in styles.items():
    ax.plot(profile.times, profile.coordinates[name], linestyle=style, label=name)
times = grid("stability", 8, 1, mixture).times
ax.plot(times, np.interp(times, profile.times, profile.coordinates["stability"]), "k.")
ax.set_xscale("symlog", linthresh=1e-3)
ax.set(xlabel="time $t$", ylabel="coordinate, from 0 to $t$", xlim=(0, 1), ylim=0)
ax.legend(frameon=False)
plt.show()

# %% [markdown]
# The black dots are the nodes: equal parts of the solid curve. What points really meet (measured)
# is far below every bound. A grid that balances the bound on the average instead:

# %%
print(grid("averaged", 8, 1, mixture))
