#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = a.txt
config.rate = 16000
[stage:b]
command = cat {{input.i}} >{{output.o}}; [ ! -e fail ]
input.i = {{a.o}}
output.o = b.txt
output.gone = gone.txt
output.gone.optional = yes
[stage:never]
command = false
after = b
[stage:other]
command = echo x >{{output.o}}
output.o = other.txt
INI
crate() {
	run_ok export --format ro-crate "$@"
	cp "$out" crate.json
	python3 "$SOURCE/tests/export/check.py" ro-crate crate.json >found || fail "the crate is wrong"
}
files() {
	jq -r '."@graph"[] | select(."@id" == "./") | .hasPart[]."@id"' crate.json | sort | xargs
}
status_of() {
	jq -r --arg id "$1" '."@graph"[] | select(."@id" == $id) | .actionStatus."@id"' crate.json | sed 's/.*\///'
}
echo 1 >in.txt
run_fails 3 export --format ro-crate
expect_err 'no stage of job .pipeline. has succeeded'
run_fails 1 run -k
crate
same "$(files)" 'in.txt out/pipeline/01_a/a.txt out/pipeline/02_b/b.txt out/pipeline/04_other/other.txt pipeline.ini'
jq -e '."@graph"[] | select(."@id" == "./") | .name == "pipeline, job pipeline"' crate.json >/dev/null

# after a run of one stage, and after a failure, the results of the others are there all the same
run_ok run -B a
crate
same "$(files)" 'in.txt out/pipeline/01_a/a.txt out/pipeline/02_b/b.txt out/pipeline/04_other/other.txt pipeline.ini'
same "$(jq -cS .stages found)" '{"a":"done","b":"done","other":"done"}'
same "$(status_of '#run')" CompletedActionStatus
crate --run last
same "$(jq -cS .stages found)" '{"a":"done"}'
touch fail
echo 2 >in.txt
run_fails 1 run b
crate
same "$(jq -cS .stages found)" '{"a":"done","b":"done","other":"done"}'
crate --run last
same "$(jq -cS .stages found)" '{"a":"done","b":"failed"}'

# also where directories have other numbers by now, and nothing but the manifests is left
sed -i '1i [stage:first]\ncommand = true\n' pipeline.ini
rm -r out/pipeline/logs out/pipeline/.restage
mkdir out/pipeline/.restage
crate
same "$(files)" 'in.txt out/pipeline/01_a/a.txt out/pipeline/02_b/b.txt out/pipeline/04_other/other.txt pipeline.ini'
