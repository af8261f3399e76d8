#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# kill -9 leaves the fifo; the next run with one replaces it, one without removes it.
pipeline <<'INI'
[stage:a]
command = touch "$HERE/started"; test -e "$HERE/go" || sleep 60
INI
fifo=out/pipeline/.restage/jobserver
export HERE=$PWD
kill_one() {
	rm -rf out started go
	"$RESTAGE" run -j 4 --jobserver fifo >"$out" 2>"$err" </dev/null &
	runner=$!
	wait_until test -e started
	[ -p $fifo ] || fail "there is no fifo while it runs"
	kill -KILL $runner
	wait $runner || true
	[ -p $fifo ] || fail "the fifo went with the run"
	touch go
}
kill_one
run_ok run -j 4 --jobserver fifo
ran a
expect_no_file $fifo
kill_one
run_ok
ran a
expect_no_file $fifo
