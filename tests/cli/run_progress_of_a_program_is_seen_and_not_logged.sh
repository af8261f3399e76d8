#!/usr/bin/env bash
# A program that draws its progress with carriage returns: what it shows now is told, and its log stays small.
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:bar]
command = for i in $(seq 1 2000); do printf '\r%d of 2000' $i; done; echo; echo end; printf 'one\rtwo\r'
[stage:crlf]
command = printf 'a\r\nb\r\n'
[stage:live]
command = printf 'working 1\rworking 2\r'; while [ ! -e go ]; do sleep 0.05; done
track_command = no
INI
run_ok run bar crlf
log_of bar | sed 's/.*\] //' >lines
grep -qx '2000 of 2000' lines || fail "$(cat lines)"
same "$(grep -c '^[0-9]* of 2000$' lines)" 1
grep -qx two lines || fail "$(cat lines)"
grep -qx '2000 states of progress were replaced by later ones' lines || fail "$(cat lines)"
[ "$(wc -c <out/*/01_bar/stage.log)" -lt 3000 ] || fail "the log has $(wc -c <out/*/01_bar/stage.log) bytes"
log_of crlf | sed 's/.*\] //' | tail -n 6 | head -n 2 | cmp - <(printf 'a\nb\n') || fail "$(log_of crlf)"

"$RESTAGE" run live 2>/dev/null &
run=$!
wait_until sh -c "grep -q '\"progress\".*\"working ' out/*/logs/*.jsonl"
# who follows its log sees it too
"$RESTAGE" logs -f live >followed &
wait_until grep -q '\[live\] \[INFO\] working [12]$' followed
touch go
wait $run
wait
