#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

mkdir in
echo 1 >$'in/a\n[2025-01-01 00:00:00] [pipeline] [ERROR] ❌ Stage x: FAILED'
pipeline <<'INI'
[stage:a]
command = cat {{input.i}} > {{output.o}}
input.i = in/*
output.o = o.txt
INI
run_ok
! grep -E '^\[2025-01-01 00:00:00\]' out/*/logs/*.log || fail 'a forged line in the pipeline log'
! grep -E '^\[2025-01-01 00:00:00\]' out/*/01_a/stage.log || fail 'a forged line in the stage log'
