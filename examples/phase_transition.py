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
# # The phase transition
#
# Which strategy is best depends on the variance $\lambda$ of the data. For small variances it is
# sequential BOOT, for large ones vanilla (one merge of everything), and the switch is sharp. This
# notebook reproduces it and looks inside the window between the two.

# %%
import matplotlib.pyplot as plt
import numpy as np

import symmerge
from symmerge.plot import COLOURS, LABELS, plot_phase_diagram
from symmerge.schedule import cosine

T, s = 64, "6.4"  # steps of the teacher; training time of every student
edges = symmerge.edges(T, s)
edges

# %% [markdown]
# All digits are certified by ball arithmetic. The outer two edges have closed forms and do not
# depend on the training time at all.
#
# ## Errors against the variance
#
# One vectorised call per strategy:

# %%
lam = np.geomspace(0.1, 10, 400)
chain = symmerge.gradient_flow_chain(cosine(T), lam, s)
fig, ax = plt.subplots(figsize=(7, 3.8), layout="constrained")
ax.axvspan(edges.lam_boot.value, edges.lam_van.value, color="0.92")
for name, plan in symmerge.canonical_plans(T).items():
    ax.loglog(
        lam, abs(symmerge.relative_error(plan, chain)), color=COLOURS[name], label=LABELS[name]
    )
ax.set(xlabel="data variance $\\lambda$", ylabel="$|M/C - 1|$", title=f"T = {T}, s = {s}")
ax.legend(frameon=False, ncols=2)
plt.show()

# %% [markdown]
# Left of the grey window BOOT is the best of **all** plans, right of it vanilla: theorems, not
# observations. The dips are where an error changes its sign.
#
# ## The optimal plan through the transition
#
# With fewer steps the trees can be seen whole.

# %%
symmerge.edges(8, 3)

# %%
symmerge.best_plan("1.2", T=8, s=3)

# %%
symmerge.best_plan("1.25", T=8, s=3)

# %%
symmerge.best_plan("1.5", T=8, s=3)

# %% [markdown]
# Between $\lambda_{\mathrm{lo}}$ and $\lambda_{\mathrm{hi}}$ some plans overshoot and others fall
# short, so errors can almost cancel. The best plan there is knife-edge in $\lambda$; read it as a
# property of the exact scalar model, not as advice:

# %%
inside = symmerge.best_plan("1.3", T=8, s=3)
print(f"{inside.regime}: e = {inside.error:.1e}, {inside.optimality.status} by {inside.method}")

# %% [markdown]
# ## The phase diagram

# %%
plot_phase_diagram(16, lam_range=(0.1, 10), points=9)
plt.show()
