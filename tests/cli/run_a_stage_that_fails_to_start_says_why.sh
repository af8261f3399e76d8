#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = no-such-program --x
[stage:b]
command = ./not-executable
[stage:c]
command = kill -SEGV $$
INI
echo x >not-executable
run_fails 1 -k
expect_manifest a '.exit_code == 127'
expect_manifest b '.exit_code == 126'
expect_manifest c '.status == "failed" and (.errors | tostring | test("SEGV|Segmentation|signal 11"))'
log_of a | found 'no-such-program'
