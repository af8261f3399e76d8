#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = head -c 1 {{input.i}} >{{output.o}}; touch begun; until test -e go; do sleep 0.02; done
track_command = no
input.i = big.bin
output.o = a.txt
INI
head -c 20000000 /dev/zero >big.bin
printf 1 | dd of=big.bin conv=notrunc status=none
touch -r /etc/hostname stamp
touch -r stamp big.bin
"$RESTAGE" >"$out" 2>"$err" </dev/null &
runner=$!
wait_until test -e begun
printf 2 | dd of=big.bin conv=notrunc status=none
touch -r stamp big.bin
touch go
wait $runner
run_ok
ran a
expect_file "$(stage_dir a)/a.txt" 2
run_ok
ran
