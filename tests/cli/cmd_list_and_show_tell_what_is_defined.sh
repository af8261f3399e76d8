#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
description = Copies
input.i = in.txt
output.o = a.txt
[stage:b]
command = cp {{input.i}} {{output.o}}
input.i = {{a.o}}
output.o = {{each.n}}.txt
foreach.n =
	one
	two
INI
echo 1 >in.txt
run_ok list
expect_out 'a.*Copies'
run_ok list --files b/one
same "$(cat "$out")" "$(printf 'b/one\n  reads out/pipeline/01_a/a.txt\n  makes out/pipeline/02_b/one/one.txt')"
run_ok list --names
same "$(cat "$out")" "$(printf 'a\nb\nb/one\nb/two')"
run_ok list --json
jq -e '.schema == "restage.list/1"' "$out" >/dev/null
run_ok show a
expect_out 'cp in.txt'
expect_out 'pipeline.ini:1'
run_ok show b/two --json
jq -e '.schema == "restage.show/1"' "$out" >/dev/null
expect_no_file out
run_fails 2 show nonsuch
