#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

mkdir -p data scripts
echo in >data/x.txt
# shellcheck disable=SC2016 # for the inner shell
echo 'ls -A; cat "$1"; pwd' >scripts/show.sh
pipeline <<'INI'
[defaults]
dir = work
[stage:a]
command = ls -A >{{root}}/seen; bash {{root}}/scripts/show.sh {{input.x}} >{{output.o}}; echo {{output.o}} {{output.d}} {{output.p}} {{stage.dir}} >words; echo d >{{output.d}}; echo p >{{output.p}}
input.x = data/x.txt
output.o = o.txt
output.d = {{root}}/dist/y/d.txt
output.p = sub/p.txt
config.k = 1
[stage:b]
command = cat {{input.o}} {{input.d}}
input.o = {{a.o}}
input.d = {{a.d}}
config.up = {{a.o}}
env.PLACE = {{job.dir}}
[stage:direct]
command = sort data.txt -o {{output.o}} < {{input.x}}
track_command = no
input.x = data/x.txt
output.o = o.txt
[stage:plain]
dir = {{root}}
command = cp data/x.txt {{output.o}}
output.o = o.txt
INI
sed -i 's/sort data.txt -o/sort -o/' pipeline.ini
run_ok
# Beside the directories of outputs it was empty: what the runner needs lies elsewhere.
same "$(LC_ALL=C sort seen)" "$(printf 'dist\nsub')"
expect_file "$(stage_dir a)/words" 'o.txt dist/y/d.txt sub/p.txt .'
expect_file dist/y/d.txt d
expect_file "$(stage_dir a)/sub/p.txt" p
expect_file "$(stage_dir direct)/o.txt" in
expect_file "$(stage_dir plain)/o.txt" in
expect_no_file "$(stage_dir a)/.work"
same "$(sed -n 2,\$p "$(stage_dir a)/o.txt" | grep -c cwd)" 1
expect_manifest a '[.inputs[].path] == ["data/x.txt", "scripts/show.sh"]'
expect_manifest a '.dir == "work" and [.outputs[].path] == ["'"$(stage_dir a)"'/o.txt", "dist/y/d.txt", "'"$(stage_dir a)"'/sub/p.txt"]'
expect_manifest plain '.dir == null'
expect_manifest b '.config.up == "'"$PWD/$(stage_dir a)/o.txt"'"'
expect_manifest a '.untracked == ["words"]'
run_ok
ran

# What a tool is told of names no place: moving the tree reruns nothing.
cd ..
mv work elsewhere
mkdir work
cd elsewhere
run_ok
ran
cp -a . ../work
cd ../work
rm -rf out/*/.restage
run_ok
ran
# shellcheck disable=SC2016 # for the inner shell
echo 'cat "$1"' >scripts/show.sh
run_ok
ran a b
