#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command =
	echo from a
	while [ ! -e go ]; do sleep 0.05; done
[stage:b]
command =
	echo from b
	while [ ! -e end ]; do sleep 0.05; done
after = a
INI
"$RESTAGE" run >run.log 2>&1 &
wait_until sh -c 'grep -qs "from a" out/*/01_a/stage.log'
timeout 60 "$RESTAGE" logs --all -f >followed </dev/null &
follower=$!
wait_until grep -q 'from a' followed
touch go
wait_until grep -q 'from b' followed
touch end
wait $follower
wait
run_ok logs --all
same "$(sort followed)" "$(sort "$out")"
for name in a b pipeline; do
	same "$(grep "\[$name\]" followed)" "$(grep "\[$name\]" "$out")"
done
