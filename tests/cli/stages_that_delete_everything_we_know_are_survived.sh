#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = rm -rf {{root}}/out/pipeline/.restage; echo 1 >{{output.o}}
track_command = no
output.o = a.txt
[stage:b]
command = echo 2 >{{output.o}}; rm -rf {{root}}/out
track_command = no
after = a
output.o = b.txt
INI
code=0
timeout 60 "$RESTAGE" >"$out" 2>"$err" </dev/null || code=$?
[ $code = 1 ] || [ $code = 3 ] || fail "exit code $code"
sed -i 's/; rm -rf {{root}}\/out$//' pipeline.ini
run_ok
expect_file "$(stage_dir a)/a.txt" 1
expect_file "$(stage_dir b)/b.txt" 2
run_ok
ran
