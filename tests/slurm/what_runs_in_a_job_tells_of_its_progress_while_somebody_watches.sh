#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

: "${BUILD:?}"
export STAGEIO=$BUILD/stageio
cat >say.sh <<'SCRIPT'
"$STAGEIO" log INFO first
"$STAGEIO" progress 0.25 'a quarter'
until [ -e go ]; do sleep 0.05; done
"$STAGEIO" log INFO last
"$STAGEIO" progress 1 'all of it'
SCRIPT
cat >pipeline.ini <<'INI'
[pipeline]
name = p

[stage:a]
command = bash say.sh
INI
in_background run --executor slurm
until [ -e out/p/01_a/stage.log ] && grep -q first out/p/01_a/stage.log; do sleep 0.05; done # the node writes it at once
"$RESTAGE" logs -f a >followed &
follower=$!
until "$RESTAGE" top --json | jq -e '.stages[] | select(.name == "a") | .fraction == 0.25 and .progress == "a quarter"' >/dev/null; do
	kill -0 "$head" || fail "the run has ended before"
	sleep 0.1
done
expect_no_file go
touch go
wait "$head" || fail "the run failed"
wait "$follower"
jq -r 'select(.event == "log" or .event == "progress") | "\(.text)"' out/p/logs/99_*.jsonl >told
same "$(cat told)" $'first\na quarter\nlast\nall of it'
same "$(grep -c '\[INFO\] first$' out/p/logs/99_*.log)" 1
same "$(grep -o '\] first$\|\] last$' out/p/01_a/stage.log)" $'] first\n] last'
