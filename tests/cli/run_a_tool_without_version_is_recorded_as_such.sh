#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = touch {{output.o}}
output.o = a.txt
version.tool = ./tool --version
INI
run_ok
expect_manifest a '.tools.tool | test("no version")'
run_ok
ran
printf '#!/bin/sh\necho tool 1.0\n' >tool
chmod +x tool
run_ok
ran a
expect_reason a version_changed tool
