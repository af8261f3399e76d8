#!/usr/bin/env bash
# The reason names the file that differs in a directory, how it differs, and how many others do.
. "$(dirname "$0")/lib.sh"

state=out/pipeline/.restage
pipeline <<'INI'
[stage:a]
command = cp -r {{input.i}}/. {{output.o}}
input.i = in
output.o = made
[stage:b]
command = find {{input.i}} >{{output.o}}
input.i = {{a.o}}
output.o = b.txt
INI
mkdir -p in/deep/empty in/deep-er
for i in {1..90}; do echo "$i" >"in/f$i"; done
echo 1 >in/deep/x
echo 1 >in/deep-er/x
ln -s f1 in/link

# told MESSAGE: all that look say so without writing anything, and the run that then comes too.
told() {
	ls -R "$state" -l --time-style=full-iso >before
	run_ok why a
	expect_out "$1"
	run_ok status
	expect_out "$1"
	run_ok run -n
	expect_out "$1"
	ls -R "$state" -l --time-style=full-iso >after
	cmp before after || fail 'looking wrote something'
	run_ok
	expect_manifest a "[.reasons[].message] | any(test(\"$1\"))"
	expect_reason a input_changed in
}

run_ok
same "$(find "$state/trees" -type f | wc -l)" 1 # of two equal directories
echo new >in/f77
told 'input in changed: f77$'
ran a b
expect_reason b upstream_ran "$(stage_dir a)/made"
expect_manifest b '.reasons[0].message | test("changed: f77$")'
echo 2 >in/deep/x
echo 2 >in/deep-er/x
echo 2 >in/f3
told 'input in changed: deep/x .[+]2 more.$'
echo 1 >in/f91
told 'input in changed: f91 is new$'
rm in/f91 in/f9
told 'input in changed: f9 is gone .[+]1 more.$'
mkdir in/deep/later
told 'input in changed: deep/later is new$'
echo 1 >in/deep/later/y
told 'input in changed: deep/later/y is new$'
chmod +x in/f8
told 'input in changed: f8 has another executable bit$'
ln -sf f2 in/link
told 'input in changed: link$'
rm in/link
mkdir in/link
told 'input in changed: link is gone$'
# By the index alone, and by the manifests alone.
echo 3 >in/f77
rm "$state/index"
told 'input in changed: f77$'
# An output.
echo broken >"$(stage_dir a)/made/f5"
run_ok why a
expect_out 'is not what the stage made: f5$'
run_ok
ran a
# Odd names.
echo 1 >$'in/new\nline'
echo 1 >$'in/\xff\xfe'
run_ok
echo 2 >$'in/new\nline'
run_ok why a
expect_out 'changed: new.*line'
run_ok why a --json
jq -e . <"$out" >/dev/null || fail 'no JSON'
run_ok
ran a b
echo 2 >$'in/\xff\xfe'
run_ok why a --json
jq -e '.. | strings | select(test("input in changed: "))' <"$out" >/dev/null || fail 'no JSON'
run_ok
ran a b

# Without listings, and with damaged ones, the reason says no more than it knows.
rm -r "$state"
echo 4 >in/f77
run_ok why a
expect_out 'input in changed$'
run_ok
ran a b
for file in "$state"/trees/*; do printf x | dd of="$file" bs=1 seek=40 conv=notrunc status=none; done
echo 5 >in/f77
run_ok why a
expect_out 'input in changed$'
run_ok
for file in "$state"/trees/*; do truncate -s 30 "$file"; done
echo 6 >in/f77
run_ok why a
expect_out 'input in changed$'
rm -r "$state/trees"
mkdir away
ln -s "$PWD/away" "$state/trees" # nothing is written there
run_ok
ran a b
rmdir away
rm "$state/trees"
echo 7 >in/f77
run_ok
echo 8 >in/f77
run_ok why a
expect_out 'input in changed: f77$'
run_ok accept a
echo 9 >in/f77
run_ok why a
expect_out 'input in changed: f77$'
run_ok

# A run in which nothing runs opens none.
run_ok
ran
