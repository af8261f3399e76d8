#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = echo waiting; sleep 1000
INI
"$RESTAGE" >"$out" 2>"$err" </dev/null &
runner=$!
wait_until grep -q waiting out/pipeline/01_a/stage.log
kill -TERM $runner
wait $runner || true
same "$(jq -rc 'select(.event != "warning") | [.event, .outcome, .interrupted, .signal]' out/pipeline/logs/*.jsonl)" \
	'["run_begin",null,null,null]
["start",null,null,null]
["signal",null,null,15]
["fail",null,true,15]
["run_end","interrupted",1,null]'
