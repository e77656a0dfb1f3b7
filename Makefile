# The whole workflow. Each target makes .venv first; nothing else is needed than Python 3.11.

VENV   := .venv
PYTHON := $(VENV)/bin/python
PIP    := $(PYTHON) -m pip --disable-pip-version-check --quiet

.PHONY: demo serve test test-long check rules bench pictures words fuzz requirements clean

demo: $(VENV)/run      ## build the case study into ./var (FRESH=1 begins again, SERVE=1 serves it)
	$(VENV)/bin/testamur demo $(if $(FRESH),--fresh) $(if $(SERVE),--serve)

serve: $(VENV)/run     ## serve the ledger in ./var
	$(VENV)/bin/testamur serve

test: check            ## format, lint, types, import contract and every test
	$(PYTHON) -m pytest

test-long: check       ## the same, each property tried with ten times the examples
	EXAMPLES=10 $(PYTHON) -m pytest

check: $(VENV)/test
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

rules: $(VENV)/test    ## write down who may do what, after a change: the newest edition and docs/permissions.md
	$(PYTHON) -m api.rules

bench: $(VENV)/test    ## measure against the floor and against a peer; prints ratios
	$(PYTHON) -m bench

pictures: $(VENV)/test ## photograph every page, at two widths and in both themes, into TO (var/pictures)
	TESTAMUR_PICTURES=$(or $(TO),var/pictures) $(PYTHON) -m pytest -n 0 tests/pages

words: $(VENV)/test    ## write what the pages say and nobody translated into api/web/locale
	$(PYTHON) -m tests.web.words

fuzz: $(VENV)/test     ## look for a crash, a hang or a wrong pass, SECONDS (1200) for each of two modes
	$(PIP) install --require-hashes --requirement requirements-fuzz.txt
	$(PYTHON) -m tests.fuzz parsers $(or $(SECONDS),1200)
	$(PYTHON) -m tests.fuzz documents $(or $(SECONDS),1200)

# python3-venv may be missing where pip is not; then pip brings virtualenv.
$(PYTHON):
	python3 -m venv $(VENV) || { rm -rf $(VENV); python3 -m pip install --user virtualenv && python3 -m virtualenv $(VENV); }

$(VENV)/run: requirements.txt pyproject.toml | $(PYTHON)
	$(PIP) install --require-hashes --requirement requirements.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/test: requirements-test.txt $(VENV)/run
	$(PIP) install --require-hashes --requirement requirements-test.txt
	touch $@

requirements: $(VENV)/test  ## pin the newest versions that fit pyproject.toml
	$(PIP) install pip-tools
	$(PYTHON) -m piptools compile $(PIN) --output-file requirements.txt pyproject.toml
	$(PYTHON) -m piptools compile $(PIN) --extra test --constraint requirements.txt --output-file requirements-test.txt pyproject.toml
	$(PYTHON) -m piptools compile $(PIN) --extra fuzz --constraint requirements-test.txt --output-file requirements-fuzz.txt pyproject.toml

PIN := --quiet --upgrade --strip-extras --generate-hashes --allow-unsafe --all-build-deps \
       --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header --no-annotate

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache tests/interop/node_modules
