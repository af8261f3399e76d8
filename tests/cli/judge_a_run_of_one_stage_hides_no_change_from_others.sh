#!/usr/bin/env bash
# What one stage's run learns of a file must not hide the file's change from another stage that rests on it,
# whichever way it came to do so. With the index and without, the same is judged.
. "$(dirname "$0")/lib.sh"

{
	for stage in a b; do
		cat <<INI
[stage:${stage}_depfile]
command = cat src_$stage.txt common.h >{{output.o}}; printf 'o: common.h\\n' >{{stage.dir}}/deps.d
output.o = o.txt
depfile = deps.d
track_command = no

[stage:${stage}_report]
command = cat reported.txt >{{output.o}} 2>/dev/null || echo none >{{output.o}}; printf '{"event":"input","path":"reported.txt"}\\n{"event":"input","path":"gone.txt"}\\n' >>"\$STAGEIO_EVENTS"
output.o = o.txt
track_command = no

[stage:${stage}_optional]
command = cat {{input.i}} >{{output.o}} 2>/dev/null || echo none >{{output.o}}
input.i = optional.txt
input.i.optional = yes
output.o = o.txt

[stage:${stage}_time]
command = cp {{input.i}} {{output.o}}
input.i = timed.txt
input.i.track = time
output.o = o.txt

[stage:${stage}_exists]
command = test -e {{input.i}} && echo yes >{{output.o}} || echo no >{{output.o}}
input.i = flag.txt
input.i.track = exists
input.i.optional = yes
output.o = o.txt

[stage:${stage}_made]
command = cat out/pipeline/*_maker/made.h >{{output.o}}; printf 'o: %s\\n' out/pipeline/*_maker/made.h >{{stage.dir}}/deps.d
output.o = o.txt
depfile = deps.d
after = maker

INI
	done
	cat <<'INI'
[stage:maker]
command = cp {{input.i}} {{output.o}}
input.i = make.txt
output.o = made.h
INI
} >pipeline.ini

# What has to run is the same with the index, without it, and in the run that comes.
expect_due() {
	"$RESTAGE" run -n --json >"$temp/with"
	mv out/pipeline/.restage/index "$temp/index"
	"$RESTAGE" run -n --json >"$temp/without"
	mv "$temp/index" out/pipeline/.restage/index
	diff "$temp/with" "$temp/without" >&2 || fail "$*: the index makes a difference"
	run_ok
	ran "$@"
}

for name in src_a.txt src_b.txt common.h reported.txt timed.txt make.txt; do echo "$name" >"$name"; done
run_ok
run_ok

echo v2 >common.h
run_ok run b_depfile
expect_due a_depfile

echo v2 >reported.txt
run_ok run b_report
expect_due a_report
rm reported.txt
run_ok run b_report
expect_due a_report
echo v3 >gone.txt
run_ok run b_report
expect_due a_report

echo v2 >optional.txt
run_ok run b_optional
expect_due a_optional
rm optional.txt
run_ok run b_optional
expect_due a_optional

touch -d '2001-01-01' timed.txt
run_ok run b_time
expect_due a_time

echo >flag.txt
run_ok run b_exists
expect_due a_exists
rm flag.txt
run_ok run b_exists
expect_due a_exists

# Made by a stage of the run in which only one of the readers is wanted.
echo v2 >make.txt
run_ok run b_made
ran maker b_made
expect_due a_made

# Edited while the run goes on: what was judged before the edit is judged again.
cat >>pipeline.ini <<'INI'

[stage:editor]
command = cp {{input.i}} common.h && cp {{input.i}} reported.txt && echo done >{{output.o}}
input.i = edit.txt
output.o = done.txt
track_command = no

[stage:late]
command = cat common.h reported.txt {{input.i}} >{{output.o}}; printf 'o: common.h reported.txt\n' >{{stage.dir}}/deps.d
input.i = {{editor.o}}
output.o = o.txt
depfile = deps.d
track_command = no
INI
echo v9 >edit.txt
run_ok
ran editor late
expect_due a_depfile b_depfile a_report b_report
run_ok
ran
echo v3 >edit.txt
run_ok run editor
run_ok run late
expect_due a_depfile b_depfile a_report b_report
echo v4 >edit.txt
run_ok run a_depfile a_report editor
ran editor
run_ok run -B late
expect_due a_depfile b_depfile a_report b_report
