#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

mkdir tree
cd tree
pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = a.txt
[stage:b]
command = cp {{input.i}} {{output.o}}; cp {{input.i}} {{root}}/dist.txt
input.i = {{a.o}}
output.o = b.txt
output.d = {{root}}/dist.txt
INI
echo 1 >in.txt
run_ok
cd ..
mv tree 'moved to here'
cd 'moved to here'
run_ok
ran
cd ..
cp -r 'moved to here' copy
rm -rf copy/out/*/.restage
cd copy
run_ok
ran
cd ..
cp -r 'moved to here' another
cd another
run_ok
ran
