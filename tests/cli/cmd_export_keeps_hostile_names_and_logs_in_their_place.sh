#!/usr/bin/env bash
# Names and log lines of every kind: each format stays what it is, and each name comes out as it is on disk.
. "$(dirname "$0")/lib.sh"
collect=no

names=(
	'quote"s and '\''others'\'''
	'comma, semi; =cmd()'
	$'new\nline\r\n'
	$'tab\tand\x1b[31mred\x07\x7f'
	$'\xff\xfe invalid \xc3('
	'<img src=x onerror=alert(1)>&amp;]]>'
	$'back\\slash {brace} %41 #hash ?q'
	$'bidi\xe2\x80\xae and nonchar \xef\xbf\xbe and private \xee\xbe\x80'
	'<script><!-- --'
)
mkdir in
for name in "${names[@]}"; do
	echo x >"in/$name.txt"
done
pipeline <<'INI'
[pipeline]
name = hostile "pipe", <line>
job = j
[stage:s]
foreach.x = in/*.txt
command =
	cat {{input.i}} >{{output.o}}
	printf 'error: %s\n' {{input.i}} '</pre>]]>&' "$(printf '\033[31m \001 \377')"
	exit 1
input.i = {{each.x}}
output.o = {{each.x | stem}}.out
config.path = {{each.x}}
[stage:ok]
foreach.x = in/*.txt
command = cat {{input.i}} >{{output.o}}
input.i = {{each.x}}
output.o = {{each.x | stem}}.out
INI

cat >formats.py <<'PYTHON'
import os, sys
sys.path.insert(0, os.environ["SOURCE"] + "/tests/export")
sys.dont_write_bytecode = True
import check


def all_found():
    """What each format says, as programs read it that it is for."""
    for form in check.CHECKS:
        with open("exported." + form, "rb") as file:
            yield form, check.run(form, file.read())
PYTHON

export_all() {
	local format
	for format in trace openlineage ro-crate junit prometheus csv; do
		run_ok export --run last --format $format
		cp "$out" exported.$format
	done
}

run_fails 1 run -k -j2
export_all
python3 - "${names[@]}" <<'PYTHON' || fail "a name is lost"
import os, sys
from formats import all_found
names = sys.argv[1:]
for form, found in all_found():
    assert len(found["stages"]) == 2 * len(names), (form, found)
    if "files" in found:
        prefix = os.getcwd() + "/" if form == "openlineage" else ""
        assert {f"{prefix}in/{name}.txt" for name in names} <= set(found["files"]), (form, found["files"])
PYTHON

# Names of stages are tame in a definition; a record is read whatever it says.
python3 - "${names[@]}" <<'PYTHON'
import glob, json, os, sys
names = sys.argv[1:]
def escaped(text):  # base/name.h
    out = ""
    for c in text:
        if 0xdc80 <= ord(c) <= 0xdcff:
            out += chr(0xef80 + ord(c) - 0xdc80)
        elif 0xef80 <= ord(c) <= 0xefff:
            out += "".join(chr(0xef80 + b - 0x80) for b in c.encode())
        else:
            out += c
    return out
evil = escaped("".join(names))
begin = {"event": "run_begin", "schema": "restage.run/1", "time": "2199-01-01T00:00:00.678901+00:00", "at": 0,
         "run": "21990101_000000", "pipeline": evil, "job": evil, "version": evil, "host": evil, "pid": 1,
         "processors": 2, "selected": len(names), "stages": len(names), "log": evil, "root": "/" + evil}
lines, at = [begin], 0
for name in map(escaped, names):
    at += 0.5
    lines += [
        {"event": "start", "at": at, "stage": name, "attempt": 1, "command": evil, "before_seconds": None,
         "reasons": [{"code": evil, "about": evil, "message": evil}]},
        {"event": "log", "at": at, "stage": name, "level": "ERROR", "text": evil},
        {"event": "warning", "at": at, "stage": name, "text": evil},
        {"event": "notice", "at": at, "level": "WARNING", "text": evil},
        {"event": "fail", "at": at + 0.1, "stage": name, "attempt": 1, "seconds": 0.1, "exit_code": 1,
         "signal": None, "text": evil, "tail": [evil, evil], "interrupted": False, "allowed": False,
         "resources": {"memory_mb": 1.5, evil: evil}, "cost": 0, "currency": evil,
         "inputs": [[name, "xxh3-128:" + "1" * 32, 5, "1700000000000000000"]], "outputs": [],
         "config": {evil: evil}, "tools": {evil: evil}}]
lines.append({"event": "run_end", "at": at + 1, "outcome": "error", "seconds": at + 1, "ran": 0, "fresh": 0,
              "failed": len(names), "error": evil})
directory = os.path.dirname(glob.glob("out/*/logs/*.jsonl")[0])
with open(directory + "/99_pipeline_21990101_000000.jsonl", "w") as file:
    file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
PYTHON
export_all
python3 - "${names[@]}" <<'PYTHON' || fail "a name is lost"
import re, sys
from formats import all_found
for form, found in all_found():
    expected, got = set(sys.argv[1:]), set(found["stages"])
    if form == "junit":
        # XML has no control characters and no U+FFFE; and the run's own error is a case of its own
        expected = {re.sub("\x1b\\[[0-?]*.|[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", name) for name in expected}
        assert len(got - expected) == 1, got - expected
        got &= expected
    assert got == expected, (form, got - expected, expected - got)
PYTHON
