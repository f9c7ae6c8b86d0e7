# `make demo` and `make test` need Python 3.11 or later with pip, npm (Node.js 18 or later) for the files of the pages, and
# package indexes for both; nothing else. `make test` also needs a Chromium or Chrome: as root it is installed where there is none.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
SIZE ?= 1m
PORT ?= 8000
MODULES := node_modules
STATIC := canbao/web/static
SHIPPED = "$(MODULES)/echarts/dist/echarts.common.min.js" "$(BIN)/../lib/python3*/site-packages/django_htmx/static/django_htmx/htmx-2.min.js"

.PHONY: demo test check browser receivers fix bench attack fuzz explore migrations lock
demo: $(BIN)/.ready $(MODULES)/.ready
	env -u DATABASE_URL CANBAO_HOME="$(CURDIR)/demo" $(BIN)/canbao demo --port $(PORT)

# Two at a time: each process has a database server of its own, and the tests of the browser share a city in one of them.
test: check $(MODULES)/.ready-dev browser receivers
	$(BIN)/pytest -q -n 2

# Scripts and style sheets are held to the oldest browsers of the offices: browserslist in package.json.
check: $(BIN)/.ready $(MODULES)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(MODULES)/.bin/eslint $(STATIC)
	$(MODULES)/.bin/stylelint "$(STATIC)/**/*.css"
	$(MODULES)/.bin/es-check es2022 --module --checkFeatures "$(STATIC)/**/*.js"
	$(MODULES)/.bin/es-check es2022 --checkFeatures $(SHIPPED)

# The tests that drive the pages fail without a browser, they are never left out.
browser:
	@sh tests/browser/chromium.sh >/dev/null

# So do the tests of what leaves the machine: rsyslog is looked for, or fetched and unpacked beside.
receivers:
	@sh tests/integration/audit/rsyslog.sh >/dev/null

fix: $(BIN)/.ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(BIN)/.ready
	$(BIN)/python -m bench.run $(SIZE)

# On registers of their own, in temporary folders: see docs/how-to/attack-a-register.md.
attack: $(BIN)/.ready $(MODULES)/.ready
	$(BIN)/python -m tests.attack $(ATTACK)

# Two thousand new examples for each property: the suite tries the same hundred every time.
explore: $(BIN)/.ready
	HYPOTHESIS_PROFILE=explore $(BIN)/pytest -q tests/property tests/unit

fuzz: $(BIN)/.ready
	$(BIN)/python -m tests.attack.fuzz $(FUZZ)

# Until the first release there is one initial migration, always made anew. 0002 depends on it and steps aside;
# the lock is for people who share a working tree.
migrations: $(BIN)/.ready
	flock .venv/migrations.lock sh -ec '\
	  folder=canbao/store/migrations; held=$$(mktemp -d); \
	  trap "mv $$held/*.py $$folder/; rmdir $$held/uploads $$held" EXIT; \
	  mkdir $$held/uploads; \
	  mv $$folder/0*.py $$held/; \
	  CANBAO_HOME=$$held DJANGO_SETTINGS_MODULE=canbao.config.settings \
	    $(BIN)/python -W ignore -m django makemigrations store --skip-checks && rm $$held/0001_initial.py'

lock: $(BIN)/.ready
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --generate-hashes --no-header -q -o requirements.txt

$(BIN)/.ready: requirements.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed: make PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv || { echo "This Python cannot make environments: apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# The pages are served with files from pinned packages: nothing is built, no script of a package is run. `make demo` takes only
# those; `make test` also what its tests need.
NPM := npm ci --ignore-scripts --omit=peer --no-progress --loglevel=error
HAS_NPM = @command -v npm >/dev/null || { echo "npm is needed for the files of the pages: apt-get install npm, or Node.js 18 or later"; exit 1; }

$(MODULES)/.ready: package.json package-lock.json
	$(HAS_NPM)
	$(NPM) --omit=dev
	@touch $@

$(MODULES)/.ready-dev: package.json package-lock.json
	$(HAS_NPM)
	$(NPM)
	@touch $(MODULES)/.ready $@
