#!/usr/bin/env bash
# Builds restage, runs the campaigns that try to break its promises, and prints a table of them.
#
#   tests/campaign/run.sh             the short forms: a few minutes
#   tests/campaign/run.sh full        the long ones: hours
#   tests/campaign/run.sh full 300    the same, but none of them for more than 300 seconds: what is not done
#                                     by then is left out, and its row in the table says so
#
# compare_binaries.py is no part of it: it compares two builds, and is called by hand where a change must not be seen.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=tests/lib/packages.sh
. tests/lib/packages.sh

usage() {
	echo "usage: tests/campaign/run.sh [full [SECONDS]]" >&2
	exit 2
}

case ${1:-} in
"") select=(-L '^campaign$') ;;
full) select=(-L '^full$' -R '^campaign_') ;;
*) usage ;;
esac
case ${2:-} in
"") ;;
*[!0-9]* | 0*) usage ;;
*) export CAMPAIGN_SECONDS=$2 ;;
esac

# shellcheck disable=SC2086 # one word a package
need_test_packages $packages_build $packages_tests
cmake --preset dev
cmake --build build/dev

results=build/dev/campaign-results
rm -rf "$results"
mkdir "$results"
code=0
ctest --test-dir build/dev -j "$(nproc)" --output-on-failure --no-label-summary "${select[@]}" || code=$?
echo
python3 tests/campaign/table.py "$results" || code=1
exit "$code"
