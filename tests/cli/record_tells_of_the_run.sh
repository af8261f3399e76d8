#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:good]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = good.txt
config.x = 5
version.sh = echo 1.2
[stage:again]
command = test -e once || { touch once; exit 3; }
after = good
track_command = no
retries = 1
retry_delay = 0
[stage:bad]
command = echo oops >&2; exit 7
after = again
[stage:behind]
command = true
after = bad
[stage:off]
command = true
enabled = no
skip_reason = not today
INI
cp pipeline.ini in.txt

# the events of the last run that a jq filter keeps
events() {
	run_record | jq -c "$1"
}

run_fails 1
record=$(ls out/*/logs/*.jsonl)
same "${record%.jsonl}.log" "$(ls out/*/logs/*.log)"
same "$(events '[.event, .stage]' | grep -v run_)" '["skip","off"]
["start","good"]
["done","good"]
["start","again"]
["retry","again"]
["start","again"]
["done","again"]
["start","bad"]
["fail","bad"]
["blocked","behind"]'
same "$(events 'select(.event == "run_begin") | [.at, .selected, .stages, .root]')" "[0,5,5,\"$PWD\"]"
same "$(events 'select(.event == "run_begin") | .log')" "\"${record%.jsonl}.log\""
same "$(events 'select(.event == "run_end") | [.outcome, .ran, .failed, .blocked, .skipped, .error]')" \
	'["failed",2,1,1,1,null]'
same "$(events 'select(.event == "done" and .stage == "good") | [.config, .tools, .outputs[0][0]]')" \
	'[{"x":"5"},{"sh":"1.2"},"out/pipeline/01_good/good.txt"]'
same "$(events 'select(.event == "done" and .stage == "good").outputs[0][1]')" \
	"$(manifest good '.outputs[0].checksum | tojson')"
same "$(events 'select(.event == "retry") | [.attempt, .exit_code, .delay_seconds]')" '[1,3,0]'
same "$(events 'select(.event == "fail") | [.exit_code, .text, .allowed, .interrupted]')" \
	'[7,"oops",false,false]'
events 'select(.event == "fail").tail[]' | found oops

# what is up to date is told once something runs, and not when nothing does
sed -i 's/exit 7/exit 0/' pipeline.ini
run_ok
same "$(events 'select(.event == "fresh").stages[]')" $'"good"\n"again"'
run_ok
same "$(events '[.event, .fresh, .skipped]')" '["run_begin",null,null]
["run_end",4,1]'
