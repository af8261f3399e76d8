#!/usr/bin/env bash
# Shows restage on a real pipeline: the words of the licence texts in /usr/share/common-licenses
# (pipelines/quickstart.ini).
#
#   examples/quickstart.sh [--prefix DIR]
#
# From a clone, on a fresh Debian 12, as root or with sudo: installs the packages that building needs, builds
# restage, and installs it below /usr/local, or DIR. From where restage is installed: copies the example
# to ./restage-quickstart and runs it there.
set -euo pipefail

prefix=/usr/local
case ${1:-} in
"") ;;
--prefix) prefix=$(realpath -m "${2:?--prefix wants a directory}") ;;
*) echo "usage: examples/quickstart.sh [--prefix DIR]" >&2 && exit 2 ;;
esac
top=$(realpath "$(dirname "$0")/..")

build() {
	# shellcheck source=examples/packages.sh
	. examples/packages.sh
	# shellcheck disable=SC2086 # one word a package
	need_packages $packages_build
	cmake --preset release -B build/quickstart >/dev/null
	cmake --build build/quickstart >/dev/null
	local install=(cmake --install build/quickstart --prefix "$prefix")
	if mkdir -p "$prefix" 2>/dev/null && [ -w "$prefix" ]; then
		"${install[@]}" >/dev/null
	else
		as_root "${install[@]}" >/dev/null
	fi
	echo "restage is installed: $prefix/bin/restage (to remove it: cmake --build build/quickstart -t uninstall)"
}

if [ -f "$top/CMakeLists.txt" ]; then
	cd "$top"
	build
	restage=$prefix/bin/restage
else
	restage=$(realpath "$top/../..")/bin/restage
	[ -x "$restage" ] || restage=$(command -v restage)
	mkdir -p restage-quickstart
	cp -R "$top/pipelines" "$top/examples" restage-quickstart
	cd restage-quickstart
fi
if [ "$(command -v restage || true)" != "$restage" ]; then
	echo "to call it by its name: PATH=$(dirname "$restage"):\$PATH"
fi
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
