#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tmux.sh"

collect=no # a log is put there by hand
pipeline <<'INI'
[stage:short]
command = printf '\033[32mgreen\033[0m \033[2Jtext\n'
[stage:long]
command = true
INI
run_ok run
mkdir bin
for viewer in lnav pager; do
	printf '#!/bin/sh\necho opened %s\n' $viewer >bin/$viewer
	chmod +x bin/$viewer
done
export PAGER=pager
screen_open 60 24
screen_run "PATH=\$PWD/bin:\$PATH"
screen_ended 0

screen_run "$RESTAGE logs short"
screen_ended 0
screen_shows 'green \\x1b\[2Jtext'
screen_hides opened

# as many rows as leave one for the prompt, also where one line takes several
log=$(stage_dir long)/stage.log
for rows in 23 24; do
	for wide in x日 "$(printf '%070d' 0)"; do
		seq $((rows - 1 - (${#wide} > 60))) >"$log"
		echo "$wide" >>"$log"
		screen_run "$RESTAGE logs long"
		screen_ended 0
		if [ $rows = 23 ]; then
			screen_shows '^x日$|^0+$'
		else
			screen_shows '^opened lnav$'
		fi
	done
done
