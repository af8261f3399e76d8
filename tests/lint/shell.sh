#!/usr/bin/env bash
# Runs shellcheck over all shell scripts, with and without suffix.
set -euo pipefail
cd "$(dirname "$0")/../.."
mapfile -t files < <({
	find .ci tests examples src -type f -name '*.sh'
	grep -rlIE --exclude='*.py' '^#!.*[/ ](ba|da)?sh( |$)' .ci tests examples src
} 2>/dev/null | sort -u)
shellcheck "${files[@]}"
