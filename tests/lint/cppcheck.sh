#!/usr/bin/env bash
# cppcheck.sh BUILD    cppcheck over every C file that ships
set -euo pipefail
build=$(realpath "$1")
cd "$(dirname "$0")/../.."
mkdir -p "$build/cppcheck"
cppcheck --project="$build/compile_commands.json" --file-filter="$PWD/src/*" \
	--cppcheck-build-dir="$build/cppcheck" -j "$(nproc)" --quiet --error-exitcode=1 \
	--enable=warning,performance,portability --library=tests/lint/cppcheck.cfg \
	--inline-suppr --suppress=missingIncludeSystem --suppress=unmatchedSuppression
