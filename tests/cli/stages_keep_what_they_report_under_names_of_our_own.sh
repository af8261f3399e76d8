#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = sh events.sh; echo x > {{output.o}}
output.o = a.txt
INI
cat >events.sh <<'SH'
{
	echo '{"event":"output","path":"a.txt","type":"text","track":1,"origin":"studio","checksum":"md5","rows":3}'
	echo '{"event":"resource","values":{"cost":5,"watts":7}}'
	echo '{"event":"config","values":["no","object"]}'
	echo '{"event":"resource","values":["no","object"]}'
	echo '{"event":"finalize","status":"success","fields":{"command":"mine","interrupted":true,"n":1}}'
	echo '{"event":"finalize","status":"success","fields":{"inputs":2,"meta":"own"}}'
} >>"$STAGEIO_EVENTS"
SH
run_ok
expect_manifest a '.outputs[0] | .rows == 3 and .origin == "declared" and (.checksum | startswith("xxh3-128:"))'
expect_manifest a '.outputs[0].meta == {track: 1, origin: "studio", checksum: "md5"}'
expect_manifest a '.resources | .watts == 7 and .meta == {cost: 5} and (has("cost") or has("") | not)'
expect_manifest a '.n == 1 and (has("interrupted") | not) and .command != "mine"'
expect_manifest a '.meta == {command: "mine", interrupted: true, inputs: 2, meta: "own"}'
expect_manifest a '[.warnings[].message | select(contains("kept under meta"))] | length == 7'
pipeline_log | found 'WARNING.*finalize: .interrupted. is a name of the manifest.s own'
run_ok
ran
