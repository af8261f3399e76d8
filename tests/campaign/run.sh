#!/usr/bin/env bash
# Builds restage, runs the campaigns that try to break its promises, and prints a table of them.
#
#   tests/campaign/run.sh         the short forms: a few minutes
#   tests/campaign/run.sh full    the long ones: hours
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=tests/lib/packages.sh
. tests/lib/packages.sh

case ${1:-} in
"") label='^campaign$' ;;
full) label='^full$' ;;
*) echo "usage: tests/campaign/run.sh [full]" >&2 && exit 2 ;;
esac

need_packages "${PACKAGES_BUILD[@]}" "${PACKAGES_TESTS[@]}"
cmake --preset release -DRESTAGE_WERROR=ON
cmake --build build/release

results=build/release/campaign-results
rm -rf "$results"
mkdir "$results"
code=0
ctest --test-dir build/release -j "$(nproc)" --output-on-failure --no-label-summary -L "$label" || code=$?
echo
python3 tests/campaign/table.py "$results" || code=1
exit "$code"
