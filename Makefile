# Smile City: two commands on a fresh machine are `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TESTS := -n 3 --dist loadfile --no-loadscope-reorder
.DEFAULT_GOAL := help

.PHONY: help run test check bench bench-store faults soak format clean

help:  ## Say what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

run: $(VENV)/run  ## Install and start the platform with a simulated Rostock
	@$(BIN)/smilecity up --simulate

test: $(VENV)/test  ## Install what tests need and run them
	@sh deploy/debian-packages.sh curl mosquitto mosquitto-clients r-base-core chromium victoria-metrics influxdb postgresql
	@$(BIN)/pytest --ignore=tests/benchmarks $(TESTS) $(PYTEST)

check: $(VENV)/check  ## Format, lint, types and the import contract
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(VENV)/bench  ## Measure speed beside peers in the same run
	@sh deploy/debian-packages.sh mosquitto mosquitto-clients victoria-metrics wrk
	@$(BIN)/pytest tests/benchmarks --ignore=tests/benchmarks/store -p no:warnings --benchmark-columns=min,median,rounds --benchmark-group-by=group -s $(PYTEST)

bench-store: $(VENV)/bench  ## Measure a month of a city, 50 million rows, in the store and beside peers (ten minutes and more, 2 GiB of disk)
	@sh deploy/debian-packages.sh victoria-metrics influxdb
	@$(BIN)/pytest tests/benchmarks/store -p no:warnings -s $(PYTEST)

faults: $(VENV)/test  ## Kill, cut and fill up what can be, and print what became of every message (some minutes)
	@sh deploy/debian-packages.sh mosquitto mosquitto-clients victoria-metrics
	@SMILECITY_FAULTS=long $(BIN)/pytest tests/faults -s $(PYTEST)

soak: $(VENV)/test  ## Run a worker under load and faults for twenty minutes and print what it held
	@sh deploy/debian-packages.sh mosquitto mosquitto-clients victoria-metrics
	@SMILECITY_SOAK=$${SMILECITY_SOAK:-20} SMILECITY_SOAK_RATE=$${SMILECITY_SOAK_RATE:-12000} $(BIN)/pytest tests/faults/test_soak.py -s $(PYTEST)

format: $(VENV)/check  ## Bring the code into shape
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

clean:  ## Remove the virtual environment and caches, never data
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .benchmarks build *.egg-info

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("Smile City needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv $(VENV) || { echo "No virtual environment could be made. On Debian: apt-get install python3-venv"; exit 1; }

$(VENV)/run: $(BIN)/python pyproject.toml
	@echo "Installing Smile City into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/test: $(BIN)/python pyproject.toml
	@echo "Installing Smile City and its tests into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
	@touch $@

$(VENV)/check: $(BIN)/python pyproject.toml
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test,check,bench]'
	@touch $@

$(VENV)/bench: $(BIN)/python pyproject.toml
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test,bench]'
	@touch $@
