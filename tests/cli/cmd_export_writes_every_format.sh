#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = a.txt
config.rate = 16000
version.cp = echo cp 1.0
[stage:b]
command = if [ -e tried ]; then cp {{input.i}} {{output.o}}; else touch tried; echo 'error: first'; exit 3; fi
input.i = {{a.o}}
output.o = b.txt
retries = 1
[stage:c]
command = echo 'error: no luck'; exit 7
input.i = {{b.o}}
output.o = c.txt
[stage:d]
command = cp {{input.i}} {{output.o}}
input.i = {{c.o}}
output.o = d.txt
[stage:e]
command = true
enabled = no
skip_reason = not now
[stage:f]
command = exit 5
allow_failure = yes
INI
echo 1 >in.txt

# checked FORMAT [ARGS...]: exports, reads it as its programs do, and leaves what that found in $found
checked() {
	run_ok export --format "$@"
	cp "$out" "exported.$1"
	python3 "$SOURCE/tests/export/check.py" "$1" "exported.$1" >found || fail "$1 is wrong"
}

states() {
	same "$(jq -cS .stages found)" "$1"
}

run_fails 3 export
expect_err "job 'pipeline' was never run"
run_fails 1 run -k -j1
checked trace
states '{"a":"done","b":"done","c":"failed","f":"failed"}'
checked openlineage
states '{"a":"COMPLETE","b":"COMPLETE","c":"FAIL","f":"FAIL"}'
jq -e --arg root "$PWD" '.files | index($root + "/in.txt")' found >/dev/null
checked ro-crate --run last
states '{"a":"done","b":"done","c":"failed","f":"failed"}'
jq -e '[."@graph"[] | select(."@id" == "#value/a/1/rate") | .value] == ["16000"]' exported.ro-crate >/dev/null
jq -e '[."@graph"[] | select(."@id" == "in.txt") | .identifier, .contentSize] | .[0] | startswith("xxh3-128:")' \
	exported.ro-crate >/dev/null
checked junit
same "$(jq -cS .stages found)" \
	'{"a":"passed","b":"passed","c":"failure","d":"skipped","e":"skipped","f":"skipped"}'
grep -q 'message="exit code 7: .*no luck' exported.junit
grep -q 'no luck' exported.junit
grep -q 'attempt 1: exit code 3' exported.junit
grep -q 'message="not run, needs c"' exported.junit
checked prometheus
same "$(jq -cS .stages found)" \
	'{"a":"done","b":"done","c":"failed","d":"blocked","e":"skipped","f":"failed"}'
same "$(grep -c ^restage_stage_last_success_time_seconds exported.prometheus)" 2
grep -q '^restage_run_success{.*} 0$' exported.prometheus
checked csv
states '{"a":"done","b":"done","c":"failed","f":"failed"}'
same "$(grep -c ',retried,' exported.csv)" 1

# of an earlier run, to a file where the user stands; the same run gives the same bytes
sed -i 's/exit 7/exit 8/' pipeline.ini
run_fails 1 run -k -j1
mkdir sub
(cd sub && "$RESTAGE" -f ../pipeline.ini export --format openlineage --run last~1 -o there.jsonl)
same "$(cat sub/there.jsonl)" "$(cat exported.openlineage)"
checked junit --run last
grep -q 'message="exit code 8: ' exported.junit
checked csv
checked openlineage

run_fails 2 export --run 20000101_000000
expect_err "has no run '20000101_000000'"
run_fails 2 export --run 2
expect_err "several runs whose id begins with '2'"
run_fails 2 export --format yaml

OPENLINEAGE_NAMESPACE=mine checked openlineage
same "$(jq -r .job.namespace exported.openlineage | sort -u)" mine
