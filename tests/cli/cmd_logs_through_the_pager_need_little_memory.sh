#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tmux.sh"

collect=no # large
pipeline <<'INI'
[stage:a]
command = true
[stage:b]
command = true
INI
run_ok run
debug=$(cat out/*/logs/*.log out/*/*/stage.log | grep '\[DEBUG\]' | wc -c)
# a file of many lines, and one line of a quarter of a gigabyte
yes "$(tail -n 1 out/*/01_a/stage.log | cut -c1-40) and so on" | head -n 1000000 >many || :
cat many >>"$(stage_dir a)/stage.log"
{
	printf '[2030-01-01 00:00:00] [b] [INFO] '
	head -c 256M /dev/zero | tr '\0' x
	echo end
} >>"$(stage_dir b)/stage.log"
size=$(cat out/*/logs/*.log out/*/*/stage.log | wc -c)

# The pager counts, and looks meanwhile at the process that writes.
mkdir bin
cat >bin/counter <<'SH'
#!/bin/sh
exec 3<&0
wc -c <&3 >counted &
counter=$!
exec 3<&- </dev/null
while kill -0 $counter 2>/dev/null; do
	for pid in $(pgrep -P $$ -x restage); do
		grep VmHWM "/proc/$pid/status" >>peaks
	done
	sleep 0.02
done
SH
chmod +x bin/counter
screen_open 100 24
screen_run "PATH=\$PWD/bin:\$PATH PAGER=counter $RESTAGE logs --all --level info"
screen_ended 0
same "$(cat counted)" $((size - debug))
peak=$(sort -n -k 2 peaks | tail -n 1 | tr -dc 0-9)
[ "$peak" -lt 131072 ] || fail "its peak was $peak KB"
