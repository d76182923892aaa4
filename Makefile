# Everything a developer or a first visitor runs. `make demo` and `make test` need only
# Python 3.11 or newer with venv, and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test check soak bench clean

demo: $(READY)
	@$(BIN)/watcher run --once -c config.example.toml
	@echo
	@echo "That was one round over samples/. A second one tells nothing: everything is known."
	@echo "Go on with your own files and feeds: cp config.example.toml config.toml, then $(BIN)/watcher run"

# Most tests wait for a daemon, so three at a time do well on two cores.
test: $(READY)
	$(BIN)/python -m pytest -n 3 --dist loadfile

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/watcher -c config.example.toml check --strict
	$(BIN)/watcher -c config.example.toml test
	$(BIN)/python -m pytest -q tests/test_docs.py

# Thousands of crash points and mutated documents: the default suite runs a sample of them.
soak: $(READY)
	WATCHER_SOAK=1 $(BIN)/python -m pytest -m "soak or not soak" tests/acceptance tests/articles/formats tests/delivery tests/sources

bench: $(READY)
	$(BIN)/python -m benchmarks.matching
	$(BIN)/python -m benchmarks.ingest
	$(BIN)/python -m benchmarks.feeds
	$(BIN)/python -m benchmarks.delivery

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "news-watcher needs Python 3.11 or newer; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "Python cannot make an environment; on Debian: apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "pip>=25.1"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[postgres]' --group dev
	@touch $@

clean:
	rm -rf $(VENV) state .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
