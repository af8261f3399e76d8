#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

mkdir -p p
cat >p/pipeline.ini <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = a.txt
[stage:b]
command = cp {{input.i}} {{output.o}}
input.i = {{a.o}}
output.o = b.txt
INI
echo 1 >p/in.txt
run_ok -f p/pipeline.ini run
run_ok -f p/pipeline.ini graph
expect_out '^digraph'
cp "$out" first
run_ok -f p/pipeline.ini graph --format dot
cmp first "$out"
run_ok -f p/pipeline.ini graph --format mermaid
expect_out 'flowchart'
run_ok -f p/pipeline.ini graph --json
jq -e '.schema == "restage.graph/1"' "$out" >/dev/null
run_ok -f p/pipeline.ini graph --files
expect_out 'in.txt'
run_fails 2 -f p/pipeline.ini graph --format png
expect_err 'none of dot, mermaid, json, svg'

# -o is where the user stands, not where the root is
run_ok -f p/pipeline.ini graph -o g.dot
cmp first g.dot
expect_no_file p/g.dot
run_fails 3 -f p/pipeline.ini graph -o nowhere/g.dot

# svg by Graphviz; without it a message that tells what to do
mkdir bin
if command -v dot >/dev/null; then
	run_ok -f p/pipeline.ini graph --format svg -o g.svg
	grep -q '<svg' g.svg
fi
code=0
PATH=$PWD/bin "$RESTAGE" -f p/pipeline.ini graph --format svg 2>"$err" || code=$?
same $code 3
expect_err "install graphviz"
printf '#!/bin/sh\nexit 7\n' >bin/dot
chmod +x bin/dot
PATH=$PWD/bin:$PATH run_fails 3 -f p/pipeline.ini graph --format svg -o h.svg
expect_err "exit code 7"
expect_no_file h.svg
