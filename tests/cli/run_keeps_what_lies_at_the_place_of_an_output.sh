#!/usr/bin/env bash
# What no manifest of the job records is never lost to an output: it is kept in replaced/, with a warning.
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:file]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = {{root}}/results/file.txt

[stage:dir]
command = mkdir -p {{output.d}} && cp {{input.i}} {{output.d}}/new.txt
input.i = in.txt
output.d = {{root}}/results/dir

[stage:turned]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = {{root}}/results/turned

[stage:kept]
command = cp {{input.i}} {{output.o}} && cp {{input.i}} {{intermediate.m}}
input.i = in.txt
output.o = o.txt
intermediate.m = {{root}}/results/model.bin

[stage:updated]
command = cat {{input.i}} >>{{output.db}}
input.i = in.txt
output.db = {{root}}/results/db
output.db.update = yes

[stage:link]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = {{root}}/results/link
INI
echo new >in.txt
mkdir -p results/dir/sub results/turned
for name in file.txt dir/mine.txt dir/sub/mine.txt turned/mine.txt model.bin db; do
	echo "the user's $name" >results/$name
done
ln -s nowhere results/link
run_ok
for name in file.txt turned model.bin link dir/new.txt; do expect_file results/$name new; done
expect_file results/db $'the user\'s db\nnew'
expect_no_file results/dir/mine.txt
replaced=out/pipeline/replaced/$(basename out/pipeline/replaced/*)/results
for name in file.txt dir/mine.txt dir/sub/mine.txt turned/mine.txt model.bin db; do
	expect_file "$replaced/$name" "the user's $name"
done
same "$(readlink "$replaced/link")" nowhere
expect_manifest file '.warnings[0].message | contains("results/file.txt") and contains("out/pipeline/replaced/")'
expect_manifest updated '.warnings[0].message | contains("a copy is kept")'
run_ok
ran
run_ok verify

# What the stages made themselves is simply replaced, also by a stage that was renamed.
sed -i 's/stage:file/stage:renamed/' pipeline.ini
echo newer >in.txt
run_ok
expect_file results/file.txt newer
same "$(find out/pipeline/replaced -mindepth 1 -maxdepth 1 | wc -l)" 1

# A file put into a directory output, and an output that was edited by hand; once, not at each run.
echo mine >results/dir/again.txt
echo edited >results/file.txt
run_ok
ran dir renamed
same "$(find out/pipeline/replaced -mindepth 1 -maxdepth 1 | wc -l)" 2
same "$(cat out/pipeline/replaced/*/results/dir/again.txt)" mine
found -rx edited out/pipeline/replaced || fail 'the edited output is lost'
echo edited >results/file.txt
run_ok
same "$(find out/pipeline/replaced -mindepth 1 -maxdepth 1 | wc -l)" 2
expect_file results/file.txt newer

# A failed attempt moves nothing.
sed -i 's/^command = cp {{input.i}} {{output.o}}$/& \&\& false/' pipeline.ini
echo "the user's" >results/file.txt
run_fails 1 run renamed
expect_file results/file.txt "the user's"
