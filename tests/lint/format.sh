#!/usr/bin/env bash
# format.sh        are all C files formatted as .clang-format says? (version 14, as in Debian 12)
# format.sh -i     formats them
set -euo pipefail
cd "$(dirname "$0")/../.."
mapfile -t files < <(find src include tests -name '*.[ch]' 2>/dev/null | sort)
if [ "${1:-}" = -i ]; then
	clang-format -i "${files[@]}"
else
	clang-format --dry-run -Werror "${files[@]}"
fi
