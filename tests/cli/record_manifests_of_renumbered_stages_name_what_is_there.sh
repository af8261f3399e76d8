#!/usr/bin/env bash
# After a run that renamed directories, manifests name no directory that is gone, whichever attempt they tell of; logs tell it.
. "$(dirname "$0")/lib.sh"

write() {
	printf '%s\n' "$@" >pipeline.ini
	cat >>pipeline.ini <<'INI'
[stage:c]
command = cat {{input.a}} >{{output.o}}; cat {{input.d}} >>{{output.o}}; touch {{stage.dir}}/left; test {{params.mode}} = good
input.a = {{a.o}}
input.d = {{copies.o}}
output.o = o
[stage:copies]
command = cp {{input.a}} {{output.o}}
foreach.n = 1
	2
input.a = {{a.o}}
output.o = o
[stage:alone]
command = echo >{{output.o}}
output.o = o
number = 50
[stage:reader]
command = cp {{input.a}} {{output.o}}
input.a = {{a.o}}
output.o = o
number = 60
INI
}
a='[params]
mode = good
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = o'
hello='[stage:hello]
command = echo hi'
echo 1 >in.txt

# All manifests, and what they keep of other attempts, tell what is.
all_there() {
	local manifests path
	mapfile -t manifests < <(find out/pipeline/[0-9]* -name manifest.json)
	same "$(jq -n '[inputs | (input_filename | rtrimstr("/manifest.json")) as $dir | [., .last_success, .last_failure | select(.)] |
		all(.stage_dir == $dir and .stage_number == ($dir | split("/")[2] | split("_")[0] | tonumber))] |
		all and length == $count' --argjson count ${#manifests[@]} "${manifests[@]}")" true
	jq -r '.. | strings' "${manifests[@]}" | grep -oE 'out/pipeline/[0-9]+_[a-z]+' | sort -u >"$temp/named"
	while read -r path; do
		[ -d "$path" ] || fail "$path is named, and is gone"
	done <"$temp/named"
}

# Beside places everything is as before.
placeless() {
	sed -E 's,out/pipeline/[0-9]+_,out/pipeline/,g; s/"stage_number": [0-9]+/"stage_number": 0/' \
		out/pipeline/*_{reader,a,c,copies/1,copies/2}/manifest.json
}

# renames WRITE-ARGS...: nothing but what is new runs, and then nothing is done
renames() {
	local before
	placeless >"$temp/before"
	write "$@"
	run_ok
	ran ${new:+"$new"}
	all_there
	placeless | diff "$temp/before" - || fail 'more changed than places'
	before=$(snapshot out/pipeline/[0-9]*)
	run_ok
	ran
	same "$(snapshot out/pipeline/[0-9]*)" "$before"
}

write "$a"
run_ok
jq '. + {"mine": {"path": "some/where", "n": [1.5, null]}}' out/pipeline/02_c/manifest.json >m
mv m out/pipeline/02_c/manifest.json
alone=$(snapshot out/pipeline/50_alone)
new=hello renames "$hello" "$a"
grep -q '\[INFO\] Renumbered: the stage.s directory was out/pipeline/01_a and is out/pipeline/02_a$' out/pipeline/02_a/stage.log ||
	fail "$(cat out/pipeline/02_a/stage.log)"
grep -q 'was out/pipeline/03_copies/1 and is out/pipeline/04_copies/1$' out/pipeline/04_copies/1/stage.log || fail 'an instance'
expect_file out/pipeline/60_reader/stage.log
! grep Renumbered out/pipeline/{01_hello,50_alone,60_reader}/stage.log || fail 'nobody renamed these'
same "$(snapshot out/pipeline/50_alone)" "$alone"
renames "$a" "$hello" # moved: they change places
renames "$a"          # removed
renames "$a" 'number = 7'
same "$(snapshot out/pipeline/50_alone)" "$alone"

# Killed when the directories had their numbers, and the manifests not yet all.
cp -r out/pipeline/07_a kept
write "$a"
placeless >"$temp/before"
run_ok
rm -r out/pipeline/.restage out/pipeline/01_a
mv kept out/pipeline/01_a
run_ok
ran
all_there
placeless | diff "$temp/before" - || fail 'more changed than places'

# Renamed by accept.
echo 2 >in.txt
write "$hello" "$a"
run_ok accept a
grep -c 'Renumbered.* is out/pipeline/02_a$' out/pipeline/02_a/stage.log | grep -qx 2 || fail "$(cat out/pipeline/02_a/stage.log)"
! grep out/pipeline/01_a out/pipeline/02_a/manifest.json || fail 'accepted, of before'
run_ok
ran
all_there

# What a failure keeps of the success, and the success of the failure.
run_fails 1 -p mode=bad
all_there
write "$hello" "$a"
run_fails 1
all_there
run_ok -p mode=good
all_there
expect_manifest c '.last_failure.status == "failed"'
renames "$a"
expect_manifest c '.last_failure.stage_dir == "out/pipeline/02_c"'
