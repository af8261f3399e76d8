#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = echo mem{{stage.memory_mb}} try{{stage.attempt}}; [ {{stage.attempt}} = 3 ] && echo x > {{output.o}}
output.o = o
memory = 64M, 128M, 128M
track_command = no
INI
# So many attempts, although nothing says `retries`.
run_ok
same "$(log_of a | sed -nE 's/.*\[INFO\] (mem.*)/\1/p')" $'mem64 try1\nmem128 try2\nmem128 try3'
expect_manifest a '.attempt == 3'
run_ok show a
expect_out "^memory +64.0 MB, 128.0 MB"
run_ok show --json a
jq -e '.settings | .memory_bytes == [67108864, 134217728] and .retries == 2' "$out" >/dev/null

# Other resources, and the number of the attempt, rerun nothing.
sed -i 's/^memory = .*/memory = 1G\n    2G/; s/$/ /; s/ $//' pipeline.ini
run_ok
ran

# The last value is for all later attempts.
sed -i 's/^memory.*/memory = 1M, 2M\nretries = 3/; /^    2G/d; s/= 3 \]/= 4 ]/' pipeline.ini
run_ok
same "$(log_of a | sed -nE 's/.*\[INFO\] (mem.*)/\1/p' | tail -n 1)" "mem2 try4"
# What it used is more than that.
expect_manifest a '[.warnings[].message] | any(test("used .* of memory, and claims 2.0 MB"))'

# A time limit by attempt: the first is too short.
pipeline <<'INI'
[stage:a]
command = if [ {{stage.attempt}} = 1 ]; then sleep 1000; fi; echo x > {{output.o}}
output.o = o
timeout = 0.2s, 1h
grace = 0.1s
INI
run_ok
log_of a | found "timed out after 0.2s"
expect_manifest a '.attempt == 2'

# Mistakes, each at its line.
pipeline <<'INI'
[stage:a]
command = true
timeout = 1h, soon
memory =
    1G
    much
[stage:b]
command = true
memory = 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17
INI
run_fails 2 check
expect_err "^pipeline.ini:3: .*'timeout' is 'soon': it takes a duration"
expect_err "^pipeline.ini:6: .*'memory' is 'much': it takes a size"
expect_err "^pipeline.ini:9: .*'memory' takes 16 values at most"
