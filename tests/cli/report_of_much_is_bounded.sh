#!/usr/bin/env bash
# Long logs come with their ends, long lists of files with their beginnings, and the page says so.
. "$(dirname "$0")/lib.sh"
collect=no

pipeline <<'INI'
[stage:many]
command = cat in/* > {{output.o}}
input.i = in/*
output.o = o
[stage:long]
command = { yes 0123456789012345678901234567890123456789 || [ $? = 141 ]; } | head -n 500000
[stage:other]
command = { yes 0123456789012345678901234567890123456789 || [ $? = 141 ]; } | head -n 500000
[stage:short]
command = echo short
INI
mkdir in
touch in/{1..300}
run_ok -q run
run_ok report
python3 "$SOURCE/tests/lib/report_data.py" out/pipeline/report.html >data.json
[ "$(wc -c <out/pipeline/report.html)" -lt 3000000 ] || fail "the page is not packed: $(wc -c <out/pipeline/report.html) bytes"
[ "$(wc -c <data.json)" -gt 20000000 ] || fail "there is less than there should be"
same "$(jq -c '.stages[0].manifest | [(.inputs | length), .inputs_more]' data.json)" '[200,100]'
python3 - <<'PY'
import json
many, long, other, short = json.load(open("data.json"))["stages"]
total = 0
for stage, place in (long, "02_long"), (other, "03_other"):
    text = open(f"out/pipeline/{place}/stage.log", encoding="utf-8").read()
    assert len(text) > 30e6
    assert stage["log_truncated"] is True
    assert text.endswith("\n" + stage["log"]), "not the end of the log, from the beginning of a line"
    total += len(stage["log"])
assert 23e6 < total <= 24 * 1024 * 1024, total
assert short["log_truncated"] is False and "short" in short["log"]
PY
