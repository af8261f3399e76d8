#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cat {{input.x}} >{{output.o}}
input.x = 1.txt
	2.txt
output.o = a.txt
INI
echo 1 >1.txt
echo 2 >2.txt
run_ok
same "$(cat out/*/01_a/a.txt)" $'1\n2'
sed -i -e 's/1.txt/TMP/' -e 's/2.txt/1.txt/' -e 's/TMP/2.txt/' pipeline.ini
run_ok
ran a
same "$(cat out/*/01_a/a.txt)" $'2\n1'
