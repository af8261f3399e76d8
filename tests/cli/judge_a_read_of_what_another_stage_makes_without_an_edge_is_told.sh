#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# How b comes to tell what it reads, what it reads of a, and what would mend it.
cat >read.sh <<'EOF'
cat "$2" >"$3"
[ "$1" != depfile ] || echo "o: $2 $2" >"$4/deps.d"
[ "$1" != report ] || echo "{\"event\":\"input\",\"path\":\"$2\",\"type\":\"file\"}" >>"$STAGEIO_EVENTS"
EOF
told() { # HOW PATH ADVICE [LINE OF b...]
	rm -rf out gen
	{
		cat <<'INI'
[stage:a]
command = mkdir -p {{output.d}}; echo 1 | tee {{output.d}}/one {{output.o}} {{output.far}} > {{stage.dir}}/stray
output.o = o.txt
output.d = d/
output.far = {{root}}/gen/far.h
[stage:between]
command = true
after = a
INI
		echo '[stage:b]'
		echo "command = sh read.sh $1 $2 {{output.o}} {{stage.dir}}"
		echo 'track_command = no'
		echo 'output.o = b.txt'
		[ "$1" != depfile ] || echo 'depfile = deps.d'
		printf '%s\n' "${@:4}"
	} >pipeline.ini
	run_ok run a
	if [ "$1" = audit ]; then
		"$RESTAGE" audit b >"$out" 2>"$err" || true
	else
		run_ok run b
	fi
	if [ "$3" ]; then
		expect_err "b: .*reads '$2', which stage a makes, but does not depend on it: $3"
		same "$(manifest b '[.warnings[].message | select(test("does not depend"))] | length')" 1
	else
		expect_no_err 'does not depend'
		expect_manifest b 'all(.warnings[].message; test("does not depend") | not)'
	fi
}
job=out/pipeline
ways='depfile report'
! command -v strace >/dev/null || ways+=' audit'
for how in $ways; do
	told "$how" $job/01_a/o.txt 'add input[.]o = [{][{]a[.]o[}][}]'
	told "$how" $job/01_a/d/one 'add input[.]d = [{][{]a[.]d[}][}]'
	told "$how" gen/far.h 'add input[.]far = [{][{]a[.]far[}][}]'
	told "$how" $job/01_a/stray 'add after = a'
	# An edge of any kind is enough.
	told "$how" $job/01_a/o.txt '' 'after = a'
	told "$how" $job/01_a/o.txt '' 'after = between'
	told "$how" $job/01_a/o.txt '' 'input.d = {{a.d}}'
	told "$how" read.sh ''
done

# The maker comes behind it: no edge can be added.
rm -rf out gen
pipeline <<'INI'
[stage:b]
command = sh read.sh depfile gen/late {{output.o}} {{stage.dir}}
track_command = no
output.o = b.txt
depfile = deps.d
[stage:c]
command = cp {{input.b}} {{output.o}}
input.b = {{b.o}}
output.o = {{root}}/gen/late
INI
mkdir gen
echo 1 >gen/late
run_ok run b
expect_err "b: .*reads 'gen/late', which stage c makes, but does not depend on it: that stage needs this one"
