#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = test -n "$SECRET" && touch {{output.o}}
output.o = a.txt
pass_env = SECRET
[stage:b]
command = exit 1
pass_env = SECRET
after = a
INI
SECRET=canary-8d1f run_fails 1
SECRET=canary-8d1f "$RESTAGE" why b >>"$out" 2>>"$err"
SECRET=canary-8d1f "$RESTAGE" show a >>"$out" 2>>"$err"
! grep -r canary-8d1f out "$out" "$err" || fail "the value was written"
expect_manifest a '.env | has("SECRET")'
SECRET=canary-9e2a run_fails 1
ran a b
expect_reasons a env_changed
! grep -r 'canary-' out "$out" "$err" || fail "the value was written"
