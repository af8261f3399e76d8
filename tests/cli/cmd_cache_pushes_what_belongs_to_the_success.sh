#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<INI
[stage:a]
command =
	echo "said of \$(cat in.txt)"
	$BUILD/stageio resource tokens=5
	grep -q good in.txt
	echo x >{{output.o}}
input.i = in.txt
output.o = a.txt
INI
echo good >in.txt
run_ok
used=$(manifest a .resources.cpu_user_seconds)
echo bad >in.txt
run_fails 1
echo good >in.txt

# A failure came after the success: its log is not that of the result. What was measured is of where it was made.
export RESTAGE_CACHE=cache
run_ok cache push
expect_err '^1 of 1 results were put'
for _ in 1 2; do
	rm -rf out
	run_ok cache pull
	expect_err '^1 restored'
	log_of a | found 'said of good'
	! log_of a | found 'said of bad' || fail 'the log of the failure was put'
	expect_manifest a '.resources == {"tokens": 5}'
	same "$(manifest a .restored_from.resources.cpu_user_seconds)" "$used"
	expect_manifest a '.restored_from.resources.tokens == 5'
	# what was restored is pushed as what it was
	rm -rf cache
	run_ok cache push
done
