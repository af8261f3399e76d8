#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = a.txt
INI
echo 0 >in.txt
run_ok
for i in 1 2 3 4 5 6 7 8 9; do
	echo $i >in.txt
	run_ok
	ran a
	same "$(cat out/*/01_a/a.txt)" $i
done
