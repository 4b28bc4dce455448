# A few words in front of CMake's presets: make, make demo, make test, make asan, make tsan, make fuzz, make coverage, make install.
PRESET ?= release
SECONDS_EACH ?= 30

all: build

build:
	@cmake --preset $(PRESET) >/dev/null
	@cmake --build --preset $(PRESET)

demo:
	@cmake --preset $(PRESET) >/dev/null
	@cmake --build --preset $(PRESET) --target molglot
	@tools/demo.sh build/$(PRESET)

test: build
	@ctest --preset $(PRESET)

asan tsan:
	@$(MAKE) --no-print-directory test PRESET=$@

fuzz:
	@cmake --preset fuzz >/dev/null && cmake --build --preset fuzz && fuzz/run.sh $(SECONDS_EACH)

coverage:
	@$(MAKE) --no-print-directory test PRESET=coverage
	@gcovr --root . --filter src --print-summary build/coverage

install: build
	@cmake --install build/$(PRESET)

clean:
	rm -rf build

.PHONY: all build demo test asan tsan fuzz coverage install clean
