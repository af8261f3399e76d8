#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command =
	echo first
	while [ ! -e go ]; do sleep 0.05; done
	echo last
	cp in.txt {{output.o}}
input.i = in.txt
output.o = a.txt
INI
echo 1 >in.txt
"$RESTAGE" run >run.log 2>&1 &
for _ in $(seq 200); do
	if grep -qs first out/*/01_a/stage.log; then break; fi
	sleep 0.05
done
timeout 60 "$RESTAGE" logs -f a >followed </dev/null &
follower=$!
for _ in $(seq 200); do
	if grep -qs first followed; then break; fi
	sleep 0.05
done
grep -q first followed
touch go
wait $follower
wait
same "$(cat followed)" "$(log_of a)"
grep -q last followed
