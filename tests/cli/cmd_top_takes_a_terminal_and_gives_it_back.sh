#!/usr/bin/env bash
# On a terminal (tmux): refreshed while the run goes on, cut to the window, left in order however it ends.
. "$(dirname "$0")/lib.sh"
command -v tmux >/dev/null || { echo "no tmux"; exit 0; }

pipeline <<'INI'
[stage:first]
command = touch {{output.o}}
output.o = a.txt
[stage:a_stage_with_a_rather_long_name]
command = while [ ! -e go1 ]; do sleep 0.05; done; touch {{output.o}}
input.i = {{first.o}}
output.o = b.txt
[stage:last]
command = while [ ! -e go2 ]; do sleep 0.05; done
input.i = {{a_stage_with_a_rather_long_name.o}}
INI

socket=restage-top-$$
terminal() {
	tmux -L "$socket" -f /dev/null "$@"
}
screen() {
	terminal capture-pane -p
}
quit() {
	local code=$?
	set +e
	[ $code = 0 ] || screen >&2
	terminal kill-server 2>/dev/null
	touch go1 go2
	wait
	(exit $code)
	finish
}
trap quit EXIT
shows() {
	screen | found -E -- "$1"
}
shows_not() {
	! shows "$1"
}
type() {
	terminal send-keys "$@"
}

# has_begun N: so many runs have started the long one
has_begun() {
	[ "$(cat out/pipeline/logs/*.log | grep -c 'a_stage_with_a_rather_long_name: STARTING')" = "$1" ]
}

ln -s "$RESTAGE" restage # however long its path is: tmux wraps lines anew
"$RESTAGE" run -j1 >run.log 2>&1 </dev/null &
wait_until has_begun 1
# an interactive shell, for its job control
terminal new-session -d -x 120 -y 12 "PS1='prompt> ' TERM=screen bash --norc --noprofile -i"
wait_until shows 'prompt>'
type 'stty -g >before' Enter
wait_until test -s before
type "./restage top; echo ended \$?" Enter
wait_until shows '^pipeline, job pipeline, run '
wait_until shows '^a_stage_with_a_rather_long_name +[0-9]+s '
wait_until shows '^\[1/3\] 1 running'
wait_until shows '^a_stage_with_a_rather_long_name +[2-9]s '
shows_not 'prompt>' # a screen of its own

# a smaller window: each line is cut
terminal resize-window -x 30 -y 6
wait_until shows '^pipeline, job pipeline, run 2…$'
wait_until shows '^a_stage_with_a_rather_long_na…$'
terminal resize-window -x 120 -y 12
wait_until shows ', pid [0-9]+ on '

# Ctrl-Z and back
type C-z
wait_until shows 'Stopped'
type 'stty -g >stopped; echo in the shell' Enter
wait_until shows '^in the shell'
type fg Enter
wait_until shows_not 'in the shell'
wait_until shows '^\[1/3\] 1 running'

# q leaves the shell's screen as it was
type q
wait_until shows '^prompt>$'
type 'stty -g >after' Enter
wait_until test -s after
same "$(cat after)" "$(cat before)"
same "$(cat stopped)" "$(cat before)"

# Ctrl-C too
type clear Enter
type "./restage top; echo ended \$?" Enter
wait_until shows '^\[1/3\] 1 running'
type C-c
wait_until shows '^ended 0$'

# the next stage comes by itself, and the end of the run is the end
type clear Enter
type "./restage top; echo ended \$?" Enter
wait_until shows '^\[1/3\] 1 running'
touch go1
wait_until shows '^last +[0-9]+s'
shows '^\[2/3\] 1 running'
touch go2
wait_until shows '^ended 0$'
shows "^no run of job 'pipeline' is going on; the last one, .*, ended \(success\): 3 ran"
type 'stty -g >end' Enter
wait_until test -s end
same "$(cat end)" "$(cat before)"

# killed by a signal: the terminal is in order too
rm -f go1 go2
"$RESTAGE" run -B -j1 >run.log 2>&1 </dev/null &
wait_until has_begun 2
type clear Enter
type "sh -c 'echo \$\$ >pid; exec ./restage top'; echo ended \$?" Enter
wait_until shows '^\[1/3\] 1 running'
kill -TERM "$(cat pid)"
wait_until shows '^ended 143$'
touch go1 go2
wait

# and by one that tells of a mistake of ours
rm -f go1 go2
"$RESTAGE" run -B -j1 >run.log 2>&1 </dev/null &
wait_until has_begun 3
type clear Enter
type "ulimit -c 0; sh -c 'echo \$\$ >pid; exec ./restage top'; echo ended \$?" Enter
wait_until shows '^\[1/3\] 1 running'
kill -SEGV "$(cat pid)"
wait_until shows '^ended 139$'
same "$(terminal display-message -p '#{alternate_on} #{cursor_flag}')" '0 1'
type 'stty -g >killed' Enter
wait_until test -s killed
same "$(cat killed)" "$(cat before)"
touch go1 go2
wait
