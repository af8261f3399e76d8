#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[params]
x = 1
y = 1
[stage:a]
command = echo {{config.v}} >{{output.o}}
output.o = a.txt
config.v = {{params.x}}
[stage:b]
command = echo {{config.v}} >{{output.o}}
output.o = b.txt
config.v = {{params.y}}
INI
run_ok
run_ok -p x=2
ran a
expect_reason a config_changed v
expect_file "$(stage_dir a)/a.txt" 2
run_ok -p x=2 -p y=1
ran
