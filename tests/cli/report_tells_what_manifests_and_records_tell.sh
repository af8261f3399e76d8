#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[pipeline]
name = weather
description = Two <stages> & a failure
[stage:a]
description = makes it
tags = quick, first
command = echo one; cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = a.txt
[stage:b]
command = cat {{input.i}} > {{output.o}}; echo "error: it's b"
input.i = {{a.o}}
output.o = b.txt
[stage:c]
command = false
input.i = {{b.o}}
INI
echo 1 >in.txt
run_fails 1 run
run_ok report
expect_no_out .
expect_err 'the report is in .*/out/weather/report.html$'
run_ok graph --json
cp "$out" graph.json
python3 "$SOURCE/tests/lib/report_data.py" out/weather/report.html >data.json

python3 - <<'PY'
import glob, json
data = json.load(open("data.json"))
assert data["schema"] == "restage.report/1", data["schema"]
assert data["live"] is None
assert (data["pipeline"], data["job"], data["job_dir"]) == ("weather", "weather", "out/weather")
assert data["description"] == "Two <stages> & a failure"
assert [s["name"] for s in data["stages"]] == ["a", "b", "c"]
for stage in data["stages"]:
    place = f"out/weather/{stage['number']:02}_{stage['name']}"
    manifest = json.load(open(f"{place}/manifest.json"))
    for left_out in "key", "last_success":
        manifest.pop(left_out, None)
    assert stage["manifest"] == manifest, stage
    assert stage["log"] == open(f"{place}/stage.log", encoding="utf-8").read()
    assert stage["log_truncated"] is False
assert data["stages"][0]["tags"] == ["quick", "first"]
assert data["stages"][0]["description"] == "makes it"
assert [s["state"] for s in data["stages"]] == ["up_to_date", "up_to_date", "failed"]
graph = json.load(open("graph.json"))
assert [s.pop("rank") for s in data["graph"]["stages"]] == [0, 1, 2]
assert data["graph"] == graph
path, = glob.glob("out/weather/logs/*.jsonl")
lines = [json.loads(line) for line in open(path, encoding="utf-8")]
assert len(data["runs"]) == 1 and data["run"] == data["runs"][0]["run"] == lines[0]["run"]
assert data["runs"][0]["record"] == lines
log, = glob.glob("out/weather/logs/*.log")
assert data["pipeline_log"] == open(log, encoding="utf-8").read()
PY
