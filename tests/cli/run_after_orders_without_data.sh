#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = test -e mark; touch {{output.o}}
track_command = no
output.o = a.txt
after = b
config.v = 1
[stage:b]
command = touch mark {{output.o}}; : {{config.v}}
track_command = no
output.o = b.txt
config.v = 1
INI
run_ok -j 2
ran a b
sed -i '$s/1/2/' pipeline.ini
run_ok
ran b
