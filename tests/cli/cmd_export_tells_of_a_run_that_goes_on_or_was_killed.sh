#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
collect=no

pipeline <<'INI'
[stage:a]
command = touch {{output.o}}
output.o = a.txt
[stage:b]
command = touch started; while [ ! -e go ]; do sleep 0.05; done
input.i = {{a.o}}
INI

# checked FORMAT
checked() {
	run_ok export --format "$1"
	cp "$out" "exported.$1"
	python3 "$SOURCE/tests/export/check.py" "$1" "exported.$1" >found || fail "$1 is wrong"
}

"$RESTAGE" run >run.log 2>&1 </dev/null &
runner=$!
wait_until test -e started
record_says() {
	grep -q '"event": *"start", .*"stage": *"b"' out/*/logs/*.jsonl
}
wait_until record_says
checked openlineage
same "$(jq -c .stages found)" '{"a":"COMPLETE","b":"START"}'
same "$(jq -r .eventType exported.openlineage | tr '\n' ' ')" 'START START COMPLETE START '
checked junit
same "$(jq -cS .stages found)" '{"a":"passed","b":"skipped"}'
checked trace
same "$(jq -c .stages found)" '{"a":"done","b":"running"}'
checked csv
checked prometheus
checked ro-crate --run last

kill -KILL $runner
wait $runner || true
checked openlineage
same "$(jq -c .stages found)" '{"a":"COMPLETE","b":"ABORT"}'
same "$(jq -r .eventType exported.openlineage | tail -n 1)" ABORT
checked junit
same "$(jq -cS '.stages.b' found)" '"error"'
grep -q 'the run was killed' exported.junit
checked trace
same "$(jq -c .stages found)" '{"a":"done","b":"interrupted"}'
checked csv
checked prometheus
checked ro-crate --run last
touch go
