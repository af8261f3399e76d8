#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cat >{{output.o}}; if (: </dev/tty) 2>/dev/null; then echo has a terminal >>{{output.o}}; fi
output.o = a.txt
INI
timeout 60 script -qec "$RESTAGE" /dev/null </dev/null >"$out" 2>"$err" || fail "it hung or failed"
expect_file "$(stage_dir a)/a.txt" ""
