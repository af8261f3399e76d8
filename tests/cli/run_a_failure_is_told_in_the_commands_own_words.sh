#!/usr/bin/env bash
# What a failed command wrote last, without prefixes and of its last attempt only: on the console, in the pipeline log,
# the manifest and the record; and the one line of it that says most.
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:tool]
command = echo begins; echo "[in @ 0x5f] error reading {{input.i}}"; echo "2 of 3 done"; exit 1
input.i = in.txt
[stage:py]
command =
    echo 'Traceback (most recent call last):'
    echo '  File "x.py", line 1'
    echo 'ValueError: bad'
    echo 'bye'
    exit 2
[stage:last]
command = echo "try $(cat n)"; echo $(($(cat n) + 1)) >n; exit 3
retries = 1
track_command = no
[stage:says]
command = echo '{"event":"error","message":"the model is broken"}' >>"$STAGEIO_EVENTS"; echo x; exit 4
[stage:silent]
command = sh -c 'kill -9 $$'
[stage:late]
command = echo soon; sleep 100
timeout = 0.1s
[stage:many]
command = echo {{input.all}} | wc -l; exit 5
input.all = many/*
INI
echo 1 >in.txt
echo 1 >n
mkdir many
for i in $(seq 1000 1999); do : >many/"$i"; done
run_fails 1 run -k -j1

# told STAGE HOW CAUSE LINE...: the cause, and the lines of the excerpt
told() {
	local stage=$1 how=$2 cause=$3
	shift 3
	expect_err "^$stage: failed \\($how, [0-9.]*s\\)${cause:+: $cause}\$"
	grep -Eq "❌ Stage $stage: FAILED \\($how, [0-9.]*s\\)${cause:+: $cause}\$" out/*/logs/*.log || fail "the log: $(grep FAILED out/*/logs/*.log)"
	sed -n "/^$stage failed/,/^\$/p" "$err" >excerpt
	same "$(sed -n 's/^  | //p' excerpt)" "$(printf '%s\n' "$@")"
	grep -q "^  next     restage logs $stage " excerpt || fail "$(cat excerpt)"
	same "$(run_record | jq -r "select(.event == \"fail\" and .stage == \"$stage\").tail[]")" "$(printf '%s\n' "$@")"
}
told tool 'exit code 1' '\[in @ 0x5f\] error reading in.txt' begins '[in @ 0x5f] error reading in.txt' '2 of 3 done'
expect_manifest tool '.errors[0].message == "exit code 1: [in @ 0x5f] error reading in.txt"'
expect_manifest tool '.errors[0].exception_detail | test("^begins\n.*\n2 of 3 done$")'
told py 'exit code 2' 'ValueError: bad' 'Traceback (most recent call last):' '  File "x.py", line 1' 'ValueError: bad' bye
log_of py | found '\[ERROR\]   File "x.py"'
told last 'exit code 3' 'try 2' 'try 2'
expect_err '^last: attempt failed \(exit code 3, .*\): try 1, trying again'
told says 'exit code 4' 'the model is broken' x
expect_manifest says '.errors | length == 2'
told silent 'killed by SIGKILL' ''
told late 'killed by SIGTERM' 'timed out after 0.1s' soon
expect_no_err 'left 1 process'
told many 'exit code 5' 1 1

# A command of thousands of inputs is cut where it is shown.
[ "$(grep -c '' excerpt)" -lt 10 ] || fail "$(cat excerpt)"
[ "$(wc -c <excerpt)" -lt 1500 ] || fail "$(wc -c <excerpt) bytes"
grep -q 'bytes more)' excerpt || fail "$(cat excerpt)"
