#!/usr/bin/env bash
# The page of the report: built and used.
#
#   page.sh BUILD modules    copies the sources of the page to BUILD and installs what builds them there
#   page.sh BUILD types      checks their types
#   page.sh BUILD bytes      builds the page anew: it must be the one that is committed, byte for byte
#   page.sh BUILD SCRIPT...  runs a script of this folder with node
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../../src/report" && pwd)
build=$1
shift

case $1 in
modules)
	command -v npm >/dev/null || { echo "npm is missing: tests/run.sh installs it" >&2 && exit 1; }
	mkdir -p "$build"
	find "$build" -maxdepth 1 -type f ! -name lock.installed -delete
	cp "$source"/*.* "$source"/.npmrc "$build"
	cmp -s "$build/package-lock.json" "$build/lock.installed" && [ -d "$build/node_modules" ] && exit 0
	cd "$build"
	npm ci --ignore-scripts --no-audit --no-fund
	cp package-lock.json lock.installed
	;;
types)
	cd "$build"
	exec node node_modules/typescript/bin/tsc -p tsconfig.json
	;;
bytes)
	cd "$build"
	node build.mjs rebuilt.html
	cmp rebuilt.html "$source/page.html" && exit 0
	echo "src/report/page.html is not what its sources make: (cd src/report && npm ci && npm run build)" >&2
	exit 1
	;;
*)
	script=$1
	shift
	RESTAGE_REPORT_MODULES=$build exec node "$here/$script" "$@"
	;;
esac
