"""Timings, as ratios against a baseline of the same run: ``python -m benchmarks``.

A ratio is the baseline's time divided by ours, so above 1 we are faster. Times are process times
(user and system) with one thread, baseline and candidate taking turns; each ratio is of neighbours
in time. ``results.json`` holds the figures and ``BENCHMARKS.md`` is generated from it.
"""
