#!/usr/bin/env bash
# Links that a stage or somebody else puts in the place of directories that are ours are not followed: nothing
# behind them is moved, made or removed.
. "$(dirname "$0")/lib.sh"
collect=no

mkdir -p outside/sub outside/.work ../there/sub
for name in o.txt sub/o.txt sub/left.txt left.txt d/x .work/o.txt .hidden manifest.json stage.log \
	.manifest.json.12.tmp; do
	mkdir -p "outside/$(dirname $name)" "../there/$(dirname $name)"
	echo keep >"outside/$name"
	echo keep >"../there/$name"
done
outside=$PWD/outside there=$(realpath ../there)
before=$(snapshot "$outside" "$there")
echo 1 >in.txt

# one: a command and what it declares, in a fresh job; the run must not touch what lies behind the link
one() {
	local code=0
	rm -rf out
	{
		echo '[stage:a]'
		printf '%s\n' "$@"
	} >pipeline.ini
	"$RESTAGE" >"$out" 2>"$err" </dev/null || code=$?
	same "$(snapshot "$outside" "$there")" "$before"
	[ $code = 0 ] || return 1
}

for to in "$outside" "$there"; do
	# shellcheck disable=SC2016 # for the stage's shell
	replace='rm -r "$STAGEIO_OUTPUT_DIR" && ln -s '$to' "$STAGEIO_OUTPUT_DIR"'
	! one "command = $replace" 'output.o = o.txt' || fail "a work directory that is a link was taken"
	expect_err 'work directory'
	! one "command = $replace && false" 'output.o = o.txt' || fail 'it failed'
	! one "command = $replace" 'output.o = sub/o.txt' 'intermediate.left = left.txt' || fail 'a link was followed'
	! one "command = mkdir -p out && $replace" 'output.o = {{root}}/dist/o.txt' || fail 'a link was followed'
	! one "command = rm -r {{stage.dir}}/sub; ln -s $to/sub {{stage.dir}}/sub" 'output.o = sub/o.txt' ||
		fail 'an output behind a link was taken'
	expect_err 'link'
	! one "command = touch {{output.o}}; rm -r {{stage.dir}}/sub; ln -s $to/sub {{stage.dir}}/sub" 'output.o = o.txt' \
		'intermediate.i = sub/left.txt' 'intermediate.i.retained = no' || fail 'an intermediate was removed'
	! one "command = rm -r {{stage.dir}}/.root; ln -s $to {{stage.dir}}/.root" \
		'output.o = {{root}}/sub/o.txt' || fail 'an output behind a link was taken'
	! one "command = touch {{output.o}}; rm -r out/pipeline/01_a; ln -s $to out/pipeline/01_a" \
		'output.o = o.txt' || fail "a stage's directory that is a link was taken"
done

# What lies in the way before the run.
pipeline <<'INI'
[stage:a]
command = [ ! -s in.txt ] || echo 1 >{{output.o}}; [ ! -s in.txt ] || echo 1 >{{output.p}}; mkdir -p {{stage.dir}}/sub; echo 1 >{{stage.dir}}/sub/left.txt
input.i = in.txt
output.o = deep/o.txt
output.o.optional = yes
output.p = {{root}}/deep/o.txt
output.p.optional = yes
INI
dir=out/pipeline/01_a
put_back() {
	rm -rf out deep
	echo 1 >in.txt
	run_ok
}
for to in "$outside" "$there"; do
	for name in deep sub; do
		put_back
		rm -r "${dir:?}/$name"
		ln -s "$to/sub" $dir/$name
		echo 2 >in.txt
		run_fails 1
		expect_err "link in its path"
		same "$(snapshot "$outside" "$there")" "$before"
	done
	# An optional output that is not made this time is not dropped through a link.
	put_back
	before=$(snapshot "$outside" "$there")
	mkdir "$to/same"
	echo 1 >"$to/same/o.txt"
	before_drop=$(snapshot "$outside" "$there")
	rm -r $dir/deep
	ln -s "$to/same" $dir/deep
	: >in.txt
	run_fails 1
	same "$(snapshot "$outside" "$there")" "$before_drop"
	put_back
	rm -r deep
	ln -s "$to/same" deep
	: >in.txt
	"$RESTAGE" >"$out" 2>"$err" </dev/null || true
	[ "$to" = "$outside" ] || same "$(snapshot "$outside" "$there")" "$before_drop"
	rm deep
	mkdir -p "$to/same"
	echo 1 >"$to/same/o.txt"
	# clean neither
	put_back
	rm -r $dir/deep
	ln -s "$to/same" $dir/deep
	run_ok clean
	expect_out 'outside'
	expect_file "$to/same/o.txt" 1
	rm -r "$to/same"
	before=$(snapshot "$outside" "$there")
	# the stage's directory, the job's own places
	for name in 01_a .restage logs; do
		put_back
		rm -r "out/pipeline/$name"
		ln -s "$to" out/pipeline/$name
		echo 2 >in.txt
		run_fails 3
		expect_err "out/pipeline/$name.*link in its path"
		touch out/pipeline/.restage/open 2>/dev/null && [ $name = 01_a ] && run_fails 3
		"$RESTAGE" clean >"$out" 2>"$err" || true
		"$RESTAGE" accept a >"$out" 2>"$err" || true
		"$RESTAGE" replay --check a >"$out" 2>"$err" || true
		[ $name = .restage ] || same "$(snapshot "$outside" "$there")" "$before"
		rm -f "$to/open"
		before=$(snapshot "$outside" "$there")
	done
	put_back
	mkdir -p out/pipeline/replaced
	rmdir out/pipeline/replaced
	ln -s "$to" out/pipeline/replaced
	echo mine >$dir/deep/o.txt
	run_fails 3
	expect_file $dir/deep/o.txt mine
	same "$(snapshot "$outside" "$there")" "$before"
done

# The job's directory itself may lie elsewhere: that is the user's own link.
put_back
rm -rf out
mkdir "$temp/disk"
ln -s "$temp/disk" out
run_ok
run_ok
ran
run_ok clean
expect_no_file "$temp/disk/pipeline/01_a/manifest.json"
