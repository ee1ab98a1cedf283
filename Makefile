# make run     the panel, with the demo PBX unless AMI_URL names a real one
# make test    everything the tests need, then all of them (LONG=1: and ten minutes of faults at random)
# make bench   the benchmarks
# make chaos   ten minutes of faults at random (CHAOS="--minutes 60 --seed 7" for others)

PYTHON3 ?= python3
VENV ?= .venv
PYTHON := $(VENV)/bin/python
export PYTHON
export PYTHONUNBUFFERED = 1
# Every process of the tests would compile the whole panel again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test bench chaos
.DELETE_ON_ERROR:

run: $(VENV)/.installed
	@$(PYTHON) manage.py preflight
	@$(PYTHON) manage.py migrate --verbosity 0
	@$(PYTHON) manage.py collectstatic --no-input --verbosity 0
	@$(PYTHON) manage.py demo_accounts --if-demo
	@# Honcho sets PORT for each kind of process, counting from --port: the web is the first (the worker takes it out again).
	@exec $(VENV)/bin/honcho --env /dev/null start --port "$${PORT:-8000}"

test: $(VENV)/.installed-dev
	@# Without the rights to install, the tests that need real parts are skipped with the reason; not so in CI.
	@sh tests/rig/install.sh || [ -z "$$CI" ]
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	@# Of a fresh data folder and the defaults: what the developer runs beside it must neither help nor hinder.
	@for check in "makemigrations --check --dry-run" "check --fail-level WARNING"; do \
	    echo "manage.py $$check"; \
	    env -i PATH="$$PATH" HOME="$$HOME" DATA_DIR="$(VENV)/data-of-checks" $(PYTHON) manage.py $$check || exit 1; \
	done
	@# Whoever holds the whole panel to its seconds needs the machine for it. Most others wait for a phone, a PBX or a
	@# browser: five at a time on two cores, each file in one process.
	@echo pytest; $(VENV)/bin/pytest -m alone; alone=$$?; \
	    $(VENV)/bin/pytest -m "not alone" -n 5 --dist loadfile --no-loadscope-reorder && exit $$alone
	@[ -z "$$LONG" ] || $(PYTHON) -m tests.chaos $(CHAOS)

bench: $(VENV)/.installed-dev
	@$(PYTHON) -m benchmarks

chaos: $(VENV)/.installed-dev
	@sh tests/rig/install.sh || [ -z "$$CI" ]
	@$(PYTHON) -m tests.chaos $(CHAOS)

# --- the virtual environment: made once, filled again when a requirements file changes ------------------------------

$(VENV)/.installed: requirements.txt | $(VENV)/bin/pip
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt requirements.txt | $(VENV)/bin/pip
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(VENV)/.installed

$(VENV)/bin/pip:
	@$(PYTHON3) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	    || { echo "Cordboard needs Python 3.11 or newer as $(PYTHON3); name another with PYTHON3=..." >&2; exit 1; }
	@$(PYTHON3) -c 'import ensurepip, venv' 2>/dev/null \
	    || { echo "$(PYTHON3) cannot make virtual environments. On Debian: apt-get install python3-venv" >&2; exit 1; }
	@$(PYTHON3) -m venv $(VENV)
