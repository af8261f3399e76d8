#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# A failed attempt may have left half of an update behind.
pipeline <<'INI'
[stage:a]
command = test "$(cat {{input.i}})" != 3 && echo "$(cat {{input.i}})" >> {{output.db}} && test "$(cat {{input.i}})" != 2
track_command = no
input.i = in.txt
output.db = db.txt
output.db.update = yes
output.db.track = exists
[stage:b]
command = test -e {{input.gate}}
input.gate = gate.txt
after = a
INI
echo 1 >in.txt
touch gate.txt
run_ok
db=$(stage_dir a)/db.txt
run_ok
ran
for forget in no yes; do
	echo 2 >in.txt
	run_fails 1
	echo 1 >in.txt
	# another run in between, which does not look at the stage
	run_ok run --only b
	[ $forget = no ] || rm -r out/*/.restage
	run_fails 1 status -q
	run_ok status
	expect_out 'a .*failed'
	run_ok
	ran a
	expect_reasons a failed_before output_changed
	expect_reason a output_changed "$db"
	run_ok
	ran
done

# what somebody else changes does not count, as long as nothing failed
echo other >>"$db"
run_ok
ran

# A failure that touched nothing can be put back; from then on its time counts, by the index as well.
echo 4 >in.txt
run_ok
echo 3 >in.txt
run_fails 1
echo 4 >in.txt
run_ok
ran
run_ok
ran
if [ "$(manifest a .status)" = failed ]; then
	echo other >>"$db"
	run_ok
	ran a
fi
