# A few words in front of CMake's presets: make, make demo, make test, make cuda, make asan, make tsan, make fuzz, make coverage, make format,
# make install, make python-test, make pg-test, make deb. What is too long for make test (docs/trust.md): make mutate, make faults, make kills, make stops.
# Where nvcc is installed, all of them but the instrumented ones build libmolglot_cuda.so too; make cuda insists on it and is in build/cuda.
PRESET ?= release
SECONDS_EACH ?= 30
# make mutate: planted faults, and for how long; make faults, make kills: of each kind and command
FAULTS ?= 300
SECONDS ?= 4800
POINTS ?= 60
TIMES ?= 50

all: build

build:
	@cmake --preset $(PRESET) >/dev/null
	@cmake --build --preset $(PRESET)

demo:
	@cmake --preset $(PRESET) >/dev/null
	@cmake --build --preset $(PRESET) --target molglot
	@tools/demo.sh build/$(PRESET)

test: build
	@ctest --preset $(PRESET) -j $$(nproc)

# clicks through the server's page in headless Chromium (apt-get install chromium python3); pictures in build/page
page-test: build
	@build/$(PRESET)/molglot index -q examples/library.tsv -o build/page.idx
	@tests/page/page.py build/$(PRESET)/molglot build/page.idx build/page

cuda:
	@$(MAKE) --no-print-directory build PRESET=cuda

asan tsan:
	@$(MAKE) --no-print-directory test PRESET=$@

fuzz:
	@cmake --preset fuzz >/dev/null && cmake --build --preset fuzz && fuzz/run.sh $(SECONDS_EACH)

coverage:
	@$(MAKE) --no-print-directory test PRESET=coverage
	@gcovr --root . --filter src --print-summary build/coverage

mutate: build
	@tools/mutate.sh -n $(FAULTS) -t $(SECONDS) -b build/$(PRESET)

faults: build
	@tests/trust/no_fault_harms_what_is_complete.sh "$(CURDIR)/build/$(PRESET)/molglot" "$(CURDIR)/models" $(POINTS)

kills: build
	@tests/trust/kill_9_harms_nothing.sh "$(CURDIR)/build/$(PRESET)/molglot" "$(CURDIR)/models" $(TIMES)

stops: build
	@tests/trust/an_interrupt_is_noticed.sh "$(CURDIR)/build/$(PRESET)/molglot" "$(CURDIR)/models" whole

format:
	@git ls-files '*.c' '*.h' '*.cc' '*.cu' | xargs clang-format -i

python-test: build
	@MOLGLOT_BUILD=build/$(PRESET) tools/python_test.sh

# export -f pgcopy into a real PostgreSQL (tools/pg_test.sh): PG_ROWS, PG_SMILES
pg-test: build
	@tools/pg_test.sh build/$(PRESET)/molglot models build/pg

deb: build
	@cd build/$(PRESET) && cpack -G DEB

install: build
	@cmake --install build/$(PRESET) $(if $(PREFIX),--prefix "$(abspath $(PREFIX))")

clean:
	rm -rf build

.PHONY: all build demo test python-test pg-test deb page-test cuda asan tsan fuzz coverage mutate faults kills stops format install clean
