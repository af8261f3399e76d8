#!/usr/bin/env bash
# A job that was copied with hard links (cp -al) is another job: nothing of the first is written over.
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}; echo says $(cat {{input.i}})
input.i = in.txt
output.o = o.txt

[stage:db]
command = cat {{input.i}} >>{{output.db}}; mkdir -p {{output.dir}}/sub; cat {{input.i}} >>{{output.dir}}/sub/f
input.i = in.txt
output.db = db
output.db.update = yes
output.dir = dir
output.dir.update = yes

[stage:bad]
command = echo says $(cat {{input.i}}); false
input.i = in.txt
allow_failure = yes
INI
echo 1 >in.txt
run_ok --job one
cp -al out/one out/two
before=$(snapshot out/one)
contents=$(find out/one -type f -print0 | sort -z | xargs -0 cksum)
echo 2 >in.txt
for args in '' -B; do
	run_ok --job two run $args
	same "$(snapshot out/one)" "$before"
	same "$(find out/one -type f -print0 | sort -z | xargs -0 cksum)" "$contents"
done
expect_file out/two/02_db/db $'1\n2\n2'
expect_file out/two/02_db/dir/sub/f $'1\n2\n2'
expect_file out/one/02_db/db 1
grep -q 'says 1' out/one/01_a/stage.log || fail 'the log of the first was written over'
# one that failed is kept for nobody: its log would be begun anew where it is
grep -q 'says 1' out/one/03_bad/stage.log || fail 'the log of the failed attempt was written over'
grep -q 'says 2' out/two/01_a/stage.log || fail 'the log of the second is not its own'
same "$(find out/two -name '.*.tmp')" ''
run_ok --job two
ran bad
echo 1 >in.txt
run_ok --job one
ran bad

# Nor what a command writes over at its place, by its own name for it.
pipeline <<'INI'
[stage:w]
command = cat in.txt >{{job.dir}}/01_w/own
output.o = own
INI
rm -rf out
run_ok --job one
cp -al out/one out/two
echo 3 >in.txt
run_ok --job two
expect_file out/one/01_w/own 1
expect_file out/two/01_w/own 3

# Nor a log, by one that is restored.
pipeline <<'INI'
[cache]
dir = cache
[stage:c]
command = echo says $(cat in.txt); grep -v 2 in.txt >{{output.o}}
input.i = in.txt
output.o = o.txt
INI
rm -rf out
for i in 1 3; do
	echo $i >in.txt
	run_ok --job one
done
echo 2 >in.txt
run_fails 1 --job one
cp -al out/one out/two
echo 1 >in.txt
run_ok --job two
expect_err '1 restored'
grep -q 'says 2' out/one/01_c/stage.log || fail 'the log of the first was written over'
grep -q 'says 1' out/two/01_c/stage.log || fail 'the log of the second is not its own'
