#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tmux.sh"

pipeline <<'INI'
[stage:a]
command = sh a.sh
[stage:b]
command = sh -c 'echo b here; exit 3'
after = a
INI
cat >a.sh <<'SH'
for i in $(seq 300); do echo "line $i"; done
printf '\033[32mgreen\033[0m \033]0;evil\007 tab\tx\n'
echo 日本語
head -c 1048576 /dev/zero | tr '\0' x
echo needle
echo "error: no"
SH
run_fails 1 run -k
screen_open 100 24
screen_type "$RESTAGE logs --all" Enter
screen_shows 'PIPELINE LOGGING ARCHITECTURE'
screen_shows '1-23 of 3[0-9]+'

screen_type G
screen_shows '\[b\] \[ERROR\] exit code 3'
screen_shows '\\x1b\]0;evil\\x07 tab +x'
screen_shows 'green'
screen_shows '日本語'
screen_shows 'xxxxx>$'
screen_type /needle Enter
screen_shows 'xxxxneedle$'
screen_type 0
screen_shows 'xxxxx>$'

screen_type g
screen_shows ' 1-23 of '
screen_type 4
screen_shows 'ERROR only .* 1-4 of 4'
screen_hides 'INFO'
screen_type 1 s b
screen_shows '^stage: b   \(b\)'
screen_type Enter
screen_shows 'stages with b'
screen_shows 'b here'
screen_hides '\[a\]'
screen_type S
screen_hides 'stages with b'

screen_type g '/LINE 1' Enter
screen_shows 'not found: LINE 1'
screen_type '/line 123' Enter
screen_shows '\[INFO\] line 123$'
screen_type n
screen_shows 'not found: line 123'
screen_type e
screen_shows '\[a\] \[ERROR\] error: no'
screen_type Down PageUp Home
screen_shows ' 1-23 of '

screen_type h
screen_shows 'the next error, the one before'
screen_type q
screen_hides 'the next error, the one before'
screen_tmux resize-window -x 60 -y 10
screen_shows ' 1-9 of '
screen_type q
screen_hides 'h: keys'
screen_shows '^\$ *$'
