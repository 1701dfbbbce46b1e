# Every target works on a fresh machine: each first makes .venv from the hashed lock.
PYTHON ?= python3
BIN := .venv/bin
NEW_ENOUGH := import sys; sys.exit("Python 3.11 or newer is needed: name one as in make demo PYTHON=python3.11" if sys.version_info < (3, 11) else 0)

.PHONY: demo run install test soak bench check format lock clean

demo: install            ## the playground, with a sandbox gateway unless COMETAPI_KEY is set
	@$(if $(PORT),HTTP_PORT=$(PORT)) exec $(BIN)/imagine-bot demo

run: install             ## every platform whose token is set
	@exec $(BIN)/imagine-bot run

install: .venv/.installed

# Tests of a platform's deadline run alone: beside another test on two cores they would measure that test.
test: .venv/.installed-dev
	$(BIN)/pytest -n 2 -m "not alone" $(ARGS)
	$(BIN)/pytest -m alone $(ARGS) || test $$? -eq 5  # 5: ARGS chose none of these

soak: .venv/.installed-dev    ## thousands of schedules of failures, until one breaks a promise; CHAOS_FIRST=… for others
	CHAOS_SEEDS=$(or $(CHAOS_SEEDS),1000) CHAOS_FIRST=$(or $(CHAOS_FIRST),0) $(BIN)/pytest -n 2 --maxfail 1 tests/test_chaos.py $(ARGS)

bench: .venv/.installed-dev   ## a few minutes; WRITE=1 writes benchmarks/results.md, ARGS="burst --runs 1" measures a part
	$(BIN)/python -m benchmarks $(ARGS) $(if $(WRITE),--write)

check: .venv/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/.installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.venv/.installed: requirements.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -c '$(NEW_ENOUGH)'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing into .venv …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.installed-dev: requirements-dev.txt .venv/.installed
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

lock:                    ## needs uv; writes both locks afresh
	uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 pyproject.toml requirements-build.in -o requirements.txt
	uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 --group dev pyproject.toml requirements-build.in -o requirements-dev.txt

clean:
	rm -rf .venv
