#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
export PYTHONPATH=$SOURCE/src/stageio PYTHONDONTWRITEBYTECODE=1 PATH=$BUILD:$PATH
pipeline <<'INI'
[stage:a]
command = stageio phase "load model" sleep 0.05 && stageio phase write touch {{output.o}}
output.o = o.txt
[stage:b]
command = python3 b.py
output.o = o.txt
[stage:c]
command = sh c.sh && touch {{output.o}}
output.o = o.txt
INI
cat >b.py <<'PY'
from stageio import StageIO
io = StageIO()
with io.phase("recognise"):
    io.get_output_path("o.txt").write_text("x")
PY
cat >c.sh <<'SH'
{
	echo '{"event":"phase"}'
	echo '{"event":"phase","name":"x","started":"yesterday","seconds":-3,"cpu_seconds":"much","memory_mb":-1}'
	for i in $(seq 1010); do
		echo '{"event":"phase","name":"many","seconds":0.5}'
	done
	echo '{"event":"resource","values":{"phases":"mine"}}'
} >>"$STAGEIO_EVENTS"
SH
run_ok
same "$(manifest a '.resources.phases[] | [.name, (.seconds >= 0.05), (.memory_mb > 0)] | tostring')" \
	$'["load model",true,true]\n["write",false,true]'
same "$(manifest b '.resources.phases[].name')" recognise
same "$(manifest c '.resources | [(.phases | length), .meta.phases] | tostring')" '[1000,"mine"]'
same "$(manifest c '.resources.phases[:2][] | [.name, .seconds, has("cpu_seconds"), has("memory_mb")] | tostring')" \
	$'["",0,false,false]\n["x",0,false,false]'
expect_manifest c '[.warnings[].message | select(contains("first 1000") and contains("12 are not"))] | length == 1'
same "$(run_record | jq -c 'select(.event == "done" and .stage == "b") | [.resources.phases[].name]')" '["recognise"]'

# they are slices inside of those of their attempts
run_ok export --format trace
same "$(jq -c '.traceEvents | map(select(.cat == "stage" and .name == "a"))[0] as $stage |
	[.[] | select(.cat == "phase" and .tid == $stage.tid and .ts >= $stage.ts and .ts + .dur <= $stage.ts + $stage.dur) | .name]' \
	"$out")" '["load model","write"]'
run_ok
ran
