#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = kill -STOP $$
timeout = 300ms
grace = 300ms
INI
timeout 60 "$RESTAGE" >"$out" 2>"$err" </dev/null && fail "it succeeded"
expect_manifest a '.status == "failed"'
