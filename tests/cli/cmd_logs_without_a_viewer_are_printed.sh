#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tmux.sh"

pipeline <<'INI'
[stage:long]
command = printf '\033[2Jtext \342\200\256x\n'; seq 300
INI
run_ok run
mkdir bin
ln -s "$(command -v sh)" "$(command -v cat)" bin
unset PAGER LESS
screen_open 100 24
screen_run "PATH=\$PWD/bin"
screen_ended 0

# all of it stands there, once
for command in "$RESTAGE logs long" "PAGER= $RESTAGE logs long" "PAGER=nothing $RESTAGE logs long" "PAGER=cat $RESTAGE logs long" \
	"$RESTAGE logs --plain long" "$RESTAGE logs --plain --all" "$RESTAGE logs -f --all long" "TERM=dumb $RESTAGE logs long" "$RESTAGE logs long </dev/null" "$RESTAGE logs -f long" \
	"$RESTAGE logs long | cat"; do
	screen_run : # what stood there goes into the history, and out of it
	screen_ended 0
	screen_tmux clear-history
	screen_run "$command"
	screen_ended 0
	same "$(screen_tmux capture-pane -p -S -1000 | grep -c '\[INFO\] 300$')" 1
	same "$(screen_tmux capture-pane -p -S -1000 | grep -c '\[INFO\] 150$')" 1
	# the terminal obeys nothing that a stage has printed; what goes elsewhere is as it was
	[[ $command == *'| cat' ]] || screen_tmux capture-pane -p -S -1000 | found -F '\x1b[2Jtext \xe2\x80\xaex'
done

# a viewer that is there but cannot be started
printf 'no program\n' >bin/lnav
cp bin/lnav bin/less
chmod 644 bin/lnav bin/less
screen_run "$RESTAGE logs long"
screen_ended 0
screen_shows '\[INFO\] 300$'
