# Two commands do all of their own set-up: `make demo` and `make test`. The rest are for developers.
.PHONY: demo test test-all bench bench-conflict check console console-test pictures

CARGO ?= cargo

# Replays 17 September 2016 between two real nodes in this terminal, while the console builds; then opens a day of
# September 2017 at three desks, in a browser. Needs Rust, a C compiler and Python; without npm it says so, and plays the
# day in the terminal.
demo:
	@scripts/need rust cc python
	$(CARGO) build --release -p standclear -p scenarios
	@scripts/demo

# Everything that holds the promises, 1,000 of the simulator's schedules among it, in under 25 minutes on two cores from a warm build.
test: console
	@scripts/need rust cc go python
	$(CARGO) test --workspace
	$(MAKE) console-test

# The console, as the next build of the program takes it in. The program works without it, and says so.
console:
	@scripts/need node
	cd console && npm ci --no-audit --no-fund --loglevel=error && npm run --silent check && npm run --silent build

# The console in a real browser, between two real nodes, in every language.
console-test:
	@scripts/need chromium
	$(CARGO) build -p standclear -p scenarios
	cd console && npm run --silent test && npm run --silent test:browser

# Pictures of the console's main pages in every language, for docs/pictures. Look at them before they are committed.
pictures: console
	@scripts/need chromium
	$(CARGO) build -p standclear
	cd console && PICTURES=$$PWD/../docs/pictures npm run --silent pictures

# As `test`; then libFuzzer on every parser of bytes from outside, and 20,000 schedules.
test-all: test
	scripts/fuzz $${FUZZ_SECONDS:-20}
	SIM_SCHEDULES=$${SIM_SCHEDULES:-20000} $(CARGO) test --release -p sim --test schedules

# One table: medians, 99th percentiles, the machine, and the peers that run beside us.
bench:
	@scripts/need rust cc python
	$(CARGO) build --release -p standclear -p bench
	@target/release/bench

# The conflict engine beside its peers, over one seeded workload: times only where the answers were compared.
# `make bench-conflict OPTIONS="--volumes 100000"`.
bench-conflict:
	@scripts/need rust
	$(CARGO) build --release -p bench-conflict
	@scripts/bench-conflict $(OPTIONS)

check:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
