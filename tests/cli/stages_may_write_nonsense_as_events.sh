#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = sh events.sh; touch {{output.o}}
output.o = a.txt
INI
cat >events.sh <<'SH'
{
	echo
	echo nonsense
	echo '[]'
	echo 'null'
	echo '{"event":7}'
	echo '{"event":"output"}'
	echo '{"event":"output","path":7}'
	echo '{"event":"config"}'
	echo '{"event":"unknown","x":1}'
	printf '\377\376\0\n'
	head -c 3000000 /dev/zero | tr '\0' '['
	echo
	echo '{"event":"log","level":"WARNING","message":"still heard"}'
	echo '{"event":"resource","gpu_memory_mb":12}'
	printf '{"event":"log","level":"INFO","mess'
} >>"$STAGEIO_EVENTS"
SH
run_ok
log_of a | found '\[WARNING\] still heard'
grep -q 'still heard' <(pipeline_log)
run_ok
ran
