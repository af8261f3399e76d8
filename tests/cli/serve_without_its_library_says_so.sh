#!/usr/bin/env bash
# Whether it was built without the library, or the library is not there now: exit 3, and what helps.
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = true
INI
mkdir none
: >none/libmicrohttpd.so.12
code=0
LD_LIBRARY_PATH=$PWD/none "$RESTAGE" serve >"$out" 2>"$err" </dev/null || code=$?
same $code 3
expect_err 'install libmicrohttpd'
expect_err "'restage report' writes the same page to a file"
expect_no_out .
