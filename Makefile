# The verbs of the house. Everything is installed into .venv; no service is installed by hand.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
JOBS ?= 4
export UV_PYTHON_DOWNLOADS := never

.PHONY: install ocr demo test lint bench faults fidelity mutation docs lock clean

install: .venv/.installed

.venv/.installed: pyproject.toml requirements.lock
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv || true
	@if [ -x $(BIN)/uv ]; then \
	  $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock && \
	  $(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e . ; \
	else \
	  $(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock && \
	  $(BIN)/python -m pip install --quiet --no-deps -e . ; \
	fi
	@touch $@

.venv/.installed-dev: .venv/.installed requirements-dev.lock
	@if [ -x $(BIN)/uv ]; then \
	  $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.lock ; \
	else \
	  $(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock ; \
	fi
	@touch $@

ocr: .venv/.installed-ocr

.venv/.installed-ocr: .venv/.installed-dev requirements-ocr.lock
	@if [ -x $(BIN)/uv ]; then \
	  $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-ocr.lock ; \
	else \
	  $(BIN)/python -m pip install --quiet --require-hashes -r requirements-ocr.lock ; \
	fi
	@touch $@

demo: install
	$(BIN)/icp-hub demo $(ARGS)

lint: .venv/.installed-dev
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports

# modules are compiled once for all the processes the tests start, whatever the shell says
test: export PYTHONDONTWRITEBYTECODE =
test: lint
	$(BIN)/pytest -n $(JOBS) --dist loadfile $(ARGS)

bench: .venv/.installed-dev
	$(BIN)/python -m benchmarks $(ARGS)

faults: .venv/.installed-dev
	$(BIN)/python -m tests.faults $(ARGS)

fidelity: .venv/.installed-ocr
	$(BIN)/python -m tests.fidelity $(ARGS)

mutation: .venv/.installed-dev
	$(BIN)/python -m tests.mutation $(ARGS)

docs: install
	$(BIN)/icp-hub docs docs

lock:
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --no-emit-find-links -o requirements.lock pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --no-emit-find-links --extra dev -o requirements-dev.lock pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --no-emit-find-links --extra ocr -c requirements.lock -o requirements-ocr.lock pyproject.toml

clean:
	rm -rf .venv build demo-data
