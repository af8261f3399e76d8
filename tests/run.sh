#!/usr/bin/env bash
# Builds restage and runs its tests on a fresh Debian 12, as root or with sudo. The output ends with
# ctest's closing lines; the exit code is ctest's.
#
#   tests/run.sh         everything but the tests labelled full: about a quarter of an hour on two cores
#   tests/run.sh quick   the release build and its tests: no sanitizers, no campaigns, no slow checks
#   tests/run.sh full    the long ones too: every crash point, random walks, fuzzers
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tests/lib/packages.sh
. tests/lib/packages.sh

case ${1:-} in
"") select=(-LE '^full$') ;;
quick) select=(-LE '^(slow|full|campaign)$') ;;
full) select=() packages_tests="$packages_tests $packages_full" ;;
*) echo "usage: tests/run.sh [quick|full]" >&2 && exit 2 ;;
esac

# shellcheck disable=SC2086 # one word a package
need_test_packages $packages_build $packages_tests
# nodejs may come from elsewhere, and then with an npm of its own, with which Debian's do not go together
command -v npm >/dev/null || need_packages nodejs npm

cmake --preset dev
cmake --build build/dev
# One more than there are processors: many tests wait for something most of the time.
exec ctest --test-dir build/dev -j "$(($(nproc) + 1))" --output-on-failure --no-label-summary "${select[@]}"
