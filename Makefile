# synthgrad: every task of the project, one target each. Bare `make` lists them.

PYTHON := python3
PRESET := full
ROUNDS := 10
MINUTES := 2
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
STAMP := $(VENV)/installed
# WHEELHOUSE=folder: packages come from a folder that `make wheelhouse` has filled, not from a registry.
PIP = $(@D)/bin/python -m pip install -qq --disable-pip-version-check --no-user \
  $(if $(WHEELHOUSE),--no-index --find-links "$(WHEELHOUSE)")
# The extra `bench`, the rivals of the benchmark, stays out of the environment of the study.
BENCH_VENV := .venv-benchmark
BENCH := torch==2.13.0 jax==0.10.2
# The extra `parallel`, which is not in the lock.
PARALLEL := mpi4py==4.1.2 mpich==5.0.2 simpy==4.1.2
# The extra `explore`, in .venv too: it is small, and no job of the study imports it.
EXPLORE := altair==6.3.0 vl-convert-python==1.9.0.post1
# The extra `coverage`, which a training job would load at each start, through Numba.
COVERAGE := coverage==7.17.4
# The extra `slurm`, in an environment of its own: it slows every start of Snakemake down.
SLURM_VENV := .venv-slurm
SLURM := snakemake-executor-plugin-slurm==2.8.0
# The extra `docs`, the pages as a site, in an environment of its own.
DOCS_VENV := .venv-docs
DOCS := mkdocs-material==9.8.2 mkdocstrings[python]==1.0.8
PAGES := results/pages
# What a release is described and validated with (not in the lock).
RELEASE_VENV := .venv-release
RELEASE := rocrate==0.16.0 roc-validator==0.13.0 cffconvert==2.0.0
# The oldest systems whose wheels are taken, and what builds the few packages that have none.
MANYLINUX := 2_17 2_27 2_28
BUILDERS := setuptools==84.2.1 wheel==0.48.0
# The tests with other versions: the newest Python here that the dependencies support, and the
# lowest versions in pyproject.toml, which uv (from PyPI, at the version here) works out.
NEWEST = $(firstword $(foreach minor,14 13 12,$(shell python3.$(minor) -c 'import sys; print(sys.executable)' 2> /dev/null)))
NEWEST_VENV := .venv-newest
LOWEST_VENV := .venv-lowest
UV := uv==0.13.9
QUICK_TESTS = -m "not slow" tests/unit tests/golden tests/oracle tests/properties
# What `make coverage` runs, if not all of them (COVERED=tests/unit/core).
COVERED = $(QUICK_TESTS)

# What comes with the user's environment is left out, but for where pip gets packages from; what files say
# of where it puts them, .venv/pip.conf unsays.
PIP_SOURCES := PIP_CONFIG_FILE PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_FIND_LINKS PIP_NO_INDEX PIP_CACHE_DIR \
  PIP_NO_CACHE_DIR PIP_PROXY PIP_CERT PIP_CLIENT_CERT PIP_TRUSTED_HOST PIP_TIMEOUT PIP_DEFAULT_TIMEOUT PIP_RETRIES
unexport CDPATH BASH_ENV $(filter-out $(PIP_SOURCES),$(filter GIT_% PIP_% PYTHON%,$(.VARIABLES)))
export PATH := $(BIN):$(value PATH)
# The package here, even where the environment was made for another clone and copied.
export PYTHONPATH := $(CURDIR)/src
export PYTHONUTF8 := 1
# In another locale Python does not start in a folder whose name is not in ASCII.
export LC_ALL := C.UTF-8

ifneq (,$(WHEELHOUSE))
  ifneq (yes,$(shell test -d "$(WHEELHOUSE)" && echo yes))
    $(error WHEELHOUSE is $(WHEELHOUSE), which is not a folder; `make wheelhouse` fills one of that name here)
  endif
endif

ifneq (,$(strip $(foreach character,: { },$(findstring $(character),$(CURDIR)))))
  $(error The name of this folder has a colon, which Python environments cannot have, or a brace, which is a \
    wildcard in Snakemake; rename or move it)
endif

# The quick study is config.yaml with quick.yaml on top.
CONFIG = $(if $(filter-out full,$(PRESET)),--configfile config/$(PRESET).yaml)

# Where the paper of a preset is.
PAPER = $(if $(CONFIG),results/$(PRESET),paper)

# Step sizes are searched for, or taken from published/searches.
TUNING := own
SEARCHES = $(if $(filter-out own,$(TUNING)),--config searches=$(TUNING))

.DEFAULT_GOAL := help
.PHONY: help setup tex quick searches reproduce figures paper report explore docs publish verify spotcheck resume benchmark decoupling portability test test-long coverage versions drill lint lock wheelhouse release arxiv clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: tex $(STAMP)  ## make .venv with the locked dependencies, and make sure of LaTeX (TEX=no: go on without)

$(STAMP): $(VENV)/locked pyproject.toml
	@$(PIP) --no-deps --no-build-isolation --editable .
	@echo "Compiling the kernels for this CPU (ten seconds) ..."
	@$(@D)/bin/python -c 'from synthgrad.core.kernels.engine.library import load; load()'
	@touch $@

$(BENCH_VENV)/installed: $(BENCH_VENV)/locked pyproject.toml Makefile
	@echo "Installing $(BENCH) into $(@D) (a minute) ..."
	@$(PIP) $(BENCH)
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(SLURM_VENV)/installed: $(SLURM_VENV)/locked pyproject.toml Makefile
	@$(PIP) $(SLURM)
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(DOCS_VENV)/installed: Makefile
	@$(PYTHON) -m venv --clear $(@D)
	@echo "Installing $(DOCS) into $(@D) (less than a minute) ..."
	@$(PIP) $(DOCS)
	@touch $@

$(RELEASE_VENV)/installed: Makefile
	@$(PYTHON) -m venv --clear $(@D)
	@$(PIP) $(RELEASE)
	@touch $@

$(NEWEST_VENV)/installed: PYTHON = $(NEWEST)
$(NEWEST_VENV)/installed: $(NEWEST_VENV)/locked pyproject.toml
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(LOWEST_VENV)/installed: pyproject.toml Makefile
	@$(PYTHON) -m venv --clear $(@D)
	@echo "Installing the lowest versions of pyproject.toml into $(@D) (less than a minute) ..."
	@$(PIP) $(UV)
	@$(@D)/bin/uv pip install --quiet --python $(@D)/bin/python --resolution lowest-direct --editable '.[digits,test]'
	@touch $@

$(VENV)/parallel: $(STAMP) Makefile
	@echo "Installing $(PARALLEL) into $(@D) (seconds) ..."
	@$(PIP) $(PARALLEL)
	@touch $@

$(VENV)/explore: $(STAMP) Makefile
	@echo "Installing $(EXPLORE) into $(@D) (seconds) ..."
	@$(PIP) $(EXPLORE)
	@touch $@

$(VENV)/coverage: $(STAMP) Makefile
	@$(PIP) $(COVERAGE)
	@touch $@

$(VENV)/locked $(BENCH_VENV)/locked $(SLURM_VENV)/locked $(NEWEST_VENV)/locked: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null || \
	  { echo "$(PYTHON) is missing or older than 3.11; name another: make $(MAKECMDGOALS) PYTHON=python3.11" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || \
	  { echo "$(PYTHON) cannot make environments; on Debian or Ubuntu: sudo apt-get install -y python3-venv" >&2; exit 2; }
	@said=$$({ $(PYTHON) -m venv --clear --without-pip $(@D) && $(@D)/bin/python -m ensurepip --default-pip; } 2>&1) || \
	  { echo "$(@D) cannot be made: $$(echo "$$said" | grep -i -m 1 error:)" >&2; exit 2; }
	@printf '[%s]\nuser =\ntarget =\nprefix =\nroot =\nconstraint =\n' global install > $(@D)/pip.conf
	@echo "Installing the locked dependencies into $(@D) (less than a minute) ..."
	@$(PIP) --require-hashes --requirement requirements.lock
	@touch $@

tex:
	@$(if $(filter no,$(TEX)),,paper/ensure-tex.sh)

quick: setup  ## a small part of the study: from nothing to a PDF in minutes
	@python -m snakemake --configfile config/quick.yaml

searches: setup  ## search for the step sizes of the full study, and publish them: half of its time
	@python -m snakemake --force publish_searches

reproduce: setup  ## the full study (TUNING=published: with the published step sizes, in half the time)
	@$(MAKE) --no-print-directory $(VENV)/parallel || echo "Going on without it: the experiment decoupling is left out" >&2
	@python -m snakemake $(SEARCHES)

figures: setup  ## redraw figures/ from published/, without training
	@python -m snakemake published_figures
	@echo "Done: figures/"

paper: setup  ## typeset paper/synthgrad.pdf from published/, without training (PRESET=quick: the report of the quick study)
	@python -m snakemake $(if $(CONFIG),paper $(CONFIG),published_paper)
	@echo "Done: $(PAPER)/synthgrad.pdf"

report: setup  ## results/report.html, the full study to browse (PRESET=quick: the quick one)
	@python -m snakemake $(CONFIG)
	@python -m snakemake --report results/report.html $(CONFIG)

explore: $(VENV)/explore  ## results/explore.html, a page of the published results to explore, and beside the paper (PRESET=quick: of your quick run)
	@python -m synthgrad explore $(if $(CONFIG),--folder results/$(PRESET))
	@cp results/explore.html $(PAPER)/explore.html
	@echo "Done: $(PAPER)/explore.html, which a click on a figure of $(PAPER)/synthgrad.pdf opens"

docs: $(DOCS_VENV)/installed  ## the documents as a site to browse, in results/pages/site, with every link checked
	@mkdir -p $(PAGES)/source/published
	@ln -sfn $(addprefix $(CURDIR)/,README.md CONTRIBUTING.md CHANGELOG.md CITATION.cff config docs examples figures paper src tests) $(PAGES)/source
	@ln -sfn $(addprefix $(CURDIR)/published/,claims.csv history receipts) $(PAGES)/source/published
	@NO_MKDOCS_2_WARNING=1 $(DOCS_VENV)/bin/mkdocs build
	@echo "Done: $(PAGES)/site/index.html"

publish: setup  ## make the results of the full study the published ones, with their figures and paper
	@python -m snakemake --force publish $(or $(SEARCHES),publish_searches)
	@python -m snakemake published_figures published_paper

verify: $(STAMP)  ## compare your full run with published/ (PRESET=quick: your quick run)
	@python -m synthgrad verify results/$(PRESET) published

spotcheck: $(STAMP)  ## train a random sample of the published runs again, for MINUTES=2
	@python -m synthgrad spotcheck published --minutes $(MINUTES)

resume: setup  ## after a crash: unlock and go on (PRESET=quick, TUNING=published: as before)
	@python -m snakemake --unlock $(CONFIG)
	@python -m snakemake $(CONFIG) $(SEARCHES)

benchmark: $(BENCH_VENV)/installed  ## time a training step beside a plain loop, PyTorch and JAX
	@$(BENCH_VENV)/bin/python -m benchmarks

decoupling: $(VENV)/parallel  ## time the layers as two MPI ranks beside one process
	@python -m synthgrad decoupling results/decoupling

portability: $(STAMP)  ## train a small study as other CPUs would, also on an emulated aarch64 (root; 30 minutes)
	@tests/portability/set-up-arm64.sh || echo "Going on without aarch64: its set-up failed" >&2
	@python -m synthgrad portability results/portability

test: setup lint  ## lint and all tests that can run with what is installed, but for those of test-long
	@python -m pytest -m "not long" --ignore tests/parallel
	@python -m pytest -n 0 tests/parallel  # ranks wait busily, so they get the cores to themselves

test-long: setup  ## the tests that take minutes: documents followed, figures, paper and release made again, a short drill
	@python -m pytest -m long --ignore tests/slurm

versions: $(LOWEST_VENV)/installed  ## the quick tests with the lowest versions declared, and on the newest Python here
	@$(LOWEST_VENV)/bin/python -m pytest $(QUICK_TESTS)
	@if test -n "$(NEWEST)"; then \
	  $(MAKE) --no-print-directory $(NEWEST_VENV)/installed && \
	  $(NEWEST_VENV)/bin/python --version && $(NEWEST_VENV)/bin/python -m pytest $(QUICK_TESTS); \
	else echo "No Python newer than 3.11 is here; name one: make versions NEWEST=python3.13"; fi

drill: setup  ## kill, interrupt and damage runs at ROUNDS=10 random moments each, and recover; run on Slurm
	@DRILL_ROUNDS=$(ROUNDS) python -m pytest -n 0 -vv tests/drill tests/faults
	@if command -v slurmctld > /dev/null; then \
	  $(MAKE) --no-print-directory $(SLURM_VENV)/installed && $(SLURM_VENV)/bin/python -m pytest -n 0 -vv tests/slurm; \
	else echo "Slurm is not installed: the study on a cluster was not tried"; fi

coverage: $(VENV)/coverage  ## the quick tests, and which lines of the package they do not run
	@coverage erase && coverage run -m pytest $(COVERED)
	@coverage combine --quiet && coverage json --quiet -o .coverage.json && coverage report
	@python tests/uncalled.py .coverage.json

lint: $(STAMP)  ## style, types of the core, flow of imports, spelling, prose, links between documents
	@ruff check . && ruff format --check . && snakefmt --check workflow
	@mypy && lint-imports --no-logo
	@codespell && proselint check --config .proselintrc.json *.md config docs examples published/receipts && mdlinkcheck --quiet
	@python -m snakemake --lint

lock:  ## renew requirements.lock and environment.yml from pyproject.toml (needs uv)
	@uv pip compile pyproject.toml --extra digits --extra test --extra dev --universal --python-version 3.11 --fork-strategy fewest \
	  --generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links --quiet \
	  --custom-compile-command "make lock" --output-file requirements.lock
	@$(PYTHON) tests/environment.py > environment.yml

wheelhouse: $(STAMP)  ## put all packages of the study, for x86-64 and aarch64, into wheelhouse/ (550 MB), for set-ups without a network
	@for cpu in x86_64 aarch64; do \
	  platforms="--platform manylinux2014_$$cpu $(foreach oldest,$(MANYLINUX),--platform manylinux_$(oldest)_$$cpu)"; \
	  take="python -m pip download -qq --disable-pip-version-check --no-deps --dest wheelhouse $$platforms"; \
	  $$take --require-hashes --requirement requirements.lock && $$take $(PARALLEL) $(BUILDERS) || exit 1; \
	done
	@echo "Done: wheelhouse/, for Python $$(python -c 'import sys; print(*sys.version_info[:2], sep=".")'); make setup WHEELHOUSE=wheelhouse"

# With the page to explore, if that is installed.
release: $(STAMP) $(RELEASE_VENV)/installed $(if $(wildcard $(VENV)/explore),dist/explore.html)  ## pack the committed project into dist/, with what archives and referees ask for, and its checksum
	@python -m release

dist/explore.html: published/manifest.json
	@python -m synthgrad explore --output $@

arxiv: setup  ## pack the sources of the paper into dist/, as arXiv takes them
	@python -m snakemake results/published/synthgrad.pdf
	@python -m release.arxiv

clean:  ## remove what runs have made (results/, caches), keep the environments
	@rm -rf results paper/explore.html .snakemake .pytest_cache .ruff_cache .mypy_cache .hypothesis .coverage* dist
	@find . -name __pycache__ -not -path './.venv*' -prune -exec rm -rf {} +
