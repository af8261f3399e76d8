#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

collect=no
pipeline <<'INI'
[stage:a]
command = head -c 20000000 /dev/zero | tr '\0' x; echo; echo end
INI
timeout 200 "$RESTAGE" >"$out" 2>"$err" </dev/null || fail "it hung or failed"
same "$(tr -dc x <"$(stage_dir a)/stage.log" | wc -c | awk '{ print ($1 >= 20000000) }')" 1
log_of a | found -E '^\[.*\] \[a\] \[INFO\] end$'
