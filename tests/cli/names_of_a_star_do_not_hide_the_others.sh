#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# A file that is called like the pattern is one of its matches, not the only one.
mkdir in
echo 1 >'in/*'
echo 2 >in/b
pipeline <<'INI'
[stage:a]
command = cat {{input.i}} >{{output.o}}
input.i = in/*
output.o = o.txt
INI
run_ok
same "$(cat out/*/01_a/o.txt)" $'1\n2'
