#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# The first of two outputs does not get there before the reader of the other, which is temporary, is done.
python3 "$SOURCE/tests/lib/cache_server.py" "$temp/url" "$temp/asked" "$temp/held" &
wait_until [ -e "$temp/url" ]
RESTAGE_CACHE=$(cat "$temp/url")
export RESTAGE_CACHE
pipeline <<INI
[stage:make]
command = seq 1000 > {{output.a}}; seq 2000 > {{output.t}}
output.a = a
output.t = t
output.t.temporary = yes
[stage:read]
command = wc -l < {{input.t}} > {{output.o}}
input.t = {{make.t}}
output.o = o
[stage:wait]
command = for i in \$(seq 20); do [ -e out/pipeline/01_make/t ] || break; sleep 0.05; done; rm $temp/held
after = read
cache = no
track_command = no
INI
touch "$temp/held"
run_ok
ran make read wait
expect_no_file out/pipeline/01_make/t
rm -rf out
run_ok run read
ran
expect_file out/pipeline/02_read/o 2000
run_ok verify
