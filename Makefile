# Two commands do everything: `make repro` and `make test`. Each installs what it needs first, in either order.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
# The first Python that TensorFlow has wheels for (the usual one if it will do); PYTHON=… names another.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$p && break; done)
# Stages call `python`; it must be the environment's.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export TF_CPP_MIN_LOG_LEVEL ?= 2
export PYTHONWARNINGS ?= ignore
export DVC_NO_ANALYTICS := 1
export GIT_PYTHON_REFRESH := quiet
export INSTALLER ?= uv
# Times of the last installation: of all that is here, and of what the pipeline needs.
READY := $(VENV)/.ready
PIPELINE := $(VENV)/.pipeline
# PORTABLE=1: the instructions that every x86-64 processor with AVX2 has, whatever this one could do besides.
ifdef PORTABLE
export TF_ENABLE_ONEDNN_OPTS := 1
export ONEDNN_MAX_CPU_ISA := AVX2
export OPENBLAS_CORETYPE := Haswell
export OPENBLAS_L2_SIZE := 512
export OPENBLAS_NUM_THREADS := 1
export NPY_DISABLE_CPU_FEATURES := X86_V4 AVX512_ICL AVX512_SPR
endif

.PHONY: help setup repro test demo test-numeric test-slow slowest lint smoke bench bench-photos bench-training bench-applications bench-recipes bench-repro bench-baselines bench-convolution bench-blocks bench-search bench-collages bench-own bench-large bench-sweeps kills snapshot share promote runs experiments tutorials ui params stages lock clean

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

.NOTPARALLEL:  # one environment: who installs into it is alone

# An environment in which pip does not run was cut off while it was made.
define installed
	@test -n "$(PYTHON)" || { echo "error: no Python 3.11 to 3.13 with venv found. Install one, or name it: make PYTHON=/path/to/python"; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python tools/install.py $(1)
	@touch $(2)
endef

$(READY): requirements.lock pyproject.toml
	$(call installed,requirements.lock,$(READY) $(PIPELINE))

$(PIPELINE): requirements.pipeline.lock pyproject.toml
	$(call installed,requirements.pipeline.lock,$(PIPELINE))

setup: $(READY)  ## Make .venv with all that the targets below need; a second call installs nothing (INSTALLER=pip: not by uv)

repro: $(PIPELINE)  ## Run the pipeline to results on the dashboard (PORTABLE=1: by AVX2 at most)
	dvc repro
	python pipelines/publish.py --config-dir=. --config-name=params hydra.run.dir=. hydra.output_subdir=null hydra/job_logging=fullconv
	@echo "Metrics: dvc metrics show. Dashboard: make ui"

test: setup  ## Run the tests, the whole pipeline on small data among them
	pytest -n 2 --dist loadgroup

demo: $(PIPELINE)  ## Find the dog of a photograph by a pretrained network: trains nothing, downloads nothing, writes outputs/demo
	fullconv locate classifier=efficientnet_lite0 synset=dog image=tests/photos/dog.jpg out=outputs/demo

test-numeric: setup  ## Run the tests of numbers on TensorFlow's other kernels: without oneDNN, or with it where it is off
	TF_ENABLE_ONEDNN_OPTS=$$(python -c 'from fullconv.config.onednn import onednn; print(int(onednn().startswith("off")))') \
		pytest -n 2 --dist loadgroup -m 'numeric and not slow'

slowest: setup  ## Run the tests and write the slowest of them into CONTRIBUTING.md
	pytest -n 2 --dist loadgroup --durations=200 | tee /dev/stderr | python tools/slowest.py

test-slow: setup  ## Run the slow tests too (a real browser on the dashboard and on the page of serve)
	pytest -m slow

lint: setup  ## Check style, types and the direction of imports
	ruff check
	ruff format --check
	mypy
	lint-imports

smoke: setup  ## Run every stage through DVC, Hydra and MLflow on small data, in a temporary clone
	pytest -m smoke -s

bench: setup  ## Time dense score maps, every way against every other, and maps of a photo; prints two tables
	python -m benchmarks.dense
	python -m benchmarks.photos
	python -m benchmarks.pages.dense
	python -m benchmarks.pages.photos

bench-photos: setup  ## Time maps of a photo by a pretrained network against crops and against no head (two minutes)
	python -m benchmarks.photos
	python -m benchmarks.pages.photos

bench-training: setup  ## Time training against the plain Keras script
	python -m benchmarks.training

bench-applications: setup  ## Convert every network of keras.applications (a quarter of an hour)
	python -m benchmarks.applications

bench-recipes: setup  ## Train every variant over three seeds, against published accuracies
	python -m benchmarks.recipes

bench-repro: setup  ## Time the whole pipeline in a fresh clone, twice, and compare the lock files
	python -m benchmarks.repro

bench-baselines: setup  ## Compare class activation maps, occlusion and per-cell heads with score maps (a quarter of an hour)
	python -m benchmarks.baselines --figure
	python -m benchmarks.pages.localization

tutorials: setup  ## Run the six tutorials; each becomes a page in docs/tutorials/built
	python tools/tutorials.py

bench-convolution: setup  ## Time convolution against scipy, scikit-image and OpenCV
	python -m benchmarks.convolution
	python -m benchmarks.pages.convolution

bench-blocks: setup  ## Train, convert and locate with inception, residual and dense blocks (half an hour)
	python -m benchmarks.blocks
	python -m benchmarks.pages.architectures

bench-collages: setup  ## Strangers' classifiers on collages of their own kind of pictures (FOLDER=… holds the networks)
	python -m benchmarks.collages $(FOLDER)
	python -m benchmarks.pages.collages

bench-own: setup  ## Objects cut from pictures, found in others, beside three other ways (two hours; SETS="--set DIR …" adds yours)
	python -m benchmarks.own $(SETS)
	python -m benchmarks.pages.own

bench-large: setup  ## Large images tile by tile against windows, blended tiles and the whole at once (half an hour)
	python -m benchmarks.large
	python -m benchmarks.pages.large

bench-search: setup  ## Search at unknown sizes, coarse to fine against all cells (needs weights of benchmarks/models)
	python -m benchmarks.search
	python -m benchmarks.pages.search

bench-sweeps: setup  ## Time two jobs of a sweep side by side against one after the other
	python -m benchmarks.sweeps
	python -m benchmarks.pages.sweeps

kills: setup  ## Kill every stage at random moments, run again, compare dvc.lock (a quarter of an hour)
	python tools/kills.py
	python -m benchmarks.pages.kills

snapshot: setup  ## Take the last run as what README and pages say, and fill them in
	python -m benchmarks.snapshot
	python -m benchmarks.pages.snapshot
	python -m benchmarks.pages.photos
	python -m benchmarks.pages.architectures

share: $(PIPELINE)  ## Push data, models and the run cache to a shared folder: REMOTE=/folder
	@test -n "$(REMOTE)" || { echo "error: REMOTE is not given. Name a folder, or s3://… or ssh://…: make share REMOTE=/shared/fullconv"; exit 1; }
	dvc remote add -f -d share $(REMOTE)
	dvc push --run-cache

promote: $(PIPELINE)  ## Register the best certified model as fullconv@champion
	python pipelines/promote.py

runs: $(PIPELINE)  ## List the runs that show this state of the pipeline
	python pipelines/runs.py

experiments: $(PIPELINE)  ## Show AP50 of DVC's experiments beside what was changed (all columns: dvc exp show)
	dvc exp show --only-changed --drop '^(?!results/metrics/.*:AP50$$).*/|(models|reports)$$'

ui: $(PIPELINE)  ## Serve the MLflow dashboard and say where its views are (PORT=5000)
	python pipelines/ui.py port=$${PORT:-5000}

params: $(PIPELINE)  ## Compose conf/ into params.yaml
	python pipelines/params.py

stages: setup  ## Write into dvc.yaml which modules each stage imports
	python tools/stages.py

lock: setup  ## Resolve pyproject.toml into the three lock files
	python tools/lock.py

clean:  ## Remove outputs, caches and the dashboard's database; keeps .venv and downloads
	rm -rf data models reports results mlflow.db mlartifacts multirun checkpoints outputs .dvc/cache .dvc/tmp .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
