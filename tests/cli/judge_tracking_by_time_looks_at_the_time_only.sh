#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = flag
input.i.track = time
output.o = a.txt
INI
echo 1 >flag
touch -d '2020-01-01' flag
run_ok
run_ok
ran
touch -d '2019-01-01' flag
run_ok
ran a
expect_reasons a input_changed
echo 2 >flag
touch -d '2019-01-01' flag
run_ok
ran
expect_file "$(stage_dir a)/a.txt" 1

# Of a directory also what came and went, though it is not the newest.
pipeline <<'INI'
[stage:d]
command = ls {{input.d}} >{{output.o}}
input.d = data
input.d.track = time
output.o = o.txt
INI
mkdir -p data/sub
rm -r out
echo 1 >data/sub/old
sleep 0.02
echo 2 >data/new
run_ok
run_ok verify
rm data/sub/old
run_ok run -n
expect_out '^run +d'
run_ok
ran d
run_ok verify
run_ok
ran
sed -i 's/^output.o/input.d.exclude = *.tmp\n&/' pipeline.ini
run_fails 2
expect_err "^pipeline.ini:5: stage 'd': 'input.d.exclude': with 'input.d.track = time' all in a directory counts"
