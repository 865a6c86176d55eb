# Every habit of the project. `make sync` first; the others use its environment (or PYTHON=...).
PYTHON ?= .venv/bin/python
# With this project's configuration, not one in a folder above, and the packages of that Python, by its full path.
PYRIGHT = $(PYTHON) -m pyright -p pyproject.toml --pythonpath "$$($(PYTHON) -c 'import sys; print(sys.executable)')"

.PHONY: sync lint type test test-all docs bench rebuild check-generated changes

sync:                 ## an environment with everything that tests, checkers and builders need
	python3 -m venv .venv
	.venv/bin/python -m pip install -e '.[dev,docs,peers,validate,sam,lambda,graph]'
	npm ci --prefix tools

lint:                 ## style, as CI checks it
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

type:                 ## both checkers, strict, on the oldest and the newest Python
	$(PYTHON) -m mypy --python-version 3.11
	$(PYTHON) -m mypy --python-version 3.13
	$(PYRIGHT) --pythonversion 3.11
	$(PYRIGHT) --pythonversion 3.13

test:                 ## what the README says
	$(PYTHON) -m pytest -n auto

test-all:             ## the same, with every type of the catalog and the README's commands in a fresh environment
	$(PYTHON) -m pytest --slow -n 2

docs:                 ## the site, in build/docs
	$(PYTHON) -m sphinx -W --keep-going -q -d build/doctrees docs build/docs

bench:                ## the table of ratios against the peers
	$(PYTHON) -m benchmarks

rebuild:              ## the generated files: catalog data, service modules, the page of findings, pictures
	$(PYTHON) tools/build_catalog.py
	$(PYTHON) tools/build_modules.py
	$(PYTHON) tools/build_findings.py
	$(PYTHON) tools/record_terminal.py
	$(PYTHON) tools/draw_graphs.py

check-generated:      ## fail if a generated file is not what its builder writes
	$(PYTHON) tools/build_catalog.py --check
	$(PYTHON) tools/build_modules.py --check
	$(PYTHON) tools/build_findings.py --check
	$(PYTHON) tools/find_documented_refusals.py --check
