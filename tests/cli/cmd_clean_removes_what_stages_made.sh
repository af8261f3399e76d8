#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command =
	cp {{input.i}} {{output.o}}
	mkdir -p {{output.d}}/deep
	echo d > {{output.d}}/deep/f
	echo c > {{intermediate.c}}
	cp {{input.i}} {{output.far}}
input.i = in.txt
output.o = sub/a.txt
output.d = dir/
output.far = {{root}}/dist/far.txt
intermediate.c = cache.bin
[stage:b]
command = cp {{input.i}} {{output.o}}
input.i = {{a.o}}
output.o = b.txt
foreach.n =
	one
	two
INI
echo 1 >in.txt
run_ok
find . | sort >../before
run_ok clean -n
expect_out 'would remove .*01_a/sub/a.txt'
find . | sort >../after
same "$(cat ../after)" "$(cat ../before)"

echo mine >"$(stage_dir b)/one/notes.txt"
run_ok clean b
expect_no_file "$(stage_dir b)/two"
expect_file "$(stage_dir b)/one/notes.txt" mine
expect_no_file "$(stage_dir b)/one/b.txt"
expect_file "$(stage_dir a)/sub/a.txt"

run_ok clean
expect_no_file out/*/01_a
expect_no_file dist/far.txt
expect_file dist
expect_file in.txt
expect_file pipeline.ini
run_ok clean
run_ok
ran a b/one b/two
