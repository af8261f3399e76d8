#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cat {{input.x}} {{input.y}} >{{output.o}}
input.x = 1.txt
input.y = 2.txt
output.o = a.txt
INI
echo 1 >1.txt
echo 2 >2.txt
run_ok
same "$(cat out/*/01_a/a.txt)" $'1\n2'
sed -i -e 's/^input.x = 1/input.x = 2/' -e 's/^input.y = 2/input.y = 1/' pipeline.ini
run_ok
ran a
same "$(cat out/*/01_a/a.txt)" $'2\n1'
run_ok
ran
