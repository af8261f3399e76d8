#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# A tool with a scratch file of a fixed name; both instances have theirs at one time.
cat >tool.sh <<'SH'
echo "$1" >scratch.tmp
touch "$HERE/$1"
for _ in $(seq 600); do
	[ ! -e "$HERE/A" ] || [ ! -e "$HERE/B" ] || break
	sleep 0.05
done
mv scratch.tmp "$2"
SH
HERE=$(dirname "$PWD")
export HERE
pipeline <<'INI'
[stage:s]
dir = work
command = bash {{root}}/tool.sh {{each.s}} {{output.o}}
foreach.s =
    A
    B
output.o = o.txt
pass_env = HERE
INI
run_ok -j 2
expect_file out/pipeline/01_s/A/o.txt A
expect_file out/pipeline/01_s/B/o.txt B
expect_no_file scratch.tmp

# Nor does the second attempt find what the first one left.
pipeline <<'INI'
[stage:r]
dir = work
command = test ! -e left || exit 9; touch left; test {{stage.attempt}} = 2; cp left {{output.o}}
output.o = o.txt
retries = 1
INI
run_ok
expect_manifest r '.attempt == 2'
