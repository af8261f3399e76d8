#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cat {{input.i}} >{{output.o}}
input.i = x*.txt
output.o = a.txt
config.v = 1
env.E = 1
INI
echo 1 >x1.txt
echo 2 >x2.txt
run_ok
echo 11 >x1.txt
rm x2.txt
echo 3 >x3.txt
echo 7 >"$(stage_dir a)/a.txt"
sed -i -e 's/^config.v = 1/config.v = 2/' -e 's/^env.E = 1/env.E = 2/' -e 's/cat /cat -- /' pipeline.ini
run_ok -B
ran a
expect_reasons a forced command_changed config_changed env_changed input_added input_removed \
	input_changed output_changed
expect_reason a input_changed x1.txt
expect_reason a input_removed x2.txt
expect_reason a input_added x3.txt
