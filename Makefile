.DEFAULT_GOAL := help
PYTHON ?= python3
UV := .tools/bin/uv
BIN := .venv/bin
MEMBERS := shared $(sort $(wildcard services/*))
STAMP := .venv/.ready
# Where it is set, every process compiles every module anew: half of a service's start.
unexport PYTHONDONTWRITEBYTECODE

help: ## show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## make .venv with everything pinned in requirements.lock

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "aidataops needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .tools
	.tools/bin/pip install --quiet --disable-pip-version-check uv

$(STAMP): $(UV) requirements.lock pyproject.toml $(addsuffix /pyproject.toml,$(MEMBERS))
	$(UV) venv --quiet --allow-existing --python $(PYTHON) .venv
	$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps $(addprefix --editable ./,$(MEMBERS))
	@touch $@

demo: $(STAMP) ## play the whole story: a regression, its data fix, the proof
	@$(BIN)/aidataops demo

run: $(STAMP) ## run everything on this machine until Ctrl-C (embedded Kafka and Postgres)
	@$(BIN)/aidataops up

up: ## run everything in containers (needs Docker and .env, see deploy/README.md)
	docker compose up --build --wait

test: $(STAMP) ## everything that this machine can test, on the best broker it has
	$(BIN)/pytest --numprocesses 3 --dist loadfile

spark: $(STAMP) ## install Spark for the test of qa's backfill on it (480 MB)
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes --requirement services/qa/spark.lock

check: $(STAMP) ## format, lint, types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy $(foreach member,$(MEMBERS),$(member)/src) tests
	@for member in $(MEMBERS); do echo "mypy $$member/tests"; (cd $$member && \
		MYPYPATH=. $(CURDIR)/$(BIN)/mypy --config-file $(CURDIR)/pyproject.toml \
		--cache-dir $(CURDIR)/.mypy_cache tests) || exit 1; done
	$(BIN)/lint-imports

format: $(STAMP) ## put the code in shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMP) ## measure against the goals; one row: make bench ROW=latency
	$(BIN)/python -m tests.benchmarks $(ROW)

schemas: $(STAMP) ## write the golden schema of every new event type
	$(BIN)/python -m tests.contract.generate

lock: $(UV) ## pin the newest versions that pyproject.toml allows
	$(UV) lock --upgrade
	$(UV) export --quiet --frozen --all-packages --all-groups --all-extras --no-extra spark --no-extra label-studio --no-emit-workspace --format requirements-txt --output-file requirements.lock
	$(UV) export --quiet --frozen --no-dev --no-emit-workspace --no-annotate $(foreach member,$(wildcard services/*),--package aidataops-$(notdir $(member))) --extra exports --output-file deploy/requirements.lock
	$(UV) export --quiet --frozen --no-dev --no-emit-workspace --no-annotate --package aidataops-qa --extra spark --output-file services/qa/spark.lock

clean: ## remove what the build made
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.PHONY: help setup demo run up test spark check format bench schemas lock clean
