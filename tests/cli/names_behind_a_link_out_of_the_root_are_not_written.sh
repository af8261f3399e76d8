#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

mkdir "$temp/outside"
echo keep >"$temp/outside/x.txt"
ln -s "$temp/outside" dist
pipeline <<'INI'
[stage:a]
command = echo 1 >{{output.o}}
output.o = {{root}}/dist/x.txt
INI
code=0
"$RESTAGE" >"$out" 2>"$err" </dev/null || code=$?
[ $code != 0 ] || fail "it said that all was well"
expect_file "$temp/outside/x.txt" keep

# It is an affair of that stage: others go on.
pipeline <<'INI'
[stage:update]
command = echo 1 >>{{output.o}}
output.o = {{root}}/dist/x.txt
output.o.update = yes
[stage:own]
command = echo 1 >dist/y.txt
output.o = {{root}}/dist/y.txt
[stage:other]
command = echo 1 >{{output.o}}
output.o = o
INI
run_fails 1 run -k
for stage in update own; do
	expect_err "$stage: failed .*'dist.*a link in its path leads out of the directory that it belongs in; remove the link"
done
expect_file "$temp/outside/x.txt" keep
expect_no_file "$temp/outside/y.txt"
expect_file "$(stage_dir other)/o" 1
