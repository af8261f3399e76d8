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

# Links to what goes before them, of one stage or of another, are what was made all the same.
rm -rf out
pipeline <<'INI'
[stage:made]
command = mkdir {{output.d}}; echo 1 | tee {{output.d}}/x >{{output.o}}; ln -rs {{output.o}} {{output.d}}; ln -rs {{output.o}} {{output.l}}
output.o = o
output.d = d
output.l = l
[stage:other]
command = mkdir {{output.d}}; ln -rs {{input.i}} {{output.d}}; ln -rs {{input.i}} {{output.l}}
input.i = {{made.o}}
output.d = d
output.l = l
INI
run_ok
run_ok clean
expect_no_out kept
same "$(find out -name '0*')" ""
run_ok
rm "$(stage_dir made)/o" # it leads nowhere, and goes
run_ok clean
expect_out 'removed out/pipeline/02_other/l$'

# What was kept for the user goes when it is asked for, and alone.
rm -rf out
mkdir -p out/pipeline/01_made
echo mine >out/pipeline/01_made/o
run_ok run made
expect_file "$(echo out/pipeline/replaced/*/01_made/o)" mine
run_ok clean
expect_file "$(echo out/pipeline/replaced/*/01_made/o)" mine
run_ok clean -n --replaced
expect_out '^would remove out/pipeline/replaced/2'
expect_file "$(echo out/pipeline/replaced/*/01_made/o)" mine
run_fails 2 clean --replaced made
run_ok run made
run_ok clean --replaced
expect_out '^removed out/pipeline/replaced/2'
expect_no_file out/pipeline/replaced
expect_file out/pipeline/01_made/o 1
