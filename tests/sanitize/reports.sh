#!/usr/bin/env bash
# reports.sh WRONG: a command-line test in which the program WRONG does what a sanitizer must report fails,
# though the program runs in the background, its messages go nowhere and its exit code is not looked at.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
mkdir "$temp/reports"
export SANITIZER_REPORTS=$temp/reports RESTAGE=$1 TMPDIR=$temp COLLECT=

cat >"$temp/test.sh" <<EOF
. '$here/../cli/lib.sh'
"\$RESTAGE" >/dev/null 2>&1 &
wait \$! || true
EOF
if bash "$temp/test.sh" >"$temp/log" 2>&1; then
	echo "the test passed:" && cat "$temp/log"
	exit 1
fi
grep -qE 'data race|heap-buffer-overflow' "$temp/log" || { echo "it is not told why:" && cat "$temp/log" && exit 1; }

rm "$temp"/reports/*
RESTAGE=$(command -v true)
bash "$temp/test.sh" || { echo "nothing was reported, and the test failed" && exit 1; }
