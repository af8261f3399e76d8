#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# The further inputs that choose among results are hashed by workers: what is chosen then is taken all the same.
mkdir one
cd one
pipeline <<'INI'
[cache]
dir = ../cache
[stage:a]
command = sh a.sh {{output.o}}
output.o = o.txt
INI
cat >a.sh <<SCRIPT
wc -c <large.bin >"\$1"
$BUILD/stageio input large.bin --type extra
SCRIPT
head -c 1M /dev/zero >large.bin
run_ok
ran a
mkdir ../two
cp pipeline.ini a.sh large.bin ../two
cd ../two
timeout 60 "$RESTAGE" >"$out" 2>"$err" </dev/null || fail 'it does not end'
expect_err '^1 restored'
cmp ../one/out/pipeline/01_a/o.txt out/pipeline/01_a/o.txt
