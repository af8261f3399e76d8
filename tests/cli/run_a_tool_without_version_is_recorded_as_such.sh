#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = touch {{output.o}}
output.o = a.txt
version.tool = ./tool --version
INI
run_ok
expect_err "version command './tool --version' could not be started"
expect_manifest a '.tools.tool | test("no version")'
run_ok
ran
printf '#!/bin/sh\necho tool 1.0\n' >tool
chmod +x tool
run_ok
ran a
expect_no_err 'could not be started'
expect_reason a version_changed tool

# Told once for each command, also by way of a shell.
cat >>pipeline.ini <<'INI'
version.shell = nosuchtool --version | head -n 1
version.none = nosuchtool && true
INI
run_ok
same "$(grep -c 'could not be started' "$err")" 1
expect_err "'nosuchtool && true' could not be started: .*127"
