#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tmux.sh"

pipeline <<'INI'
[stage:a]
command =
	for i in $(seq 50); do echo early $i; done
	while [ ! -e go ]; do sleep 0.05; done
	echo from a
[stage:b]
command =
	echo from b
	while [ ! -e end ]; do sleep 0.05; done
after = a
INI
"$RESTAGE" run >run.log 2>&1 &
wait_until sh -c 'grep -qs "early 50" out/*/01_a/stage.log'
screen_open 100 24
screen_type "$RESTAGE logs --all" Enter
screen_shows 'running'
screen_type F
screen_shows 'following'
screen_shows 'early 50'
touch go
screen_shows 'from a'
screen_shows 'from b' # the log of a stage that began since
screen_type k
screen_hides 'following'
screen_type F
touch end
wait
screen_shows 'Pipeline: COMPLETED'
screen_shows 'following \(no run\)'
screen_type C-c
screen_hides 'following'
screen_type q
screen_shows '^\$ *$'

# a later run begins the logs anew
screen_type "$RESTAGE logs a" Enter
screen_shows 'early 1$'
rm go
"$RESTAGE" run -B a >run.log 2>&1 &
screen_shows 'running'
touch go
wait
screen_type G
screen_shows 'from a'

# ... also one that is not shorter than before: what was followed is followed
screen_type F
screen_shows 'following'
sed -i 's/early/later/' pipeline.ini
"$RESTAGE" run a >run.log 2>&1
screen_shows 'later 50'
screen_hides 'early'
screen_type C-c q
screen_shows '^\$ *$'
