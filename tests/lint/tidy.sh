#!/usr/bin/env bash
# tidy.sh BUILD    clang-tidy over every C file that the build compiles; checks are in .clang-tidy
set -euo pipefail
build=$(realpath "$1")
cd "$(dirname "$0")/../.."
jq -r '.[].file' "$build/compile_commands.json" | sort -u |
	xargs -P "$(nproc)" -n 1 clang-tidy -p "$build" --quiet --warnings-as-errors='*' \
		--extra-arg=-Wno-unknown-warning-option
