#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# A full pipe behind us, whose reader waits: timeouts, the other stages and Ctrl-C have their turn all the same,
# and when it reads at last, nothing is missing.
pipeline <<'INI'
[stage:much]
command = seq 100000
[stage:slow]
command = sleep 1000
timeout = 0.2s
[stage:after]
command = touch {{output.o}}
after = much
output.o = o.txt
INI
mkfifo pipe
run_into_pipe() {
	"$RESTAGE" run -v -k -j 4 2>pipe </dev/null &
	run=$!
	exec 9<pipe
}
run_into_pipe
wait_until test -e out/pipeline/03_after/o.txt
# shellcheck disable=SC2016 # jq's
wait_until jq -e '.status == "failed" and .errors[0].message == "timed out after 0.2s"' out/pipeline/02_slow/manifest.json
cat <&9 >all &
reader=$!
code=0
wait $run || code=$?
same $code 1
exec 9<&-
wait $reader
same "$(grep -c '^much | [0-9]*$' all)" 100000
tail -n 1 all | found 'next '

# a signal ends it, whether somebody reads or not
sed -i 's/timeout = .*/grace = 0.1s/' pipeline.ini
run_into_pipe
wait_until test -e out/pipeline/02_slow/.work
wait_until sh -c "[ \$(stat -c %s out/pipeline/01_much/stage.log) -gt 1000000 ]"
kill -TERM $run
code=0
wait $run || code=$?
same $code 143
exec 9<&-
