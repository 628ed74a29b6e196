# The targets for people; `make` alone lists them. Each target sets up what it needs, once.

.DEFAULT_GOAL := help
.PHONY: run console test-console-unit test-console setup test test-servers test-properties test-clients test-plans test-upgrade test-bad-days fuzz release-schema have-node have-python check bench help lock clean

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CLIENTS := tests/clients
PEERS := benchmarks/peers
CODE := app authz benchmarks migrations models resolvers schema tests

# Tests start hundreds of processes. Python keeps what it has compiled for the next one, unless the environment forbids it.
COMPILED := PYTHONDONTWRITEBYTECODE=

run: $(READY) ## start the server with the example data (ARGS="--port 9000" adds options)
	@$(BIN)/python -S -m app.console.build --optional
	@$(BIN)/portico serve --demo $(ARGS)

console: $(READY) ## build the console, if anything that it is made from has changed
	@$(BIN)/python -S -m app.console.build

test-console-unit: $(READY) ## check the console's types, style and unit tests
	@$(BIN)/python -S -m app.console.build --check

test-console: $(READY) ## use the console in a real browser: Chromium (ARGS="-k keyboard" selects some tests)
	@$(BIN)/python -S -m app.console.build
	$(BIN)/python -m pytest tests/console/check_*.py tests/console/*/check_*.py $(ARGS)

setup: $(READY) ## only set up the virtual environment, with the command .venv/bin/portico

# Each file's tests share what is slow to set up, and so one process.
BY_FILE := --numprocesses auto --dist loadfile --no-loadscope-reorder

test: $(READY) ## run the tests, except those that start servers (ARGS="-k users" selects some)
	$(COMPILED) $(BIN)/python -m pytest -m 'not servers' $(BY_FILE) $(ARGS)

test-servers: $(READY) ## run the tests that start servers and replicas, kill them, and take their database away (ARGS as there)
	$(COMPILED) $(BIN)/python -m pytest -m 'servers' $(BY_FILE) $(ARGS)

test-properties: $(READY) ## run the tests with random examples and many cases, with all cases and eight times as many examples as `make test` (ARGS as there)
	$(COMPILED) PORTICO_TEST_DEPTH=2 $(BIN)/python -m pytest -m 'hypothesis or matrix' --timeout 900 $(BY_FILE) $(ARGS)

test-clients: $(READY) $(CLIENTS)/node_modules/.ready ## run third-party GraphQL clients against a server (needs Node 20 and npm)
	$(BIN)/python -m pytest $(CLIENTS)/check_*.py $(ARGS)

test-plans: $(READY) ## count the rows that PostgreSQL reads for every list, filter and order in a large organization
	$(BIN)/python -m pytest tests/plans/check_*.py $(ARGS)

test-upgrade: $(READY) ## serve with the version before on the new schema, and upgrade without downtime (PORTICO_FORMER=COMMIT)
	$(BIN)/python -m pytest tests/upgrade/check_*.py $(ARGS)

test-bad-days: $(READY) ## kill processes under load, take the database and its disk away, set clocks wrong (needs libfaketime)
	$(BIN)/python -m pytest --timeout 600 tests/bad_days/check_*.py $(ARGS)

fuzz: $(READY) ## compare random policies, compiled to SQL, with an interpreter (ARGS="--seed 7 --policies 500 --seconds 60")
	@$(BIN)/python -m tests.properties.fuzz_policies $(ARGS)

release-schema: $(CLIENTS)/node_modules/.ready ## at a release: make the current schema the baseline for clients (schema/released.graphql)
	@node $(CLIENTS)/schema_promise.mjs release

check: $(READY) ## check format, lint, types and import layers
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY) $(if $(filter peers,$(ARGS)),$(PEERS)/node_modules/.ready) ## measure Portico against the ordinary way and the ceiling
	@$(BIN)/python -S -m app.console.build --optional
	$(BIN)/python -m benchmarks $(ARGS)

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

lock: $(READY) ## regenerate the lock files from pyproject.toml: one for all, one for the image
	$(BIN)/pip install --quiet 'uv>=0.13,<0.14'
	UV_CUSTOM_COMPILE_COMMAND='make lock' $(BIN)/uv pip compile pyproject.toml --extra dev --extra editor --extra tracing --upgrade --quiet \
		--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
		--output-file requirements.lock
	UV_CUSTOM_COMPILE_COMMAND='make lock' $(BIN)/uv pip compile pyproject.toml --extra tracing --constraint requirements.lock --quiet \
		--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
		--output-file docs/deployment/requirements.lock

clean: ## remove the virtual environment and all caches (keeps the data folder)
	rm -rf $(VENV) console/node_modules console/.node console/src/gql app/console/built $(CLIENTS)/node_modules $(PEERS)/node_modules $(CLIENTS)/generated $(CLIENTS)/relay/__generated__ build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Python 3.11 or 3.12. PYTHON=/path/to/python chooses one; another version, or a virtual environment of another, is an error.
ifdef PYTHON
$(READY): | have-python
endif
have-python:
	@version="$$("$(PYTHON)" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)"; \
	case "$$version" in \
		3.11|3.12) ;; \
		'') echo 'PYTHON=$(PYTHON) was not found or is not Python: Portico needs Python 3.11 or 3.12.' >&2; exit 1 ;; \
		*) echo "PYTHON=$(PYTHON) is Python $$version: Portico needs Python 3.11 or 3.12." >&2; exit 1 ;; \
	esac; \
	if [ -e $(READY) ]; then \
		current="$$($(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')"; \
		if [ "$$current" != "$$version" ]; then \
			echo "PYTHON=$(PYTHON) is Python $$version, but $(VENV) has Python $$current: run 'make clean' first." >&2; exit 1; \
		fi; \
	fi

$(READY): pyproject.toml requirements.lock
	@python=''; \
	for candidate in $(PYTHON) python3.12 python3.11 python3 python; do \
		if "$$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' 2>/dev/null; then \
			python="$$candidate"; break; \
		fi; \
	done; \
	if [ -z "$$python" ]; then echo 'Python 3.11 or 3.12 was not found: install it, or set PYTHON=/path/to/python.' >&2; exit 1; fi; \
	echo "Setting up $(VENV) with $$("$$python" --version) ..."; \
	"$$python" -m venv --clear $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(CLIENTS)/node_modules/.ready $(PEERS)/node_modules/.ready: %/node_modules/.ready: %/package.json %/package-lock.json | have-node
	@cd $* && npm ci --loglevel=error
	@touch $@

have-node:
	@if ! { node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' && npm --version; } >/dev/null 2>&1; then \
		echo 'Node 20 or newer with npm was not found. Only make test-clients, make release-schema and make bench ARGS=peers need it.' >&2; exit 1; \
	fi
