#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# The version command does not answer before the other stage is over.
pipeline <<'INI'
[stage:slow]
command = touch {{output.o}}
output.o = slow.txt
version.tool = sh tool.sh
[stage:fast]
command = touch {{output.o}}
output.o = fast.txt
INI
cat >tool.sh <<'SH2'
sleep 2
i=0
while ! grep -qs '"status": *"success"' out/*/*_fast/manifest.json; do
	i=$((i + 1))
	[ $i -lt 100 ] || { echo 'nobody went on'; exit; }
	sleep 0.1
done
echo 'tool 1.0'
SH2
run_ok -j1
expect_manifest slow '.tools.tool == "tool 1.0"'

# A signal does not wait for it.
rm -rf out
echo 'echo $$ >asked; exec sleep 100' >tool.sh
"$RESTAGE" run >"$out" 2>"$err" &
pid=$!
for _ in $(seq 100); do [ -s asked ] && break; sleep 0.1; done
kill -TERM $pid
code=0
wait $pid || code=$?
same "$code" 143
[ ! -d "/proc/$(cat asked)" ] || fail "the version command goes on"
