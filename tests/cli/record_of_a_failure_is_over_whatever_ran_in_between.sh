#!/usr/bin/env bash
# A run of other stages comes to know of a stage's success and of its failure since. The next run still writes its
# manifest back to the success.
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}} && test ! -e fails
input.i = in.txt
output.o = o.txt
track_command = no
[stage:b]
command = echo b >{{output.o}}
output.o = b.txt
INI
echo 1 >in.txt
run_ok
touch fails
run_fails 1 run -B a
rm fails
run_ok run b
expect_manifest a '.status == "failed"'
run_ok status
expect_out 'a *up to date'
run_ok
ran
expect_manifest a '.status == "success" and .last_failure.exit_code == 1'

# The same of one that was disabled.
sed -i 's/^\[stage:a\]/&\nenabled = no/' pipeline.ini
run_ok
sed -i '/^enabled/d' pipeline.ini
run_ok run b
expect_manifest a '.status == "skipped"'
run_ok
ran
expect_manifest a '.status == "success"'
