#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

collect=no # large
pipeline <<'INI'
[stage:a]
command = true
[stage:b]
command = true
INI
run_ok run
# a file of many lines, and a line of half a gigabyte, which is a hole
yes "$(head -n 1 out/*/01_a/stage.log | cut -c1-40) and so on" | head -n 1000000 >many || :
cat many >>"$(stage_dir a)/stage.log"
printf '[2030-01-01 00:00:00] [b] [INFO] ' >>"$(stage_dir b)/stage.log"
truncate -s 512M "$(stage_dir b)/stage.log"
echo end >>"$(stage_dir b)/stage.log"

size=$(cat out/*/logs/*.log out/*/*/stage.log | wc -c)
"$RESTAGE" logs --all --level debug 2>"$err" </dev/null | wc -c >counted &
wait_until pgrep -P $$ -x restage
peak=0
while pid=$(pgrep -P $$ -x restage); do
	now=$(awk '/^VmHWM/ { print $2 }' "/proc/$pid/status" 2>/dev/null) || now=
	[ "${now:-0}" -le "$peak" ] || peak=$now
	sleep 0.02
done
wait
same "$(cat counted)" "$size"
[ "$peak" -lt 262144 ] || fail "its peak was $peak KB"
