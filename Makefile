# `make serve` and `make test` need python3 (3.11 or newer) and make; everything else they set up
# by themselves, in .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
GRAPHIQL := gateway/http/static/graphiql
# A file's tests stay together, since they share what is dear to make; in the order of the folders,
# whose last ones are short.
SIDE_BY_SIDE := -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help serve test test-clients graphiql lock wheel fuzz fuzz-coverage faults soak timing bench bench-ingest bench-scale clean

help: ## show this
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

serve: $(VENV)/.runtime graphiql ## set up, ingest the seeds, serve on http://127.0.0.1:8000/graphql
	@$(BIN)/sealgate serve

test: $(VENV)/.dev graphiql ## set up, then every check that CI runs
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest $(SIDE_BY_SIDE) -m 'not alone'
	@$(BIN)/python -m pytest -m alone

test-clients: $(VENV)/.dev ## only the tests with clients of others, which they install by npm
	@$(BIN)/python -m pytest -rs tests/clients tests/outsiders

fuzz: $(VENV)/.dev ## the property tests, long; SEALGATE_FUZZ_EXAMPLES=2000 is a tenth of that
	@SEALGATE_FUZZ_EXAMPLES=$${SEALGATE_FUZZ_EXAMPLES:-20000} $(BIN)/python -m pytest -m fuzz

fuzz-coverage: $(VENV)/.atheris ## the parsers, led by what an input reaches of our code (Atheris)
	@$(BIN)/python -m tests.fuzz.coverage $${SEALGATE_FUZZ_SECONDS:-30}

faults: $(VENV)/.dev ## what happens to disks, files, keys, clocks and processes, for minutes
	@SEALGATE_FAULTS=long $(BIN)/python -m pytest -rs tests/faults

soak: $(VENV)/.dev ## 200,000 requests of all kinds: memory and open files stay; SEALGATE_SOAK=20000 is less
	@SEALGATE_SOAK=$${SEALGATE_SOAK:-200000} $(BIN)/python -m pytest -rs tests/soak

timing: $(VENV)/.runtime ## whether failures of legacy envelopes differ in time
	@$(BIN)/python benchmarks/timing_legacy.py

bench: $(VENV)/.runtime ## the gateway beside other GraphQL servers; make bench ARGS=--help
	@$(BIN)/python -m benchmarks.bench $(ARGS)

bench-ingest: $(VENV)/.runtime ## verified ingest beside what Ed25519 and libyaml take alone
	@$(BIN)/python -m benchmarks.ingest $(ARGS)

bench-scale: $(VENV)/.runtime ## ingest, start, memory and latencies from 1,000 to 100,000 records
	@$(BIN)/python -m benchmarks.scale $(ARGS)

graphiql: $(VENV)/.runtime ## build the query page (with npm, or a Node.js fetched for it)
	@$(BIN)/python frontend/graphiql/build.py $(GRAPHIQL)

wheel: $(VENV)/.dev graphiql ## build the wheel into dist/
	@$(BIN)/python -m hatchling build -t wheel

lock: ## resolve the locked requirements anew
	$(PYTHON) -m venv $(VENV)/lock && $(VENV)/lock/bin/pip -q install uv
	$(VENV)/lock/bin/uv pip compile --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-emit-index-url --no-annotate --quiet pyproject.toml -o requirements/runtime.txt
	$(VENV)/lock/bin/uv pip compile --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-emit-index-url --no-annotate --quiet --extra dev -c requirements/runtime.txt \
	  pyproject.toml -o requirements/dev.txt
	printf 'hatchling\neditables\n' | $(VENV)/lock/bin/uv pip compile --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-emit-index-url --no-annotate --quiet -c requirements/dev.txt - -o requirements/build.txt
	echo 'atheris<3.1' | $(VENV)/lock/bin/uv pip compile --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-emit-index-url --no-annotate --quiet -c requirements/dev.txt - -o requirements/atheris.txt

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo 'Sealgate needs Python 3.11 or newer; name one: make PYTHON=python3.12 serve'; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
	  || { echo 'python3 cannot make virtual environments; on Debian: apt-get install python3-venv'; exit 1; }

$(VENV)/.runtime: requirements/runtime.txt pyproject.toml | $(VENV)/bin/python
	@echo 'Installing the locked requirements into $(VENV) ...'
	@$(PIP) install --require-hashes -r requirements/runtime.txt
	@$(PIP) install --require-hashes -r requirements/build.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements/dev.txt
	@echo 'Installing the locked tools for tests into $(VENV) ...'
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

# Not among the tools for tests, since it is to be had for few platforms only.
$(VENV)/.atheris: $(VENV)/.dev requirements/atheris.txt
	@$(PIP) install --require-hashes -r requirements/atheris.txt \
	  || { echo 'Atheris cannot be installed here; `make fuzz` needs nothing of it'; exit 1; }
	@touch $@

clean: ## remove everything that was set up, the store included
	rm -rf $(VENV) .sealgate .fuzz dist $(GRAPHIQL) frontend/graphiql/node_modules frontend/graphiql/.node
