#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp -r {{input.i}}/. {{output.o}}
input.i = tree
output.o = made
[stage:b]
command = find {{input.i}} -type f | wc -l >{{output.o}}
input.i = {{a.o}}
output.o = b.txt
INI
mkdir -p tree/deep/deeper
echo 1 >tree/deep/deeper/x
run_ok
expect_file "$(stage_dir a)/made/deep/deeper/x" 1
touch tree/deep/deeper/x tree/deep tree
run_ok
ran
echo 2 >tree/deep/deeper/x
run_ok
ran a b
expect_reasons a input_changed
expect_reason a input_changed tree
echo 3 >tree/deep/y
run_ok
ran a b
expect_file "$(stage_dir b)/b.txt" 2
mv tree/deep/y tree/deep/z
run_ok
ran a b
rm tree/deep/z
run_ok
ran a b
expect_no_file "$(stage_dir a)/made/deep/z"
mkdir tree/empty
run_ok
ran a b
chmod +x tree/deep/deeper/x
run_ok
echo broken >"$(stage_dir a)/made/deep/deeper/x"
run_ok
ran a
expect_reasons a output_changed
rm "$(stage_dir a)/made/deep/deeper/x"
run_ok
ran a
run_ok
ran
