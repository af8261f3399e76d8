#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tmux.sh"

: "${SOURCE:?}"
collect=no # the stamps of these logs are put in by hand
export HOME=$PWD # where lnav writes
pipeline <<'INI'
[stage:a]
command = seq 300; echo "error: no"
[stage:b]
command = true
INI
run_ok run
printf '[2030-01-01 00:00:03] [b] [INFO] third\n' >>"$(stage_dir b)/stage.log"
printf '[2030-01-01 00:00:04] [a] [WARNING] fourth\n' >>"$(stage_dir a)/stage.log"

screen_open 100 24
screen_run 'stty -a >stty.before'
screen_ended 0

# lnav itself, which knows our format without an installation, and merges by time
screen_run "$RESTAGE logs --all"
screen_shows 'restage_log'
screen_shows '\[a\] \[WARNING\] fourth'
screen_shows '\[b\] \[INFO\] third'
same "$(screen_tmux display-message -p '#{alternate_on}')" 1
screen_type q
screen_ended 0
screen_run 'stty -a >stty.now'
screen_ended 0
same "$(cat stty.now)" "$(cat stty.before)"
same "$(screen_tmux display-message -p '#{alternate_on} #{cursor_flag} #{wrap_flag}')" '0 1 1'

# what it is called with: the files, and the directory of the format; its exit code is ours
mkdir bin
cat >bin/lnav <<'SH'
#!/bin/sh
printf '%s\n' "$@" >called
exit 7
SH
chmod +x bin/lnav
screen_run "PATH=\$PWD/bin:\$PATH $RESTAGE logs a"
screen_ended 7
same "$(sed -n '1p;3,$p' called)" "-I
--
$(stage_dir a)/stage.log"
same "$(cat "$(sed -n 2p called)/formats/restage/restage.lnav.json")" "$(cat "$SOURCE/src/cmd/restage.lnav.json")"
screen_run "PATH=\$PWD/bin:\$PATH $RESTAGE logs --all"
screen_ended 7
same "$(sed 1,3d called)" "$(echo out/*/logs/99_pipeline_*.log)
$(stage_dir a)/stage.log
$(stage_dir b)/stage.log"

# signals reach it as if it had been called by hand
cat >bin/lnav <<'SH'
#!/bin/sh
grep SigIgn "/proc/$$/status" >ignored
kill -TERM $$
SH
screen_run "PATH=\$PWD/bin:\$PATH $RESTAGE logs a"
screen_ended 143
same "$(tr -d '0\t ' <ignored)" 'SigIgn:'

# lines that we select are no files for it; nor is it called where nobody sees it
rm called
cat >bin/lnav <<'SH'
#!/bin/sh
echo called >called
SH
cat >bin/less <<'SH'
#!/bin/sh
cat >paged
SH
chmod +x bin/less
for arguments in '--level info a' '--plain a' '-f a' 'a </dev/null' 'a | cat'; do
	screen_run "PATH=\$PWD/bin:\$PATH $RESTAGE logs $arguments"
	screen_ended 0
	[ ! -e called ] || fail "lnav was called for: $arguments"
done
grep -q 'error: no' paged
