#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# Version control, __pycache__ and editors' files are left out of input directories, or what .exclude says.
mkdir -p src/sub/.git src/__pycache__ lib
echo code >src/sub/code
echo old >src/notes.tmp
echo a >lib/a
pipeline <<'INI'
[stage:usual]
# what a stage itself leaves in an input directory does not count either
command = mkdir -p lib/__pycache__; echo x >lib/__pycache__/new.pyc; touch {{output.o}}
input.src = src
input.lib = lib
output.o = o

[stage:own]
command = touch {{output.o}}
input.src = src
input.src.exclude = *.tmp
	.gitx
output.o = o

[stage:all]
command = touch {{output.o}}
input.src = src
input.src.exclude =
output.o = o
INI
pending() {
	run_ok status --json
	jq -c '[.stages[] | select(.state != "up_to_date").name]' "$out"
}
everywhere() { # with an index, and without it
	same "$(pending)" "$1"
	mv out/pipeline/.restage aside
	same "$(pending)" "$1"
	mv aside out/pipeline/.restage
}
run_ok run
expect_no_err 'changed while'
expect_manifest usual '.inputs[0] | .file_count == 2 and (.exclude | contains("__pycache__"))'
expect_manifest own '.inputs[0] | .file_count == 1 and .exclude == "*.tmp .gitx"'
expect_manifest all '.inputs[0] | (.file_count == 2) and (has("exclude") | not)'
everywhere '[]'
run_ok verify
expect_out 'all as recorded'

# What is left out may change: in it, and by its being there. And what it says is what counts.
echo 1 >src/sub/.git/index && touch src/sub/.code.swp 'src/code~'
everywhere '["own","all"]'
rm src/sub/.code.swp 'src/code~' && rm -r src/sub/.git && mkdir src/sub/.git
everywhere '[]'
echo new >src/notes.tmp
everywhere '["usual","all"]'
run_fails 4 verify
run_ok why all
expect_out 'src changed: notes.tmp'
run_ok run
ran usual all

# What was recorded when nothing was left out goes on counting, as long as nothing has changed.
whole=$(manifest all '.inputs[0].checksum')
m=$(stage_dir usual)/manifest.json
jq 'del(.inputs[0].exclude) | .inputs[0].checksum = $whole' --arg whole "$whole" <"$m" >changed.json
cp changed.json "$m"
rm -rf out/pipeline/.restage
same "$(pending)" '[]'
run_ok verify
run_ok run
ran
run_ok run
ran
everywhere '[]'

# A list that says otherwise is no change of its own.
sed -i 's/= \*\.tmp/= *.tmp *.log/' pipeline.ini
everywhere '[]'
echo b >src/b.log
everywhere '["usual","all"]'

# Nobody waits for what is left out, and the root can be read by a stage that writes into it.
pipeline <<'INI'
[stage:first]
command = sleep 0; echo 1 >{{output.o}}
output.o = {{root}}/src/made/one
[stage:whole]
command = ls src >{{output.o}}
input.all = .
input.all.exclude = out *.pyc made .restage* trace
output.o = o
INI
run_ok run whole
ran whole
run_ok run whole
ran
run_ok graph
expect_no_out 'first.*->.*whole'
sed -i 's/ made / /' pipeline.ini
run_ok run whole
ran first whole
