# synthgrad: every task of the project, one target each. Bare `make` lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
STAMP := $(VENV)/installed
export PATH := $(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup tex quick reproduce figures paper resume test lint lock clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) tex  ## make .venv with the locked dependencies, and make sure of LaTeX

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "$(PYTHON) is missing or older than 3.11; name another: make $(MAKECMDGOALS) PYTHON=python3.11" >&2; exit 2; }
	@$(PYTHON) -m venv --clear $(VENV) || \
	  { echo "$(PYTHON) cannot make environments; on Debian or Ubuntu: sudo apt-get install -y python3-venv" >&2; exit 2; }
	@echo "Installing the locked dependencies into $(VENV) (less than a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

tex:
	@paper/ensure-tex.sh

quick: setup  ## the whole study, small: from nothing to a PDF in minutes
	@snakemake --configfile config/quick.yaml

reproduce: setup  ## the full study
	@snakemake

figures: setup  ## redraw figures/ from published/, without training
	@snakemake published_figures

paper: setup  ## typeset the report of the full study
	@snakemake paper

resume: setup  ## after a crash: unlock and go on (PRESET=quick for the quick study)
	@snakemake $(if $(filter quick,$(PRESET)),--configfile config/quick.yaml) --unlock --quiet all
	@snakemake $(if $(filter quick,$(PRESET)),--configfile config/quick.yaml)

test: setup lint  ## everything that continuous integration runs
	@python -m pytest

lint: $(STAMP)  ## style of the Python and Snakemake code
	@ruff check . && ruff format --check . && snakefmt --check workflow
	@snakemake --lint

lock:  ## renew requirements.lock and environment.yml from pyproject.toml (needs uv)
	@uv pip compile pyproject.toml --extra test --universal --python-version 3.11 --fork-strategy fewest \
	  --generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links --quiet \
	  --custom-compile-command "make lock" --output-file requirements.lock
	@$(PYTHON) tests/environment.py > environment.yml

clean:  ## remove what runs have made (results/, caches), keep .venv
	@rm -rf results .snakemake .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
