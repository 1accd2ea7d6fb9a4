"""Figures and tables, one script each: ``python -m figures.NAME`` makes it again."""
