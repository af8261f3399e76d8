#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tmux.sh"

pipeline <<'INI'
[stage:a]
command = sh a.sh
[stage:b]
command = sh -c 'seq 200; exit 3'
INI
cat >a.sh <<'SH'
printf '\033[32mgreen\033[0m \033]0;evil\007 \033[2Jtab\tx\n'
seq 300
echo "error: no"
SH
run_fails 1 run -k

# Everything but lnav, and a pager of our own
mkdir bin
for program in sh cat less stty grep sed tr; do
	ln -s "$(command -v $program)" bin
done
cat >bin/mypager <<'SH'
#!/bin/sh
echo "$@" >called
cat >paged
exit 5
SH
chmod +x bin/mypager
unset PAGER LESS
screen_open 100 24
screen_run "PATH=\$PWD/bin; stty -a >stty.before"
screen_ended 0

# the screen and the modes
expect_as_before() {
	screen_run 'stty -a >stty.now'
	screen_ended 0
	same "$(cat stty.now)" "$(cat stty.before)"
	same "$(screen_tmux display-message -p '#{alternate_on} #{cursor_flag} #{wrap_flag}')" '0 1 1'
}

# less as it comes: colours, and no other control
screen_run "$RESTAGE logs a"
screen_shows '^:$'
screen_shows 'green \\x1b\]0;evil\\x07 \\x1b\[2Jtab +x'
screen_tmux capture-pane -pe | found -E '\[32mgreen'
screen_type G
screen_shows '\[ERROR\] error: no$'
screen_type q
screen_ended 0
expect_as_before

# Ctrl-C is less's own; leaving before the end of what there is is no error
screen_run "$RESTAGE logs --all"
screen_shows '^:$'
screen_type C-c
# less throws away what was typed when it is interrupted, which may be a while later
finds_300() {
	local try
	screen_type /300 Enter
	for try in 1 2 3 4 5; do
		screen_matches '\[INFO\] 300$' && return 0
		sleep "0.$try"
	done
	return 1
}
wait_until finds_300
screen_type q
screen_ended 0
expect_as_before

# stopped and resumed
screen_run "$RESTAGE logs a"
screen_shows '^:$'
screen_type C-z
screen_shows 'Stopped'
screen_type fg Enter
screen_shows '^:$'
screen_type q
expect_as_before

# the user's pager: by its name, with words, as a line of the shell; its exit code is ours
for pager in mypager 'mypager -x  y' 'mypager -x y;exit 6'; do
	rm -f called paged
	screen_run "PAGER='$pager' $RESTAGE logs a"
	screen_ended $((5 + (${#pager} > 15)))
	same "$(cat called)" "$(case $pager in *x*) echo -x y ;; *) echo ;; esac)"
	same "$(grep -c '\[INFO\] [0-9]' paged)" 300
	same "$(tr -d '[:print:]\n\t' <paged | tr '\033' E)" EE
done
screen_run "NO_COLOR=1 PAGER=mypager $RESTAGE logs a"
screen_ended 5
same "$(tr -d '[:print:]\n\t' <paged)" ''

# lines of a level, logs of failed stages, several logs: what is paged is what is printed
for arguments in '--level info --all' --failed 'a b'; do
	# shellcheck disable=SC2086 # words
	run_ok logs $arguments
	screen_run "PAGER=mypager $RESTAGE logs $arguments"
	screen_ended 5
	same "$(sed 's/.\[32mgreen.*//' paged)" "$(sed 's/.\[32mgreen.*//' "$out")"
done

# what less is given
cat >bin/mypager <<'SH'
#!/bin/sh
echo "LESS=$LESS" >called
SH
screen_run "PAGER=mypager $RESTAGE logs a"
screen_ended 0
same "$(cat called)" 'LESS=FRX'
screen_run "LESS=-i PAGER=mypager $RESTAGE logs a"
screen_ended 0
same "$(cat called)" 'LESS=-i'
