#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

echo keep >"$temp/outside"
pipeline <<INI
[stage:a]
command = ln -s "$temp/outside" {{output.o}}
output.o = a.txt
INI
code=0
"$RESTAGE" >"$out" 2>"$err" </dev/null || code=$?
expect_file "$temp/outside" keep
"$RESTAGE" clean >"$out" 2>"$err" </dev/null || true
expect_file "$temp/outside" keep
sed -i 's/^command.*/command = echo 1 >{{output.o}}/' pipeline.ini
run_ok
expect_file "$temp/outside" keep
expect_file "$(stage_dir a)/a.txt" 1
