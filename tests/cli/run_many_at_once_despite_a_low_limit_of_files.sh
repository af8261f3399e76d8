#!/usr/bin/env bash
# Each running stage needs a few descriptors: the soft limit is raised for us, not for the stages. Where the
# hard limit does not let it, fewer run at once.
. "$(dirname "$0")/lib.sh"

{
	echo '[stage:a]'
	echo 'foreach.n ='
	printf '\t%d\n' {101..220}
	# shellcheck disable=SC2016 # for the stage's shell
	echo 'command = ulimit -S -n >{{output.o}}; : >"{{root}}/started/$STAGE"; while [ ! -e go ]; do sleep 0.1; done'
	echo 'env.STAGE = {{each.n}}'
	echo 'track_command = no'
	echo 'output.o = o.txt'
} >pipeline.ini
mkdir started

(
	ulimit -S -n 100
	exec timeout 100 "$RESTAGE" run -j 120 >"$out" 2>"$err" </dev/null
) &
all_started() {
	[ "$(find started -type f | wc -l)" = 120 ]
}
wait_until all_started
touch go
wait $! || fail "it failed"
expect_err '^120 ran'
same "$(cat out/*/01_a/*/o.txt | sort -u)" 100

(
	ulimit -n 300
	exec timeout 100 "$RESTAGE" run -B -j 120 >"$out" 2>"$err" </dev/null
) || fail "it failed under a hard limit"
expect_err 'the limit of open files is 300: no more than 43 stages run at once'
expect_err '^120 ran'
