#!/usr/bin/env bash
# Runs shellcheck over all shell scripts, with and without suffix. The command-line tests and those with Slurm are
# many: what their lib.sh gives them is taken on trust, reading it again for each takes longer than all else.
set -euo pipefail
cd "$(dirname "$0")/../.."
mapfile -t scripts < <({
	find .ci tests examples src -name node_modules -prune -o -type f -name '*.sh' ! -path 'tests/cli/*' ! -path 'tests/slurm/*' -print
	grep -rlIE --exclude='*.py' --exclude-dir=cli --exclude-dir=slurm --exclude-dir=node_modules '^#!.*[/ ](ba|da)?sh( |$)' .ci tests examples src
} 2>/dev/null | sort -u)
shellcheck --external-sources "${scripts[@]}" tests/cli/lib.sh tests/slurm/lib.sh
find tests/cli tests/slurm -name '*.sh' ! -name lib.sh -print0 |
	xargs -0 shellcheck --exclude=SC1091,SC2034,SC2103,SC2154,SC2164
