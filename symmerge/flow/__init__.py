"""Flow distillation on Gaussian mixtures (SPEC B and C6).

===================  ===========================================================================
`mixture`, `fit`     mixtures from arrays, JSON files or data
`score`              score, velocity, Jacobians and densities of millions of points
`formulas`           the same as SymPy expressions
`stability`, `hull`  how fast the flow can stretch, in closed form, and when the bound is exact
`averaged`           how fast it stretches on average over points
`summary`, `grid`    all measures side by side; time grids that balance them
`transport`, `line`  the flow map: exact in one dimension, by Runge-Kutta steps in any
`mismatch`           what students of bounded Lipschitz constant must lose
`ddim`, `merging`    DDIM steps of a mixture, and students for several of them
`networks`           ReLU-ReQU networks compiled for a wanted accuracy of the score
===================  ===========================================================================
"""
