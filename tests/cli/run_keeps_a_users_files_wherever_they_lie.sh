#!/usr/bin/env bash
# What no manifest of the job records is deleted or overwritten nowhere: not at the places of intermediates and of
# what a stage leaves beside its outputs, not where an output is updated in place, not what is as young as a failure.
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}; mkdir {{stage.dir}}/sub; echo left >{{stage.dir}}/sub/left; ln -s nowhere {{stage.dir}}/link; test ! -s make || echo m >{{intermediate.m}}
input.i = in.txt
output.o = o.txt
intermediate.m = m.txt
track_command = no

[stage:db]
command = cat {{input.i}} >>{{output.db}}; test ! -e fail
input.i = in.txt
output.db = {{root}}/db
output.db.update = yes
track_command = no
INI
echo 1 >in.txt
echo yes >"make"
kept() { # the user's files are somewhere
	for text in "$@"; do
		grep -rqx "$text" . || fail "'$text' is lost"
	done
}
run_ok
a=out/pipeline/01_a

# An intermediate that is not retained, and not made: what lies at its place is not the stage's.
: >"make"
echo "the user's m" >$a/m.txt
run_ok run -B
kept "the user's m"
expect_manifest a '.intermediate_files[0].missing'
run_ok clean a
kept "the user's m"
rm $a/m.txt

# What a stage left beside its outputs is replaced, but not what somebody put there since.
run_ok
run_ok run -B a
expect_no_file out/pipeline/replaced
echo "the user's left" >$a/sub/left
ln -sfn "the user's link" $a/link
run_ok run -B a
kept "the user's left"
expect_file $a/sub/left left
same "$(find out/pipeline/replaced -type l -lname "the user's link" | wc -l)" 1
expect_manifest a '[.warnings[].message | select(contains("replaced/"))] | length == 2'
run_ok run -B a
same "$(find out/pipeline/replaced -mindepth 1 -maxdepth 1 | wc -l)" 1

# A link that leads nowhere, where a stage leaves something for the first time.
run_ok clean a
rm -rf $a
mkdir -p $a
ln -s nowhere $a/sub
run_ok run a
expect_err 'something else lies'
same "$(readlink $a/sub)" nowhere
rm $a/sub
echo "the user's sub" >$a/sub
run_ok run -B a
kept "the user's sub"
rm -r $a
run_ok

# A failed attempt has updated a file in place; then somebody puts their own there.
touch fail
echo 2 >in.txt
run_fails 1 run db
echo "the user's db" >db
rm fail
run_ok run db
kept "the user's db"
expect_file db $'the user\'s db\n2'
grep -rqx "the user's db" out/pipeline/replaced || fail 'it was not kept'

# A command that writes over what lies there, by its own name for it. What is not its own does not become so.
pipeline <<'INI'
[stage:own]
command = sleep 0.1; mkdir -p far; cat in.txt >far/f; cat in.txt >f; test ! -e fail
output.d = {{root}}/far
output.f = {{root}}/f
INI
mkdir far
echo "the user's far" >far/mine
echo "the user's f" >f
run_ok
kept "the user's far" "the user's f"
same "$(grep -rlx "the user's f" out/pipeline/replaced | wc -l)" 1
echo 3 >in.txt
run_ok # also where the directory itself shows nothing of it
ran own
expect_file far/f 3
touch fail
run_fails 1 run -B
rm fail
echo 4 >in.txt
run_ok run -B
run_ok clean
kept "the user's far" "the user's f"
same "$(find out/pipeline/replaced -name 'f*' | wc -l)" 2
