#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

: "${BUILD:?}"
collect=no # the stamps of these logs are put in by hand
pipeline <<'INI'
[stage:a]
command = echo from a; sleep 0.3; echo "error: a"; touch {{output.o}}
output.o = o
[stage:b]
command = cat {{input.i}}; "$STAGEIO_PROGRAM" log INFO "told twice"; "$STAGEIO_PROGRAM" log DEBUG "told once"
input.i = in.txt
pass_env = STAGEIO_PROGRAM
[stage:c]
command = exit 3
after = b
INI
STAGEIO_PROGRAM=$(find "$BUILD" -type f -name stageio -perm -u+x | head -n 1)
export STAGEIO_PROGRAM
[ -n "$STAGEIO_PROGRAM" ] || fail "there is no program stageio in $BUILD"
echo one >in.txt
run_fails 1 run -k -j1
first=$(basename out/*/logs/99_pipeline_*.log .log)
first=${first#99_pipeline_}

# every line, once, those of each file in their order; by time
run_ok logs --all
cp "$out" all
expect_out '\[pipeline\] .*Stage a: STARTING'
expect_out '\[a\] .*from a'
expect_out '\[b\] \[INFO\] one'
expect_out '\[c\] \[ERROR\] exit code 3'
same "$(grep -c '\[INFO\] told twice' all)" 1
same "$(grep -c '\[DEBUG\] told once' all)" 1
same "$(grep '\[a\]' all)" "$(log_of a)"
same "$(grep '\[b\]' all)" "$(log_of b)"
same "$(grep '\[pipeline\]' all)" "$(grep '\[pipeline\]' out/*/logs/*.log)"
same "$(cut -c1-21 all)" "$(cut -c1-21 all | sort)"
run_ok logs -a --run "$first"
same "$(cat "$out")" "$(cat all)"

# levels, stages, failures
run_ok logs --all --level error
expect_out '\[a\] \[ERROR\] error: a'
expect_no_out INFO
run_ok logs --all b a
same "$(cat "$out")" "$({ log_of a && log_of b; } | sort -s -k 1,2)"
run_ok logs --all --failed
same "$(cat "$out")" "$(log_of c)"

# of a later run, only what ran in it; of the earlier one, only what is still of it
sleep 1 # run ids are seconds
echo two >in.txt
run_fails 1 run -k
run_ok logs --all
expect_out '\[b\] \[INFO\] two'
expect_no_out '\[a\]'
run_ok logs --all --run "$first"
expect_out '\[a\] .*from a'
expect_no_out '\[INFO\] two'
run_ok logs --all --run "$first" b
expect_err 'ran again since'
run_fails 2 logs --all --run 20010101_000000
run_ok logs --all --run "$first" a
cp "$out" all
run_ok logs --all --run last~1 a
same "$(cat "$out")" "$(cat all)"
run_fails 2 logs --all --run 2
expect_err 'several runs'

# equal seconds: the pipeline log first, then the stages as they are defined; no line overtakes another of its file
pipeline_log=$(find out/*/logs -name '99_pipeline_*' | sort | tail -n 1)
{
	echo '[2030-01-01 00:00:02] [pipeline] [INFO] p2'
	echo '[2030-01-01 00:00:04] [pipeline] [INFO] p4'
} >"$pipeline_log"
{
	echo '[2030-01-01 00:00:03] [b] [ERROR] b3'
	echo 'b3 goes on'
	echo '[2030-01-01 00:00:01] [b] [INFO] b3 the clock was set back'
	echo '[2030-01-01 00:00:04] [b] [INFO] b4'
} >out/*/02_b/stage.log
printf '[2030-01-01 00:00:01] [c] [INFO] c1\n[2030-01-01 00:00:04] [c] [INFO] c4' >out/*/03_c/stage.log
run_ok logs --all
same "$(sed 's/^\[.*\] //' "$out" | tr '\n' ,)" 'c1,p2,b3,b3 goes on,b3 the clock was set back,p4,b4,c4'
run_ok logs --all --level error
same "$(sed 's/^\[.*\] //' "$out" | tr '\n' ,)" 'b3,b3 goes on,'
