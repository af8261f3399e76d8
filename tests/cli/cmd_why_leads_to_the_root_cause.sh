#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = a.txt
[stage:b]
command = cp {{input.i}} {{output.o}}
input.i = {{a.o}}
output.o = b.txt
[stage:c]
command = cp {{input.i}} {{output.o}}
input.i = {{b.o}}
output.o = c.txt
INI
echo 1 >in.txt
run_ok why c
expect_out 'never ran'
run_ok
echo 2 >in.txt
# before the run: what would happen
run_ok why c
expect_out 'in.txt'
run_ok
# after it: what did
run_ok why c
expect_out 'in.txt'
run_ok why --json c
jq -e '.schema == "restage.why/1"' "$out" >/dev/null
grep -q 'in.txt' "$out"
run_fails 2 why nonsuch

# Also where a stage in between ran again since, with the same result: the records of the runs tell.
run_ok run -B b
run_ok run -B a
run_ok why c
expect_out '^out/pipeline/02_b/b.txt was made by b, which last ran'
expect_out '^out/pipeline/01_a/a.txt was made by a, which last ran'
expect_out 'root cause: a: in(put)? ?in.txt'
run_ok why --json c
jq -e '[.chain[].stage] == ["c", "b", "a"] and ([.chain[].run] | unique | length) == 1 and .root == "a"' "$out" >/dev/null ||
	fail "$(cat "$out")"
rm out/*/logs/*.jsonl
run_ok why --json c
jq -e '[.chain[].stage] == ["c"]' "$out" >/dev/null
