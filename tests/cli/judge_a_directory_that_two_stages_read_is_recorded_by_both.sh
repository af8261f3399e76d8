#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:made]
command = mkdir {{output.d}}; echo 1 >{{output.d}}/x
output.d = tree
[stage:readers]
command = cat {{input.d}}/x {{input.g}}/x >{{output.o}}
foreach.n = 1
	2
	3
input.d = {{made.d}}
input.g = given
output.o = o.txt
INI
mkdir given
echo 1 >given/x
run_ok -j 1
for n in 1 2 3; do
	expect_manifest readers/$n 'all(.inputs[]; .checksum != null)'
done
run_ok
ran
