#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[pipeline]
include = more.ini
[defaults]
env.A = 1
config.c = 2
[env]
B = 3
[stage:a]
command = echo $A{{config.c}}$B >{{output.o}}
output.o = a.txt
INI
cat >more.ini <<'INI'
[stage:b]
command = echo $A{{config.c}}$B >{{output.o}}
output.o = b.txt
config.c = 9
INI
run_ok
expect_file out/*/*_a/a.txt 123
expect_file out/*/*_b/b.txt 193
