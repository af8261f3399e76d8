#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# An input that workers hash is changed by the command that reads it, with a cache on: the stage is done with its
# end, is not judged again in this run, and what it made is nobody else's.
pipeline <<'INI'
[cache]
dir = cache
[stage:a]
command = sh a.sh {{input.i}} {{output.o}}
input.i = large.bin
output.o = o.txt
[stage:b]
command = sleep 0.5; echo > {{output.o}}
output.o = o.txt
cache = no
INI
cat >a.sh <<'SCRIPT'
echo ran >>trace
wc -c <"$1" >"$2"
[ -e changed ] || echo more >>"$1"
: >changed
SCRIPT
head -c 1M /dev/zero >large.bin
run_ok
expect_file trace ran
same "$(find cache/ac -type f 2>/dev/null | wc -l)" 0
run_ok
expect_file trace 'ran
ran'
same "$(find cache/ac -type f | wc -l)" 1
