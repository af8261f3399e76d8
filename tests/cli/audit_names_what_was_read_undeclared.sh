#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

echo a >a.txt
echo b >b.txt
pipeline <<'EOF'
[stage:mix]
command = cat {{input.a}} b.txt > {{output.o}}; echo x > stray.txt
track_command = no
input.a = a.txt
output.o = o.txt
EOF

# b.txt is read, stray.txt written, and neither is declared: named with the line to add, and exit 4
run_fails 4 audit mix
expect_err "read 'b.txt', which is not declared; declare it: input.b = b.txt"
expect_err "wrote 'stray.txt', which is outside of its outputs"
[ "$(manifest mix '.warnings | length')" = 2 ]
[ "$(manifest mix .status)" = success ]
same "$(cat "$(stage_dir mix)/o.txt")" "$(printf 'a\nb')"

# with the lines it is silent
rm stray.txt
pipeline <<'EOF'
[stage:mix]
command = cat {{input.a}} b.txt > {{output.o}}; echo x > {{output.stray}}
track_command = no
input.a = a.txt
input.b = b.txt
output.o = o.txt
output.stray = {{root}}/stray.txt
EOF
run_ok audit mix
[ "$(manifest mix '.warnings | length')" = 0 ]

# nothing of the trace is left
[ -z "$(find "$(stage_dir mix)" -name '.*' -not -name . -mindepth 1)" ]

# modules have a key each, whatever their files are called; what Python keeps of them is none
mkdir -p stages/tools other lib/tools
touch stages/__init__.py stages/tools/__init__.py other/util.py
echo 'import stages.tools.util, stages.util' >stages/__main__.py
echo 'x = 1' | tee stages/util.py lib/tools/util.py >stages/tools/util.py
cat >run.sh <<'EOF'
python3 -m stages
cat lib/tools/util.py
EOF
pipeline <<'EOF'
[stage:py]
command = sh run.sh > {{output.o}}
input.util = other/util.py
output.o = o.txt
EOF
for _ in 1 2; do # the second time what Python keeps is there
	run_fails 4 audit py
	manifest py '.warnings[].message | sub(".*declare it: "; "")' >told
	same "$(sed 's/ = .*//' told | sort)" 'input.stages
input.stages_main
input.stages_util
input.tools
input.tools_util
input.tools_util_2'
	same "$(sed 's/.* = //' told | sort)" 'lib/tools/util.py
stages/__init__.py
stages/__main__.py
stages/tools/__init__.py
stages/tools/util.py
stages/util.py'
done
