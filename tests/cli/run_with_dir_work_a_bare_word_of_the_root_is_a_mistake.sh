#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

mkdir -p scripts data/ref
touch scripts/x.py notes.txt o.txt data/ref/a made
pipeline <<'INI'
[stage:s]
dir = work
command =
    touch {{output.o}} o.txt
    python3 scripts/x.py --list=notes.txt
    cp -r data/ref here
    cat dist/lib
output.o = o.txt
[stage:made]
command = touch {{output.d}}
output.d = {{root}}/dist/lib
INI
run_fails 2
expect_err "^pipeline.ini:5: stage 's': 'scripts/x.py' lies below the root, .*write \{\{root\}\}/scripts/x.py, or track_command = no"
expect_err "^pipeline.ini:5: .*'notes.txt' lies below the root"
expect_err "^pipeline.ini:6: .*'data/ref' lies below the root"
expect_err "^pipeline.ini:7: .*'dist/lib' lies below the root"
expect_no_err "o.txt"
expect_no_file out
pipeline <<'INI'
[stage:s]
dir = work
command =
    touch {{output.o}} notes.txt
    true {{root}}/scripts/x.py '{{root}}/data/ref/a'
    cat ../../../../../notes.txt
output.o = o.txt
INI
run_fails 2
# shellcheck disable=SC2016 # for sed
sed -i 's/ notes.txt$//; $atrack_command = no' pipeline.ini
run_ok
expect_manifest s '.inputs == []'
sed -i '/track_command/d' pipeline.ini
run_ok
expect_reasons s input_added
expect_manifest s '[.inputs[].path] == ["scripts/x.py", "data/ref/a", "notes.txt"]'
echo 2 >scripts/x.py
run_ok
ran s
expect_reason s input_changed scripts/x.py
