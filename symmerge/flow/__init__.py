"""Flow distillation on Gaussian mixtures: stability, time grids, transport, mismatch (SPEC B)."""
