#!/usr/bin/env bash
# tidy.sh BUILD [MAX-NODES]
#
# clang-tidy over every C file that ships, once each; checks are in .clang-tidy. MAX-NODES is how far the
# analyzer follows one function: less than its own 225,000 finds nearly as much in a fraction of the time.
set -euo pipefail
build=$(realpath "$1")
cd "$(dirname "$0")/../.."
mkdir -p "$build/tidy"
jq --arg src "$PWD/src/" '[.[] | select(.file | startswith($src))] | unique_by(.file)' \
	"$build/compile_commands.json" >"$build/tidy/compile_commands.json"
jq -r '.[].file' "$build/tidy/compile_commands.json" |
	xargs -P "$(nproc)" -n 1 clang-tidy -p "$build/tidy" --quiet --warnings-as-errors='*' \
		--extra-arg=-Wno-unknown-warning-option --extra-arg=-Xclang --extra-arg=-analyzer-config \
		--extra-arg=-Xclang --extra-arg="max-nodes=${2:-225000}"
