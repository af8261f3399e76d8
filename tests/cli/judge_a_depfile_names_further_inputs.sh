#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = sh gen.sh {{input.i}} {{output.o}} {{stage.dir}}/deps.d
input.i = main.txt
output.o = a.txt
depfile = deps.d
INI
cat >gen.sh <<'SH'
include=$(sed -n 's/^include //p' "$1")
cat "$1" "$include" >"$2"
printf '%s: %s \\\n %s\n' "$2" "$1" "$(echo "$include" | sed 's/ /\\ /g')" >"$3"
SH
echo 'include a part.txt' >main.txt
echo 1 >'a part.txt'
run_ok
expect_manifest a 'any(.inputs[]; .path == "a part.txt" and .origin == "depfile")'
run_ok
ran
echo 2 >'a part.txt'
run_ok
ran a
expect_reasons a input_changed
expect_reason a input_changed 'a part.txt'
echo 'include b.txt' >main.txt
echo 1 >b.txt
run_ok
expect_manifest a 'all(.inputs[]; .path != "a part.txt")'
echo 3 >'a part.txt'
run_ok
ran
echo 2 >b.txt
run_ok
ran a
