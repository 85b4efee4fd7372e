# Every target sets up what it needs; a second run of the same is near-instant.
NODE = node_modules/.bin/node
# Node 24 by way of the dependencies, for everything that is run below.
RUN = PATH="$(CURDIR)/node_modules/.bin:$$PATH"

.PHONY: help setup tools demo up down image image-test native test test-typescript test-long test-typescript-long test-native fuzz-native bench-native check check-typescript check-native check-deploy check-fuzz bench bench-load bench-viewers bench-heap bench-scale chaos weather compare-chunks cost pictures simulate fuzz-api dev migration clean
.DEFAULT_GOAL := help

help:
	@echo "make demo    convert a video from end to end on this machine, then clean up  [VIDEO=path PRESET=name OUT=path]"
	@echo "make up      run Reelway in the foreground; data is kept in .reelway/         [REELWAY_PORT=8787 REELWAY_RUNNERS=n]"
	@echo "make down    stop what make up started"
	@echo "make test    run the tests that every change needs                           [FLAGS=\"--project shared\"]"
	@echo "make test-long   run the others: corners that take minutes each, before a release  [FLAGS=\"test/e2e/devices\"]"
	@echo "make check   lint and types"
	@echo "make bench   measure, beside fastify + BullMQ + Redis"
	@echo "make bench-load  two minutes of mixed calls by 32 clients                    [SECONDS=120]"
	@echo "make bench-viewers  500 viewers of one job, and when each hears of its end    [VIEWERS=500 ROUNDS=5]"
	@echo "make bench-heap  what the Worker holds behind rounds of mixed calls           [ROUNDS=5]"
	@echo "make bench-scale one film on one and two runners, beside plain ffmpeg        [LENGTH=180 CLIP=path]"
	@echo "make chaos   kill runners and control plane while a film is made             [CHUNKS=60 SEED=n]"
	@echo "make weather an hour of mixed load with everything failing at times, and what held  [MINUTES=60 SEED=n DOCS=docs]"
	@echo "make compare-chunks  films made in chunks beside the same made as a whole, with long clips"
	@echo "make pictures    photograph the page and the command line for README"
	@echo "make simulate    the queue with 1,000 runners and 10,000 jobs, as docs/scheduling-report.md [SEED=1]"
	@echo "make cost    count what a job costs at Cloudflare's prices"
	@echo "make image   build the runner's container image                              [TARGETS=\"cpu nvidia vaapi\"]"
	@echo "make image-test    build every image and convert video in each               [TARGETS=cpu]"
	@echo "make native  build the media engine, reelway-media"
	@echo "make test-native   the media engine's own tests                              [REELWAY_FLIPS=10000]"
	@echo "make fuzz-native   fuzz every parser of the media engine                     [MINUTES=10]"
	@echo "make bench-native  measure the media engine beside cp and other packagers    [ROUNDS=5]"
	@echo "make fuzz-api    schemathesis against the running stack                      [CASES=20]"
	@echo "make dev     wrangler dev, for work on the Worker"
	@echo "make migration   write what edge/src/store/schema.ts adds to the database    NAME=what_it_adds"
	@echo "make setup   dependencies, ffmpeg and the dashboard only (the others do it by themselves)"
	@echo "make clean   remove dependencies and caches; your data in .reelway/ stays"

# What is needed to run anything; `setup` builds the dashboard as well.
tools:
	@infra/setup.sh

setup: tools
	@infra/build-page.sh

demo: tools
	@$(NODE) infra/stack/demo.ts

up: setup
	@exec $(NODE) infra/stack/main.ts

down: tools
	@$(NODE) infra/stack/down.ts

test: test-typescript
	@$(MAKE) --no-print-directory test-native

test-typescript: setup
	@$(RUN) vitest run --project '!*-long' $(FLAGS)

test-long: test-typescript-long
	@$(MAKE) --no-print-directory check-fuzz test-native TEST_FLAGS=--ignored

test-typescript-long: setup
	@$(RUN) vitest run --project '*-long' $(FLAGS)

image:
	@infra/docker/build.sh $(TARGETS)

image-test: setup
	@TARGETS="$(TARGETS)" infra/docker/test.sh $(FLAGS)

native:
	@cd native && cargo build --release --locked --quiet

fuzz-native:
	@native/fuzz/run.sh $(or $(MINUTES),10)

bench-native:
	@native/benches/main.sh $(or $(ROUNDS),5)

# A runner does without the Rust engine: without cargo its own tests are left out, and said so.
test-native:
	@if command -v cargo >/dev/null 2>&1; then cd native && cargo test --locked --quiet $(CARGO_FLAGS) -- $(TEST_FLAGS); \
	else echo "native/ is not tested: install Rust from https://rustup.rs to test it"; fi

check: check-typescript
	@$(MAKE) --no-print-directory check-native

check-typescript: setup
	@$(RUN) biome check .
	@$(RUN) tsc -p .
	@$(RUN) tsc -p edge
	@$(RUN) tsc -p edge/web
	@$(MAKE) --no-print-directory check-deploy

# What staging and production would get, without an account.
check-deploy: setup
	@$(NODE) infra/cloudflare/main.ts derive-config
	@for environment in staging production; do \
	  WRANGLER_SEND_METRICS=false $(RUN) wrangler deploy --dry-run --outdir .reelway/dry-run/$$environment -c wrangler.$$environment.json >.reelway/dry-run-$$environment.log 2>&1 \
	  || { cat .reelway/dry-run-$$environment.log; exit 1; }; echo "$$environment: a deploy would be accepted"; done

check-native:
	@if command -v cargo >/dev/null 2>&1; then cd native && cargo fmt --all --check && cargo clippy --locked --quiet --all-targets -- -D warnings; \
	else echo "native/ is not checked: install Rust from https://rustup.rs to check it"; fi

# The fuzz targets are compiled as far as types go: libFuzzer itself, which they would be linked with, takes a C++ compiler and minutes.
check-fuzz:
	@if command -v cargo >/dev/null 2>&1; then cd native/fuzz && cargo fmt --check \
	  && CUSTOM_LIBFUZZER_PATH=/nowhere CARGO_TARGET_DIR="$${CARGO_TARGET_DIR:-$$PWD/../target}" cargo check --locked --quiet; \
	else echo "native/fuzz is not checked: install Rust from https://rustup.rs to check it"; fi

bench: setup
	@$(NODE) test/bench/main.ts

bench-load: setup
	@$(NODE) test/bench/load/main.ts $(SECONDS)

bench-viewers: setup
	@$(NODE) test/bench/viewers/main.ts "$(VIEWERS)" "$(ROUNDS)"

bench-heap: setup
	@$(NODE) test/bench/heap/main.ts "$(ROUNDS)"

bench-scale: setup native
	@$(NODE) test/bench/scale/main.ts "$(LENGTH)" "$(CLIP)"

# What the long tests do with 10 chunks.
chaos: setup native
	@REELWAY_CHAOS_CHUNKS=$(or $(CHUNKS),60) REELWAY_CHAOS_SEED=$(SEED) $(RUN) vitest run --project e2e-long --silent=false test/e2e/chaos.long.test.ts

# Not in CI: it needs an hour and a machine of its own.
weather: setup native
	@$(NODE) test/weather/main.ts --minutes "$(MINUTES)" --seed "$(SEED)" --docs "$(DOCS)"

# What the long tests do with short films.
compare-chunks: setup native
	@REELWAY_ALL_CLIPS=1 $(RUN) vitest run --project e2e-long --silent=false test/e2e/chunks-equal-whole.long.test.ts

cost: setup
	@$(NODE) test/bench/cost/main.ts

pictures: setup native
	@$(NODE) test/pictures/main.ts

simulate: setup
	@$(NODE) test/bench/simulate/main.ts --seed $(or $(SEED),1)

fuzz-api: setup
	@$(NODE) test/fuzz/main.ts $(CASES)

dev: setup
	@infra/stack/write-dev-vars.sh
	@$(RUN) wrangler dev

migration: tools
	@test -n "$(NAME)" || { echo "Name it by what it adds: make migration NAME=job_titles" >&2; exit 2; }
	@cd edge && ../$(NODE) node_modules/drizzle-kit/bin.cjs generate --name "$(NAME)"

clean:
	rm -rf node_modules */node_modules edge/web/node_modules edge/web/dist infra/*/node_modules .reelway/cache .reelway/tools .reelway/images .wrangler
