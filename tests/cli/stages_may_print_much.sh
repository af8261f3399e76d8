#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = { yes 0123456789012345678901234567890123456789012345678 || [ $? = 141 ]; } | head -n 200000
INI
timeout 200 "$RESTAGE" >"$out" 2>"$err" </dev/null || fail "it hung or failed"
same "$(grep -c '\[a\] \[INFO\] 0123456789012345678901234567890123456789012345678$' out/*/01_a/stage.log)" 200000
rm -f out/*/*/stage.log
