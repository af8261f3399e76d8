#!/usr/bin/env bash
# suite.sh PRESET CTEST-OPTION...: builds a sanitizer preset and runs tests of it. A test of the outer
# ctest, so that its closing lines cover this one too.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tests/lib/sanitizers.sh
. tests/lib/sanitizers.sh
preset=$1
shift

export ASAN_OPTIONS=detect_stack_use_after_return=1
export UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
# Command-line tests have reports of their own; the others' are looked at when all have ended.
export SANITIZER_REPORTS=$PWD/build/$preset/reports
rm -rf "$SANITIZER_REPORTS"
mkdir -p "$SANITIZER_REPORTS"
sanitizers_report_to other

# ThreadSanitizer of gcc 12 does not start where addresses are spread over too many bits.
fixed_addresses=()
if [ "$preset" = tsan ] && setarch "$(uname -m)" -R true 2>/dev/null; then
	fixed_addresses=(setarch "$(uname -m)" -R)
fi

# Unit tests of which none is asked for need not be built (tests/unit).
targets=(all)
[ "${1:-}" = -L ] || targets+=(units)

cmake --preset "$preset"
cmake --build "build/$preset" --target "${targets[@]}"
code=0
# Beside this test there is another one (run.sh).
"${fixed_addresses[@]}" ctest --test-dir "build/$preset" -j "$(nproc)" --output-on-failure "$@" || code=$?
sanitizers_are_silent other || code=1
exit $code
