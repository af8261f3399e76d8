#!/usr/bin/env bash
# Names, descriptions, commands, logs and what a stage reports, of every hostile kind: all of it stays data.
. "$(dirname "$0")/lib.sh"

bad='</script><img src=x onerror=alert(1)><!--'
pipeline <<INI
[pipeline]
name = weather
description = $bad
[stage:log]
description = $bad
tags = <b>
command = cat {{input.i}}; printf 'sep \342\200\250 \342\200\251 nul \000 torn \377\303 esc \033[31m cr \r\n bidi \342\200\256\n'
input.i = in/bad.txt
[stage:names]
foreach.f = in/*
command = cp {{each.f}} {{output.o}}
output.o = o
INI
mkdir in
printf '%s\n' "$bad" ']]>' '/*DATA*/' '&lt;' "</SCRIPT >" >in/bad.txt
echo 1 >"in/<script>alert(1)<"
echo 1 >$'in/\xe2\x80\xa8\xff"\\'
run_ok run
run_ok report
python3 "$SOURCE/tests/lib/report_data.py" out/weather/report.html >data.json
python3 - <<'PY'
import json
data = json.load(open("data.json"))
bad = "</script><img src=x onerror=alert(1)><!--"
assert data["description"] == bad
log = data["stages"][0]
assert log["description"] == bad and log["tags"] == ["<b>"]
for text in bad, "]]>", "/*DATA*/", "&lt;", "</SCRIPT >", "sep \u2028 \u2029 ", "\ufffd", "\x1b[31m", "\u202e":
    assert text in log["log"], text
inputs = [file["path"] for stage in data["stages"] for file in stage["manifest"]["inputs"]]
assert "in/<script>alert(1)<" in inputs, inputs
assert 'in/\u2028\uefff"\\' in inputs, inputs
PY
