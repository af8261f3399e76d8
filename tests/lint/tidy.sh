#!/usr/bin/env bash
# tidy.sh BUILD    clang-tidy over every C file that ships, once each; checks are in .clang-tidy
set -euo pipefail
build=$(realpath "$1")
cd "$(dirname "$0")/../.."
mkdir -p "$build/tidy"
jq --arg src "$PWD/src/" '[.[] | select(.file | startswith($src))] | unique_by(.file)' \
	"$build/compile_commands.json" >"$build/tidy/compile_commands.json"
jq -r '.[].file' "$build/tidy/compile_commands.json" |
	xargs -P "$(nproc)" -n 1 clang-tidy -p "$build/tidy" --quiet --warnings-as-errors='*' \
		--extra-arg=-Wno-unknown-warning-option
