#!/usr/bin/env bash
# Every mistake on the command line is told, nothing is read or run.
. "$(dirname "$0")/lib.sh"

run_fails 2 --bad run -j0
expect_err "unknown option '--bad'"
expect_err "option '-j': '0' is no number from 1 to 1000000"
expect_err "see 'restage help run'"
for jobs in -1 1000000000 4x ''; do
	run_fails 2 -j "$jobs"
	expect_err "is no number from 1 to 1000000"
done
run_fails 2 statsu
expect_err "did you mean 'status'\?"
run_fails 2 demux
expect_err "restage run NAME"
run_fails 2 status --jsn
expect_err "did you mean '--json'\?"
run_fails 2 run --json
expect_err "goes with '-n'"
run_fails 2 run --only
expect_err "needs a target"
run_fails 2 -C nowhere status
expect_err "cannot .*'nowhere'"
run_fails 2 -f nowhere.ini status
expect_err "nowhere.ini"
run_fails 2 -f . status
run_fails 2 -f /dev/zero status
expect_no_file out
