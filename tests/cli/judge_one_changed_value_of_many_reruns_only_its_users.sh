#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[pipeline]
params_file = params.json
[params]
c = 9
[stage:a]
command = echo {{params.train.seed}} >{{output.o}}
output.o = a.txt
[stage:b]
command = echo {{params.train.rate}} {{params.c}} >{{output.o}}
output.o = b.txt
INI
echo '{"train": {"seed": 1, "rate": 0.5, "unused": 1}, "c": 3}' >params.json
run_ok
expect_file "$(stage_dir a)/a.txt" 1
expect_file "$(stage_dir b)/b.txt" "0.5 3"
echo '{"train": {"rate": 0.5, "seed": 2, "unused": 2}, "c": 3}' >params.json
run_ok
ran a
expect_file "$(stage_dir a)/a.txt" 2
run_ok -p train.rate=0.7
ran b
expect_file "$(stage_dir b)/b.txt" "0.7 3"
