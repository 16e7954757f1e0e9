# The commands of this project. `make help` lists them.
#
# Each sets up what it needs first: a virtual environment in .venv, from requirements.lock.

.DEFAULT_GOAL := help
.PHONY: help demo compare soak migrate harts bench bench-quick test check long bitstream gate board-test replay oracle mutants breaks lint setup lock clean

# PYTHON=...  the Python to set up with (3.11 to 3.13); otherwise the newest of those on PATH.
PYTHON ?=
# GUEST0=... GUEST1=...  C sources to run as guests of the demo; WINDOW=START:END  cycles to dump.
GUEST0 ?=
GUEST1 ?=
WINDOW ?=
# TESTS=...  what `make test` hands to pytest instead of everything.
TESTS ?=
# SEEDS=FIRST:LAST STEPS=...  the streams of `make oracle`, and the steps of each.
# RECORD=1               `make oracle` records the vectors of tests/oracle anew, and does no more.
SEEDS ?=
STEPS ?=
RECORD ?=
# CONFIG=... OPERATIONS=N  the GICs of `make long`, and the operations of all; also SEED=N.
CONFIG ?=
OPERATIONS ?=

# NAMES=...  of `make mutants` or `make breaks`, from the lists in tests/mutations; otherwise all.
NAMES ?=

# BOARD=...  the board of `make bitstream`; SEED=N  where place-and-route begins, or a stream.
BOARD ?=
SEED ?=
# TICKS=N  of each guest of `make compare` and `make board-test`; of all of `make soak`.
TICKS ?=
# FILES=... ON=rtl,model  the scripts of `make replay`, and where they run.
FILES ?=
ON ?=

PY := .venv/bin/python
JOBS := $(shell nproc 2>/dev/null || echo 2)
SOURCES := rtl sim boards tests

help:
	@echo "make demo    run the main job on the simulated SoC (GUEST0=file GUEST1=file WINDOW=a:b)"
	@echo "make compare  the same work in the hypervisor's modes, side by side (TICKS=500)"
	@echo "make soak    a million ticks over the modes, in shards: an hour or so, and it resumes (TICKS=N SEED=N)"
	@echo "make migrate move a guest at many instants, between slots and systems (MOVES=200 UART=5 SEED=1)"
	@echo "make harts   two guests with two virtual CPUs each, on two harts (TICKS=80 SEED=1)"
	@echo "make bench   measure the GIC alone on an ECP5, in all sizes: hours, and it resumes"
	@echo "make bench-quick  the same for one size"
	@echo "make test    lint, then every test (TESTS=path for some)"
	@echo "make check   lint, and the tests that the current change concerns"
	@echo "make oracle  the GIC's model against QEMU: vectors and fresh streams (SEEDS=1:20 STEPS=5000)"
	@echo "make long    a million operations on 20 GICs against the model (CONFIG=... OPERATIONS=N SEED=N)"
	@echo "make mutants  is each mutation of the GIC found by the part of make long in make test, or proved equivalent? (NAMES=...)"
	@echo "make breaks   does each rule's test fail when the firmware or the RTL breaks the rule? (NAMES=...)"
	@echo "make bitstream BOARD=ulx3s   a board's bitstream, in build/boards (SEED=2 for another try)"
	@echo "make gate    run the firmware on the synthesized netlist (BOARD=ulx3s)"
	@echo "make board-test BOARD=ulx3s  the on-board test, on a simulated board (TICKS=20)"
	@echo "make replay FILES=a.gic  run GIC scripts (ON=rtl,model,qemu for several targets)"
	@echo "make lint    ruff, formatting, the firmware's C warnings"
	@echo "make lock    write requirements.lock again from pyproject.toml"
	@echo "make clean   remove what was built (not .venv)"

setup:
	@PYTHON="$(PYTHON)" sh sim/set_up.sh

demo: setup
	@AMAGIC_JOBS=$(JOBS) $(PY) -m amagic_sim.cli demo \
	    $(if $(GUEST0),--guest0 "$(GUEST0)") $(if $(GUEST1),--guest1 "$(GUEST1)") \
	    $(if $(WINDOW),--window "$(WINDOW)")

compare: setup
	@AMAGIC_JOBS=$(JOBS) $(PY) -m amagic_sim.cli compare $(if $(TICKS),--ticks "$(TICKS)")

soak: setup
	@$(PY) -m amagic_sim.cli soak --jobs $(JOBS) \
	    $(if $(TICKS),--ticks "$(TICKS)") $(if $(SEED),--seed "$(SEED)")

migrate: setup
	@AMAGIC_JOBS=$(JOBS) $(PY) -m amagic_sim.cli migrate $(if $(MOVES),--moves "$(MOVES)") \
	    $(if $(UART),--uart "$(UART)") $(if $(SEED),--seed "$(SEED)")

harts: setup
	@AMAGIC_JOBS=$(JOBS) $(PY) -m amagic_sim.cli harts $(if $(TICKS),--ticks "$(TICKS)") \
	    $(if $(SEED),--seed "$(SEED)")

bench: setup
	@AMAGIC_JOBS=$(JOBS) $(PY) -m amagic_sim.cli bench

bench-quick: setup
	@AMAGIC_JOBS=$(JOBS) $(PY) -m amagic_sim.cli bench --quick

lint: setup
	@echo "lint: ruff"
	@$(PY) -m ruff check --quiet $(SOURCES)
	@$(PY) -m ruff format --quiet --check $(SOURCES)
	@echo "lint: the firmware's C"
	@$(PY) -m amagic_sim.firmware lint

# (The tests of a file share runs of the SoC, and their folders: one process has them all.)
test: lint
	@echo "test: pytest on two processes (simulators are compiled when first needed)"
	@$(PY) -m pytest -n 2 --dist loadfile --durations=10 $(TESTS)

check: lint
	@$(PY) -m amagic_sim.check

long: setup
	@$(PY) -m amagic_sim.cli streams --jobs $(JOBS) $(if $(CONFIG),--config "$(CONFIG)") \
	    $(if $(OPERATIONS),--operations "$(OPERATIONS)") $(if $(SEED),--seed "$(SEED)")

oracle: setup
	@$(PY) -m amagic_sim.oracle $(if $(SEEDS),--seeds "$(SEEDS)") $(if $(STEPS),--steps "$(STEPS)") $(if $(RECORD),--record)

mutants: setup
	@PYTHONPATH=tests/mutations/support $(PY) -m mutants $(NAMES)

breaks: setup
	@PYTHONPATH=tests/mutations/support $(PY) -m breaks --jobs $(JOBS) $(NAMES)

bitstream: setup
	@$(PY) -m amagic_sim.cli build "$(BOARD)" $(if $(SEED),--seed "$(SEED)")

gate: setup
	@AMAGIC_JOBS=$(JOBS) $(PY) -m amagic_sim.cli gate $(BOARD)

board-test: setup
	@AMAGIC_JOBS=$(JOBS) $(PY) -m amagic_sim.cli board-test --simulate "$(BOARD)" \
	    $(if $(TICKS),--ticks "$(TICKS)")

replay: setup
	@AMAGIC_JOBS=$(JOBS) $(PY) -m amagic_sim.cli replay $(if $(ON),--on "$(ON)") $(FILES)

lock:
	@command -v uv >/dev/null || { echo "make lock needs uv: pip install uv" >&2; exit 1; }
	uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --all-extras \
	    --no-config --no-emit-index-url \
	    --custom-compile-command "make lock" --output-file requirements.lock pyproject.toml

clean:
	rm -rf build .pytest_cache .ruff_cache
