# Every target works on a fresh machine: each first makes .venv from the hashed lock.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/pip --disable-pip-version-check
# A lock is installed as it stands: what pip resolved at the time would age. --require-hashes alone still resolves extras.
INSTALL := $(PIP) install --quiet --no-deps
NEW_ENOUGH := import sys; sys.exit("Python 3.11 or newer is needed: name one as in make demo PYTHON=python3.11" if sys.version_info < (3, 11) else 0)
VENV_WORKS := $(BIN)/python -c "import pip" 2>/dev/null
COMPLETE := problems=$$($(PIP) check) || { echo "$$problems"; echo "Start again with: make clean"; exit 1; }

# What a failed try left behind, or a Python that has gone since, is no environment: the next try makes it again.
$(shell $(VENV_WORKS) || rm -f .venv/.installed .venv/.installed-dev)

.PHONY: demo setup doctor run install install-dev test soak bench profile pictures check format lock clean

demo: install            ## the playground, with a sandbox gateway unless COMETAPI_KEY is set
	@$(if $(PORT),PLAYGROUND_PORT=$(PORT)) exec $(BIN)/imagine-bot demo

setup: install          ## asks for keys and tokens, checks each at once, and waits for the first picture
	@exec $(BIN)/imagine-bot setup

doctor: install         ## checks everything from settings to tokens, and says what to do
	@exec $(BIN)/imagine-bot doctor

run: install             ## every platform whose token is set
	@exec $(BIN)/imagine-bot run

install: .venv/.installed
install-dev: .venv/.installed-dev

# More processes than cores: most of the time a test waits. Tests of a platform's deadline run alone: beside another they would
# measure that one.
# Where an image forbids it to keep what was compiled, each of its many processes would compile everything again.
test: export PYTHONDONTWRITEBYTECODE =
test: .venv/.installed-dev
	$(BIN)/pytest -n 6 --dist worksteal -m "not alone" $(ARGS)
	$(BIN)/pytest -m alone $(ARGS) || test $$? -eq 5  # 5: ARGS chose none of these

soak: .venv/.installed-dev    ## thousands of schedules of failures, until one breaks a promise, and no speed lost; CHAOS_FIRST=… for others
	HOSTILE_TEXTS=$(or $(HOSTILE_TEXTS),10000) $(BIN)/pytest -n 2 tests/system/test_doors.py
	CHAOS_SEEDS=$(or $(CHAOS_SEEDS),1000) CHAOS_POSTGRES=$(or $(CHAOS_POSTGRES),60) CHAOS_FIRST=$(or $(CHAOS_FIRST),0) \
		$(BIN)/pytest -n 2 --maxfail 1 tests/system/test_chaos.py $(ARGS)
	$(BIN)/python -m benchmarks $(or $(BENCH),endtoend transactions) --runs 3 --compare

bench: .venv/.installed-dev   ## a quarter of an hour; WRITE=1 keeps benchmarks/results.json and .md, ARGS="burst --runs 1" measures a part
	$(BIN)/python -m benchmarks $(ARGS) $(if $(WRITE),--write)

profile: .venv/.installed-dev   ## where a job's processor time goes, and what each promise costs; WRITE=1 renews docs/performance.md
	$(BIN)/python -m benchmarks.profiling $(ARGS) $(if $(WRITE),--write)

pictures: .venv/.installed-dev  ## needs Chromium and a Japanese font; renews docs/images by what the bot sends
	$(BIN)/python -m tests.support.readme_pictures

check: .venv/.installed-dev
	$(BIN)/python -m tests.support.locks
	$(BIN)/python -m tests.support.catalogues
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/.installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.venv/.installed: requirements.txt pyproject.toml
	@$(VENV_WORKS) || $(PYTHON) -c '$(NEW_ENOUGH)'
	@$(VENV_WORKS) || $(PYTHON) -m venv --clear .venv
	@echo "Installing into .venv …"
	@$(INSTALL) --require-hashes -r requirements.txt
	@$(INSTALL) --no-build-isolation --editable .
	@$(COMPLETE)
	@touch $@

.venv/.installed-dev: requirements-dev.txt .venv/.installed
	@$(INSTALL) --require-hashes -r requirements-dev.txt
	@$(COMPLETE)
	@touch $@

LOCK := uv pip compile --quiet --universal --generate-hashes --no-header --no-strip-extras --python-version 3.11
lock:                    ## needs uv; renews both locks (docs/dependencies.md)
	$(LOCK) --upgrade pyproject.toml requirements-build.in -o requirements.txt
	$(LOCK) --upgrade --constraint requirements.txt --group dev pyproject.toml requirements-build.in -o requirements-dev.txt

clean:
	rm -rf .venv
