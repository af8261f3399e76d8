#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

echo raw >raw.fq
cat >trim.sh <<'SH'
echo trimmed >"$2"
case $1 in
skip) printf '{"event":"finalize","status":"skipped","reason":"not now"}\n' >>"$STAGEIO_EVENTS" ;;
fail) exit 3 ;;
esac
SH
pipeline <<'INI'
[params]
trim = yes
mode = make
[stage:trim]
command = sh trim.sh {{params.mode}} {{output.r}}
output.r = r.fq
enabled = {{params.trim}}
allow_failure = yes
[stage:use]
command = cat {{input.r}} > {{output.o}}
input.r = {{trim.r | else raw.fq}}
output.o = o
[stage:opt]
command = echo x{{input.r}}y {{input.r | stem | else "no 'ne"}} > {{output.o}}
input.r = {{trim.r}}
input.r.optional = yes
output.o = o
[stage:per]
command = echo {{each.s}} > {{output.o}}
foreach.s = 1..3
enabled = {{each.s}} != 2
output.o = o
[stage:all]
command = cat {{input.p}} > {{output.o}}
input.p =
	{{per.o}}
	{{trim.r}}
output.o = o
INI

results() {
	expect_file "$(stage_dir use)/o" "$1"
	expect_file "$(stage_dir opt)/o" "$2"
	expect_file "$(stage_dir all)/o" "$3"
	# A second run does nothing, and looking says so, with the index and without.
	run_ok "${params[@]}" run -n
	[ "${may:-}" ] || expect_out "^nothing to do"
	run_ok "${params[@]}"
	ran ${may:+"$may"}
	run_ok "${params[@]}" verify
	rm -f out/pipeline/.restage/index
	run_ok "${params[@]}"
	ran ${may:+"$may"}
}

made="xout/pipeline/01_trim/r.fqy r"
params=(--forget all)
run_ok "${params[@]}"
ran trim use opt per/1 per/3 all
results trimmed "$made" $'1\n3\ntrimmed'

# Disabled: what lies there from before is not read.
params=(-p trim=no)
run_ok "${params[@]}"
ran use opt all
expect_reason use input_removed out/pipeline/01_trim/r.fq
results raw "xy no 'ne" $'1\n3'
expect_file "$(stage_dir trim)/r.fq" trimmed
params=(-p trim=)
results raw "xy no 'ne" $'1\n3'
params=(--forget all)
run_ok "${params[@]}"
ran use opt all
results trimmed "$made" $'1\n3\ntrimmed'

# It says so itself, or fails where that is allowed.
params=(-p mode=skip)
run_ok "${params[@]}"
ran use opt all trim
results raw "xy no 'ne" $'1\n3'
params=(--forget all)
run_ok "${params[@]}"
results trimmed "$made" $'1\n3\ntrimmed'
params=(-p mode=fail)
may=trim
run_ok "${params[@]}"
ran trim use opt all
results raw "xy no 'ne" $'1\n3'
run_ok "${params[@]}" run --only use
ran
may=

# Nor is what lies in a directory that it made.
cat >dir.ini <<'INI'
[params]
mode = make
[stage:d]
command = mkdir -p {{output.d}}; sh trim.sh {{params.mode}} {{output.d}}/x
output.d = {{root}}/made
[stage:x]
command = echo {{input.i | else none}} > {{output.o}}
input.i = made/x
input.i.optional = yes
output.o = o
INI
run_ok -f dir.ini
expect_file out/dir/02_x/o made/x
run_ok -f dir.ini -p mode=skip
expect_file out/dir/02_x/o none
expect_file made/x trimmed
run_ok -f dir.ini -p mode=skip run -n
expect_out "^nothing to do"

# What stands for it counts only while it does.
echo other >raw.fq
run_ok "${params[@]}"
ran trim use
params=(--forget all)
# The failure is over, and looking knows it before a run does.
run_ok "${params[@]}" run -n
expect_out '^run +use'
run_ok "${params[@]}"
ran use opt all
results trimmed "$made" $'1\n3\ntrimmed'
echo third >raw.fq
run_ok
ran

# Without a word for it, that is a mistake where it is known, and else a failure.
sed -i 's/ | else raw.fq//' pipeline.ini
run_fails 2 -p trim=no
expect_err "^pipeline.ini:11: stage 'use': 'input.r' has no file, since stage 'trim' is disabled: write 'input.r.optional = yes'"
run_fails 1 -k -p mode=skip
expect_err "use: failed.*made by stage 'trim', which was skipped or failed"

# One that still lies in a directory which is read as a whole is told.
pipeline <<'INI'
[params]
on = yes
[stage:a]
enabled = {{params.on}}
command = echo a >{{output.o}}
output.o = {{root}}/all/a
[stage:b]
command = ls {{input.d}} >{{output.o}}
input.d = all
output.o = o
INI
rm -rf out
run_ok
expect_no_err warning
run_ok -p on=no
left="^pipeline.ini:9: warning: stage 'b': 'all' holds 'all/a', which stage 'a' made before it was disabled; 'restage clean a' removes it"
expect_err "$left"
run_ok status
expect_err "$left"
run_ok clean a
run_ok
expect_no_err "$left"
ran b
run_ok status
expect_no_err "$left"
