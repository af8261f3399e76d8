#!/usr/bin/env bash
# Whoever follows a run has a shared lock on its record: of stages that run elsewhere it tells more then.
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = while [ ! -e go ]; do sleep 0.05; done
INI
quit() {
	local code=$?
	touch go
	(exit $code)
	finish
}
trap quit EXIT
"$RESTAGE" run >"$out" 2>"$err" &
run=$!
has_record() {
	ls out/pipeline/logs/*.jsonl
}
wait_until has_record
record=$(echo out/pipeline/logs/*.jsonl)
locks() {
	awk -v inode="$(stat -c %i "$record")" '$4 == "READ" { split($6, at, ":"); n += at[3] == inode } END { print n + 0 }' /proc/locks
}
locked() {
	[ "$(locks)" = "$1" ]
}
locked 0 || fail "somebody follows it already"
"$RESTAGE" logs -f a >followed &
follower=$!
wait_until locked 1
TERM=xterm script -qec "'$RESTAGE' top" /dev/null >"$temp/screen" </dev/null &
top=$!
wait_until locked 2
PYTHONPATH=$SOURCE/tests/lib RESTAGE=$RESTAGE python3 - "$record" <<'PY'
import os, sys, time
from serve_client import *

inode = os.stat(sys.argv[1]).st_ino


def locks():
    lines = [line.split() for line in open("/proc/locks", encoding="utf-8")]
    return sum(line[3] == "READ" and line[5].endswith(f":{inode}") for line in lines)


with Serve() as serve:
    page = serve.page()
    assert locks() == 2, "a page that is only loaded follows nothing"
    stream = serve.listen(page)
    while locks() != 3:
        time.sleep(0.05)
PY
wait_until locked 2
touch go
wait $follower
wait $top || :
wait $run
wait_until locked 0
