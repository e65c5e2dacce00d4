# Two commands do everything:  make run  (install, then one whole night on the sample web)   make test  (all checks and tests)
SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
UV_VERSION := 0.13.9
BIN := .venv/bin
DATA ?= data
export UV_SYSTEM_CERTS := 1
export UV_PROJECT_ENVIRONMENT := .venv

.PHONY: run test check lint types imports pytest train evaluate bench zoo docs lock clean

run: .venv/.ready .venv/.system ## one whole night on the sample web, from public ad to verified bundle
	$(BIN)/python -m desk.firstrun --data $(DATA)

test: check pytest ## every check and every test

check: lint types imports ## style, types, import rule

lint: .venv/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.ready
	$(BIN)/mypy

imports: .venv/.ready
	$(BIN)/lint-imports

pytest: .venv/.ready .venv/.system
	$(BIN)/pytest -n 2 --dist loadfile

train: .venv/.ready ## trains the classifier anew from the corpus (the trained one is shipped)
	$(BIN)/python -m classifiers.training train

evaluate: .venv/.ready ## prints what the classifier gets right and wrong on held-out folds
	$(BIN)/python -m classifiers.training evaluate

bench: .venv/.ready ## measures the classifiers' speed, memory and size on one core
	$(BIN)/python -m benchmarks

zoo: .venv/.ready ## makes every bad bundle there is and prints who finds it: ours, wacz validate, warcio check
	$(BIN)/python -m tests.zoo

docs: .venv/.ready ## writes docs/cli.md anew from the program
	$(BIN)/python -m typer desk.cli.reference utils docs --name offsignal --output docs/cli.md

lock: .venv/.ready ## renews the lock file; releases younger than a week stay out
	$(BIN)/uv lock --upgrade

.venv/.ready: pyproject.toml uv.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11 is needed: install it and run make again" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv==$(UV_VERSION)'
	$(BIN)/uv sync --frozen --inexact --quiet
	@touch $@

.venv/.system: .venv/.ready scripts/system.sh
	scripts/system.sh $(BIN)
	@touch $@

clean: ## removes the environment and the sample data
	rm -rf .venv data
