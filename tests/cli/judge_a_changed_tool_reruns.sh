#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = touch {{output.o}}
output.o = a.txt
version.tool = cat tool.version
INI
echo 'tool 1.0' >tool.version
run_ok
expect_manifest a '.tools.tool | tostring | test("tool 1.0")'
echo 'tool 1.1' >tool.version
run_ok
ran a
expect_reasons a version_changed
expect_reason a version_changed tool
