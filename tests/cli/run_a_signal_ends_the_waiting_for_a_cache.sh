#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# A server that takes what is put, and does not say so.
python3 "$SOURCE/tests/lib/cache_server.py" "$temp/url" "$temp/asked" "$temp/held" &
wait_until [ -e "$temp/url" ]
pipeline <<INI
[cache]
url = $(cat "$temp/url")
timeout = 1h
[stage:make]
command = touch ran; seq 1000 > {{output.o}}
output.o = o
INI
touch "$temp/held"
in_background run
wait_until grep -E '^waiting for .* at most until 1 result is in the cache' "$err"
kill -INT "$head"
code=0
wait "$head" || code=$?
same "$code" 130
expect_err "1 result has not come to the cache in time; 'restage cache push' puts it there"
rm ran
run_ok
expect_no_file ran
expect_err 'nothing to do'
expect_manifest make '.status == "success"'
rm "$temp/held"
run_ok cache push
expect_err '^1 of 1 results were put'
expect_no_err 'not come'
rm -rf out
run_ok
expect_no_file ran
expect_err '^1 restored'
