#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# {{input.parts | list}} is the path of a file that names the files, one a line, while the attempt lasts.
mkdir parts
for i in {1..3000}; do echo "$i" >"parts/a part with a name of some length, so that all are too many $i"; done
echo x >"parts/it's \$HOME"
pipeline <<'INI'
[stage:join]
command = xargs -d '\n' cat < {{input.parts | list}} | sort -n > {{output.all}}
	cat "{{input.none | list}}" > {{output.none}}
	wc -l {{output.all | list}} {{input.none | else parts/none | list}} >/dev/null || true
input.parts = parts/*
input.none = gone
input.none.optional = yes
output.all = all
output.none = none

[stage:work]
command = cp {{input.two | list}} names; cat {{input.two | list | raw}} "{{output.made | list}}" >{{output.made}}
input.two =
	parts/it's $HOME
	{{join.all}}
output.made = made
dir = work

[stage:away]
command = cd /; cat {{input.i | list}} > "$STAGEIO_OUTPUT_DIR/o"
input.i = {{join.all}}
output.o = o
INI
sed -i '/parts\/none/d' pipeline.ini
run_ok run -k
same "$(wc -l <"$(stage_dir join)/all")" 3001
expect_file "$(stage_dir join)/none" ''
expect_file "$(stage_dir work)/made" "$PWD/parts/it's \$HOME
$PWD/$(stage_dir join)/all
$PWD/$(stage_dir work)/.work/cwd/made"
expect_file "$(stage_dir away)/o" "$PWD/$(stage_dir join)/all"
same "$(find out -name '.lists')" ''
expect_manifest join '.command | contains("out/pipeline/01_join/.work/.lists/1") and (contains("length") | not)'

# Its own path is no part of the identity; the files and their order are.
run_ok run
ran
mv out other && mkdir out && mv other/pipeline out/pipeline
run_ok run
ran
mv "parts/it's \$HOME" 'parts/a'
sed -i "s/it's \\\$HOME/a/" pipeline.ini
run_ok run -n
expect_out 'run +join'
expect_out 'run +work'
run_ok run
run_ok replay --check join
expect_out 'reproduced'
expect_no_file out/pipeline/.restage/check
sed -i 's/| list}} |/| list }} |/' pipeline.ini
run_ok run
ran

# A failed attempt keeps none either.
printf '[stage:bad]\ncommand = cat {{input.i | list}} >{{output.o}}; false\ninput.i = parts/*\noutput.o = o\n' >pipeline.ini
run_fails 1 run
same "$(find out -name '.lists')" ''
expect_file out/pipeline/01_bad/failed/o
