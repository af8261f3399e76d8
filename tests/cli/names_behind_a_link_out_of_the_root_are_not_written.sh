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
