#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tmux.sh"

pipeline <<'INI'
[stage:short]
command = printf '\033[32mgreen\033[0m \033[2Jtext\n'
[stage:long]
command = seq 300
INI
run_ok run
screen_open 100 24

# what fits is printed, and stays when the command has ended
screen_type "$RESTAGE logs short" Enter
screen_shows '\[short\] \[INFO\] green \\x1b\[2Jtext'
screen_shows '^\$ *$'

for command in "$RESTAGE logs --plain long" "TERM=dumb $RESTAGE logs long" "$RESTAGE logs long </dev/null" \
	"$RESTAGE logs -f long" "$RESTAGE logs long | cat"; do
	screen_type "clear; $command; echo en''d" Enter
	screen_shows '^end$'
	screen_shows '\[INFO\] 300$'
done
screen_type "clear; $RESTAGE logs long" Enter
screen_shows 'h: keys'
screen_type q
screen_hides 'h: keys'
screen_type "clear; $RESTAGE logs --level info long" Enter
screen_shows 'INFO and above'
screen_type q
screen_hides 'h: keys'
