#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = echo 1 >{{output.o}}; rm -rf {{stage.dir}}
output.o = a.txt
[stage:b]
command = echo 2 >{{output.o}}
output.o = b.txt
INI
run_fails 1 -k -j 1
expect_manifest a '.status == "failed"'
expect_file "$(stage_dir b)/b.txt" 2
sed -i 's/; rm -rf {{stage.dir}}//' pipeline.ini
run_ok
ran a

# Also one that has no outputs to miss.
pipeline <<'INI'
[stage:a]
command = rm -rf {{stage.dir}}
INI
run_fails 1
expect_err 'the command removed its work directory'
