# Each target works on a fresh checkout and needs no activated environment; nothing is installed twice.
#
#   make quickstart   see user management work
#   make test         every test, with its real servers   (make test ARGS="tests/unit -k cache")
#   make test-fast    units and contracts alone, in less than a minute
#   make test-deep    every test, every case on both databases, models at full depth
#   make check        formatting, lints, types, imports between rooms, documentation
#   make bench        what we promise on speed
#   make example      an application in Flask that uses all of it, at http://127.0.0.1:5000
#   make translations the texts of the Flask extension, collected and compiled, and those of the console, collected
#
# The pictures of e-mails and pages in the documentation are made by a browser, which .ci/servers installs, too.
#
# PYTHON=/path/to/python3.13 names the Python that .venv is made with. DEPTH=rest lets test-deep run only what test
# leaves out (tests/support/depth.py says what that is); DEAREST=20 lists the tests that took the longest.

BIN := .venv/bin
PACKAGING := setup.cfg setup.py pyproject.toml .ci/install
SOURCES := stormpath flask_stormpath tests docs/conf.py docs/_ext setup.py tools examples $(wildcard benchmarks)
ARGS ?=
PORT ?= 5000
DEPTH ?= full
DEAREST ?= 0
# Four processes for two cores: some tests wait. Each begins with its own part, and takes of another's when it is done.
PYTEST = $(BIN)/pytest -n 4 --dist worksteal --dearest $(DEAREST)

export PYTHON
# What pytest has compiled for one process and one run serves the others.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: quickstart test test-fast test-deep check check-format check-lints check-types check-imports check-docs bench example translations format clean

quickstart: .venv/.service
	@$(BIN)/stormpath quickstart

test: .venv/.everything
	@.ci/servers
	@$(PYTEST) $(ARGS)

# The contracts first: they wait for lifetimes to end, and the units fill that time.
test-fast: .venv/.everything
	@.ci/servers
	@$(PYTEST) -p no:schemathesis -n 5 --dist loadscope --no-loadscope-reorder tests/contract tests/unit $(ARGS)

# Where DEPTH leaves nothing to run of what ARGS name, that is no failure.
test-deep: .venv/.everything
	@.ci/servers
	@$(PYTEST) --depth $(DEPTH) $(ARGS) || { status=$$?; [ "$(DEPTH)" = rest ] && [ $$status -eq 5 ]; }

check: check-format check-lints check-types check-imports check-docs

check-format: .venv/.everything
	$(BIN)/ruff format --check $(SOURCES)

check-lints: .venv/.everything
	$(BIN)/ruff check $(SOURCES)

check-types: .venv/.everything
	$(BIN)/mypy

check-imports: .venv/.everything
	$(BIN)/lint-imports --config setup.cfg

check-docs: .venv/.everything
	@.ci/servers
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html

format: .venv/.everything
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

# One after the other: they would disturb each other's clocks. A miss is told at the end and does not stop the rest.
bench: .venv/.everything
	@missed=; ran=; \
	for program in benchmarks/[!_]*.py; do \
	    [ -e "$$program" ] || continue; \
	    ran=yes; \
	    echo "== $$program"; \
	    $(BIN)/python "$$program" || missed="$$missed $$program"; \
	done; \
	[ -n "$$ran" ] || { echo "benchmarks/ holds no program"; exit 1; }; \
	[ -z "$$missed" ] || { echo "Missed:$$missed"; exit 1; }

# Binds to this machine alone. Its data is in examples/flask_app/data, and stays.
example: .venv/.example
	@cd examples && ../$(BIN)/python -m flask_app --port $(PORT)

translations: .venv/.everything
	@$(BIN)/python tools/translations.py

clean:
	rm -rf .venv .tox build dist docs/_build .coverage .coverage.* .hypothesis .import_linter_cache \
	    .mypy_cache .pytest_cache .ruff_cache *.egg-info tests/support/*/node_modules
	find stormpath flask_stormpath tests benchmarks docs examples -name __pycache__ -type d -prune \
	    -exec rm -rf {} + 2>/dev/null || true

# The stamps are newer than setup.cfg exactly when .venv holds what it asks for.
# Some of it is compiled, with libraries that .ci/servers installs.
.venv/.everything: $(PACKAGING)
	@.ci/servers
	@.ci/install all,test,docs $@
	@touch .venv/.service .venv/.example

.venv/.example: $(PACKAGING)
	@.ci/install server,flask $@

.venv/.service: $(PACKAGING)
	@.ci/install server $@
