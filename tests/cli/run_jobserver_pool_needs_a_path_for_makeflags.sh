#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# A fifo whose path has a blank cannot be named in MAKEFLAGS; a pipe can be had anywhere.
mkdir "a b"
cd "a b"
pipeline <<'INI'
[stage:a]
command = printenv MAKEFLAGS
INI
run_fails 3 run -j 2 --jobserver fifo
expect_err "a b.*cannot stand in MAKEFLAGS; use --jobserver pipe"
run_ok run -j 2 --jobserver pipe
log_of a | found -- "-j2 --jobserver-auth=18,19"
run_fails 2 run --jobserver tcp
expect_err "tcp"
