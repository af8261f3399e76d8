#!/usr/bin/env bash
# Builds restage on a fresh Debian 12, as root or with sudo, and shows what it does on a real pipeline:
# the words of the licence texts in /usr/share/common-licenses (pipelines/quickstart.ini).
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tests/lib/packages.sh
. tests/lib/packages.sh

need_packages "${PACKAGES_BUILD[@]}"
cmake --preset release -DRESTAGE_TESTS=OFF -B build/quickstart >/dev/null
cmake --build build/quickstart >/dev/null
restage=build/quickstart/restage
job=out/quickstart
run() {
	echo "\$ restage -f pipelines/quickstart.ini $*"
	"$restage" -f pipelines/quickstart.ini "$@"
}
step() {
	printf '\n=== %s\n' "$*"
}

step "A first run makes everything"
rm -rf "$job"
run run
sed -n 1,20p "$job"/*_report/report.txt

step "Again: nothing to do"
run run

step "An input gets a new time stamp and keeps its content: nothing to do"
touch examples/quickstart/stopwords.txt
run run

step "Another licence to compare with: what would run, and why"
run -p right=MPL-2.0 run -n

step "It runs exactly that"
run -p right=MPL-2.0 run
cat "$job"/*_compare/compare.txt

step "Why did the comparison run?"
run -p right=MPL-2.0 why compare

step "One stage replayed aside: does it make the same bytes again?"
run -p right=MPL-2.0 replay --check total

step "Back to the first licence, then the state of every stage"
run run
run status

step "The graph, written by each run that ran something: $job/graph.dot"
run graph --format mermaid | head -n 12
echo
echo "Logs: $job/logs, and stage.log and manifest.json in each directory of $job"
