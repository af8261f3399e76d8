#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tmux.sh"

pipeline <<'INI'
[stage:a]
command = seq 300
INI
run_ok run
screen_open 80 24

# as it was: the modes, the screen, the cursor, wrapping
expect_as_before() {
	screen_hides 'h: keys'
	screen_type "clear; stty -a >stty.now; echo $1 \$?" Enter
	screen_shows "^$1 0"
	same "$(cat stty.now)" "$(cat stty.before)"
	same "$(screen_tmux display-message -p '#{alternate_on} #{cursor_flag} #{wrap_flag}')" '0 1 1'
}

start() {
	screen_type "clear; $RESTAGE logs a; echo \"ended with \$?\"" Enter
	screen_shows 'h: keys'
	same "$(screen_tmux display-message -p '#{alternate_on} #{cursor_flag} #{wrap_flag}')" '1 0 0'
}

viewer() {
	pgrep -P "$(screen_tmux display-message -p '#{pane_pid}')" -x restage
}

screen_type 'stty -a >stty.before; echo ready' Enter
screen_shows '^ready'

start
screen_type q
screen_shows 'ended with 0'
expect_as_before left

start
screen_type C-c
screen_shows 'ended with 0'
expect_as_before interrupted

for signal in TERM HUP QUIT; do
	start
	kill -s $signal "$(viewer)"
	screen_shows "ended with $((128 + $(kill -l $signal)))"
	expect_as_before "signal-$signal"
done

# stopped and resumed: the shell has its terminal in between
start
screen_type C-z
expect_as_before stopped
screen_type fg Enter
screen_shows 'h: keys'
screen_type G
screen_shows '\[INFO\] 300$'
kill -s STOP "$(viewer)"
screen_type 'stty sane; clear; echo "ou''t"' Enter
screen_shows 'out$'
screen_type fg Enter
screen_shows 'h: keys'
screen_type g
screen_shows '\[INFO\] 1$'
screen_type q
expect_as_before resumed

# a program that finds itself wrong
start
kill -s ABRT "$(viewer)"
screen_shows 'ended with 134'
expect_as_before aborted
