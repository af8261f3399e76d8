#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# /dev/full stands for a full disk: the program is told of it by a log that cannot be written.
pipeline <<'INI'
[stage:a]
command = echo 1 >{{output.o}}
output.o = a.txt
INI
code=0
(
	ulimit -f 0
	trap '' XFSZ
	"$RESTAGE" >/dev/full 2>&1 </dev/null
) || code=$?
[ $code = 3 ] || [ $code = 1 ] || fail "exit code $code"
run_ok
expect_file "$(stage_dir a)/a.txt" 1
run_ok
ran
