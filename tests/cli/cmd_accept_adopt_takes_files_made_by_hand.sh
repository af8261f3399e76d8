#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:model]
command = curl -o {{output.m}} http://localhost:1/; touch {{output.d}}/x
output.m = model.bin
output.d = {{root}}/dist/d
version.sh = echo 1
[stage:use]
command = cat {{input.m}} > {{output.o}}
input.m = {{model.m}}
input.i = in.txt
output.o = o.txt
[stage:copies]
foreach.n = 1..2
command = false
output.o = o.txt
[stage:off]
command = true
enabled = no
INI
echo 1 >in.txt
mkdir -p out/pipeline/01_model dist/d
run_fails 2 accept --adopt
expect_err 'needs the name of a stage'
run_fails 2 accept --adopt model --was other
run_fails 2 accept --adopt model
expect_err "stage 'model': output 'out/pipeline/01_model/model.bin' does not exist: there is nothing to adopt"
expect_no_file out/pipeline/01_model/manifest.json
echo by hand >out/pipeline/01_model/model.bin
echo x >dist/d/x
run_fails 2 accept model
expect_err "never succeeded: run it instead, or adopt what lies there \(accept --adopt\)"
run_ok accept --adopt model
same "$(cat "$out")" 'adopted model'
expect_manifest model '.status == "success" and .accepted.adopted and .attempt == 0 and (.outputs | length) == 2 and .tools.sh == "1"'
expect_manifest model '.outputs[0].checksum != null and .accepted.reasons[0].code == "never_ran"'
run_fails 2 accept --adopt model
expect_err "has succeeded: 'restage accept model' takes what changed since"
run_fails 2 accept --adopt off
expect_err 'disabled'

run_ok status -q --ask model
run_fails 1 run -k
ran use copies/1 copies/2
expect_file out/pipeline/02_use/o.txt 'by hand'
run_ok why --ask model
expect_out 'never ran: its outputs were adopted'
run_ok why --ask --json model
jq -e '.chain[0].accepted.adopted' "$out" >/dev/null

# Of a stage that only failed, too: what failed stays told. Instances are adopted one by one.
echo 1 >out/pipeline/03_copies/1/o.txt
run_fails 2 accept --adopt copies
expect_err "copies/2/o.txt' does not exist"
run_ok accept --adopt copies/1
jq -e '.last_failure.exit_code == 1 and .accepted.adopted' out/pipeline/03_copies/1/manifest.json >/dev/null
run_ok run copies/1
ran
echo 2 >out/pipeline/03_copies/2/o.txt
run_ok accept --adopt copies/2
run_ok verify
run_ok
ran
rm -r out/pipeline/.restage
run_ok
ran

# From then on it is judged as any other.
sed -i 's/localhost:1/localhost:2/' pipeline.ini
run_fails 1
ran model
expect_reasons model command_changed
