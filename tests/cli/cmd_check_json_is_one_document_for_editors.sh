#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

cat >inc.ini <<'INI'
[stage:b]
command = true
timeout = soon
INI
pipeline <<'INI'
[pipeline]
include = inc.ini
lint = 1
[stage:a]
command = cp {{input.i}} {{output.o}}
output.o = o.txt
input.i =
	one.txt
input.i.tpye = x
input.i = again
[params]
x = {{nope}}
INI
run_fails 2 check --json
expect_no_err .
jq -e '.schema == "restage.check/1" and .errors == 4 and .warnings == 0 and (.diagnostics | length == 4)' \
	"$out" >/dev/null || fail "$(cat "$out")"
same "$(jq -r '.diagnostics[] | [.file, .line, .severity, .section, .stage, .key] | map(tostring) | join(" ")' "$out")" \
	"pipeline.ini 3 error pipeline null lint
pipeline.ini 10 error stage:a a null
pipeline.ini 12 error params null x
inc.ini 3 error stage:b b timeout"
jq -e '.diagnostics[0].message | startswith("[pipeline]: unknown key")' "$out" >/dev/null

# Missing inputs and warnings are among them; a warning is no failure.
pipeline <<'INI'
[stage:a]
command = echo $FOO > {{output.o}}
input.i =
	one.txt
output.o = o.txt
INI
run_fails 2 check --json
same "$(jq -r '.diagnostics[] | [.line, .severity, .stage, .key] | map(tostring) | join(" ")' "$out")" \
	"2 warning a command
4 error a input.i"
echo 1 >one.txt
run_ok check --json
jq -e '.errors == 0 and .warnings == 1' "$out" >/dev/null
sed -i "s/\$FOO/x/" pipeline.ini
run_ok check --json
jq -e '.errors == 0 and .diagnostics == []' "$out" >/dev/null

# A file that is not there is a mistake without a line.
run_fails 2 check --json -f none.ini
jq -e '.diagnostics == [{"file": "none.ini", "line": null, "severity": "error",
	"message": .diagnostics[0].message, "section": null, "stage": null, "key": null}]' "$out" >/dev/null
