# The commands of the project. Run `make sync` first: the others use its environment (or PYTHON=...).
PYTHON ?= .venv/bin/python
# With this project's configuration, not that of a folder above, and the packages of that Python.
PYRIGHT = $(PYTHON) -m pyright -p pyproject.toml --pythonpath "$$($(PYTHON) -c 'import sys; print(sys.executable)')"

.PHONY: sync lint type test test-all docs bench rebuild check-generated

sync:                 ## create the environment with everything that tests, checkers and builders need
	python3 -m venv .venv
	.venv/bin/python -m pip install -e '.[dev,docs,peers,validate,sam,lambda,graph]'
	npm ci --prefix tools

lint:                 ## check the style, as CI does
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

type:                 ## run both checkers, strict, for the oldest and the newest Python
	$(PYTHON) -m mypy --python-version 3.11
	$(PYTHON) -m mypy --python-version 3.13
	$(PYRIGHT) --pythonversion 3.11
	$(PYRIGHT) --pythonversion 3.13

test:                 ## run the tests: at most 4 minutes on two cores
	$(PYTHON) -m pytest -n auto

test-all:             ## also run the slow tests: every type of the catalog, the README's commands in a fresh environment
	$(PYTHON) -m pytest --slow -n 2

docs:                 ## build the site in build/docs
	$(PYTHON) -m sphinx -W --keep-going -q -d build/doctrees docs build/docs

bench:                ## measure the promised figures against the peers
	$(PYTHON) -m benchmarks

rebuild:              ## write the generated files: catalog data, service modules, the page of findings, pictures
	$(PYTHON) tools/build_catalog.py
	$(PYTHON) tools/build_modules.py
	$(PYTHON) tools/build_findings.py
	$(PYTHON) tools/record_terminal.py
	$(PYTHON) tools/draw_graphs.py

check-generated:      ## fail if a generated file differs from what its builder writes
	$(PYTHON) tools/build_catalog.py --check
	$(PYTHON) tools/build_modules.py --check
	$(PYTHON) tools/build_findings.py --check
	$(PYTHON) tools/find_documented_refusals.py --check
