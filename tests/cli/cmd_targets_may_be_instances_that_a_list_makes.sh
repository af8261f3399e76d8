#!/usr/bin/env bash
# A target that is yet to be made by a list runs what makes the list first; --only goes by the record.
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:split]
command = for i in $(cat {{input.n}}); do touch {{output.d}}/$i; done
input.n = n.txt
output.d = d/
[stage:work]
foreach.part = {{split.d}}/*
command = touch {{output.o}}
output.o = o
[stage:all]
command = touch {{output.all}}
input.o = {{work.o}}
output.all = all
INI
echo a b >n.txt
run_fails 2 run --only work/a
run_fails 2 status work/a
run_ok run work/b
ran split work/b
run_fails 2 run work/z
expect_err "there is no instance 'work/z'"
ran
run_ok run 'work/*'
ran work/a
echo a b c >n.txt
run_ok run -n work/c
expect_out '^run +split '
run_fails 2 run --only work/c
run_ok run --only work/a
ran
run_ok run 02_work/c
ran split work/c
run_ok run --until work
ran
run_ok run all
ran all
run_ok why work/c
expect_out '^work/c is up to date'
run_ok show work/c
expect_out '^needs +split'
run_ok graph --format json
jq -e '[.. | .name? // empty] | index("work/c")' "$out" >/dev/null
