# symmerge: everything runs in .venv, from the pinned packages of requirements.lock.
# Needed beforehand: Python 3.11 or newer with its venv module, and make.

PYTHON ?= python3
# Extra arguments for pytest, e.g. make test ARGS="-k plan -x"
ARGS ?=
# Parallel test processes: a number, or auto for one per core.
JOBS ?= auto

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SHOWROOM := $(VENV)/.showroom
TORCH := $(VENV)/.torch

.DEFAULT_GOAL := help
.PHONY: help demo test everything lint theorems bench docs figures tables lock clean

help: ## show this list
	@echo "usage: make TARGET [PYTHON=python3.12] [ARGS=...] [JOBS=...]"
	@awk -F ':.*## ' '/^[a-z.]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' Makefile

demo: $(READY) ## derive, verify, optimise and plot an example; writes demo-report/
	MPLBACKEND=Agg $(BIN)/symmerge demo --out demo-report

test: $(READY) ## run the tests and the examples in the docstrings
	MPLBACKEND=Agg $(BIN)/python -m pytest -n $(JOBS) $(ARGS)

everything: $(SHOWROOM) $(TORCH) ## install what the tests of site, notebooks, explorer and training need

lint: $(READY) ## check style, formatting and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

theorems: $(READY) ## re-check the certificates and the ledger of theorems
	$(BIN)/python proofs/check.py
	$(BIN)/python -m proofs

theorems.pdf: $(READY) ## statements and proofs as a document (needs pdflatex)
	$(BIN)/python -m proofs --latex theorems.tex
	pdflatex -interaction=batchmode -halt-on-error theorems.tex
	pdflatex -interaction=batchmode -halt-on-error theorems.tex

bench: $(READY) ## time the fast paths, as ratios against a baseline of the same run
	MPLBACKEND=Agg $(BIN)/python -m benchmarks

docs: $(SHOWROOM) ## run the examples in README.md and docs/ and build the site docs/_build/html
	MPLBACKEND=Agg $(BIN)/python -m pytest --doctest-glob='*.md' $(ARGS) README.md docs
	MPLBACKEND=Agg $(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html

# The last four are tables and pictures of real data, for docs/spectra.md and docs/trust.md.
figures: $(READY) ## make all figures again; fails if a number in a caption changed
	$(BIN)/python -m figures
	$(BIN)/python -m figures.spectra_table
	$(BIN)/python -m figures.scale_sweep
	$(BIN)/python -m figures.real_students
	$(BIN)/python -m figures.student_samples

tables: $(TORCH) ## make the tables of docs/dynamics.md, experiments.md and trust.md again
	$(BIN)/python -m figures.dynamics_tables
	$(BIN)/python -m figures.experiments_table
	$(BIN)/python -m figures.trust_tables

COMPILE = $(VENV)-lock/bin/uv pip compile pyproject.toml --quiet --upgrade --universal \
	--python-version 3.11 --extra data --extra parallel --extra dev --generate-hashes \
	--no-header --no-emit-index-url --no-emit-find-links

lock: ## pin the newest allowed packages in the two lock files (fetches uv)
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/python -m pip install --disable-pip-version-check --quiet uv
	sed -n '/^#/p' requirements.lock > requirements.lock.new
	$(COMPILE) >> requirements.lock.new
	mv requirements.lock.new requirements.lock
	sed -n '/^#/p' requirements-showroom.lock > requirements.lock.new
	$(COMPILE) --extra docs --extra explore --extra browser -c requirements.lock \
		--no-annotate >> requirements.lock.new
	mv requirements.lock.new requirements-showroom.lock

clean: ## remove build products, caches and demo-report/; .venv stays
	rm -rf build dist *.egg-info demo-report $(VENV)-lock requirements.lock.new theorems.*
	rm -rf .benchmarks .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . \( -path ./$(VENV) -o -path ./.git \) -prune -o \
		-type d -name __pycache__ -prune -exec rm -rf {} +

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "symmerge needs Python 3.11 or newer and '$(PYTHON)' is not: try make PYTHON=python3.11" >&2; \
		exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
		echo "cannot make $(VENV): on Debian and Ubuntu, install the package python3-venv" >&2; \
		exit 1; }
	$(BIN)/python -m pip install --disable-pip-version-check --quiet -r requirements.lock
	$(BIN)/python -m pip install --disable-pip-version-check --quiet \
		--no-deps --no-build-isolation -e .
	@touch $@

$(SHOWROOM): requirements-showroom.lock $(READY)
	$(BIN)/python -m pip install --disable-pip-version-check --quiet -r requirements-showroom.lock
	@touch $@

# Not in a lock: which build of PyTorch is right depends on the machine. This is the version that
# the tests were run with.
$(TORCH): $(READY)
	$(BIN)/python -m pip install --disable-pip-version-check --quiet torch==2.13.0
	@touch $@
