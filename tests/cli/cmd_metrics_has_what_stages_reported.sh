#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

PATH=$BUILD:$PATH
pipeline <<'INI'
[stage:asr]
command =
    echo 1 >{{output.a}}
    echo 2 >{{output.b}}
    stageio output a.txt --type transcript segments=12 language=de
    stageio output b.txt --type transcript segments=13
    stageio output c.txt --type audio seconds=4.5; echo >c.txt
    stageio finalize success words=120 note=x
output.a = a.txt
output.b = b.txt
output.a.sample_rate = 16000
dir = work
INI
run_ok
same "$(jq -c .metrics out/*/01_asr/manifest.json)" \
	'{"words":120,"a.segments":12,"b.segments":13,"audio.seconds":4.5}'
run_ok metrics
expect_out '^asr.words +120$'

# of a failure the numbers are those of the last success; accept keeps what only the stage told
sed -i 's/^ *echo 1/    false; echo 1/' pipeline.ini
run_fails 1
run_ok metrics
expect_out '^asr.words +120$'
sed -i 's/^ *false; echo 1/    echo  1/' pipeline.ini
run_ok accept asr
run_ok metrics
expect_out '^asr.words +120$'
run_ok metrics --runs
expect_out '^asr.words +120$'
