#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = touch {{output.o}}
output.o = a.txt
config.v = 1
INI
run_ok
sed -i 's/^config.v = 1/config.v = 2/' pipeline.ini
run_ok
expect_reasons a config_changed
expect_reason a config_changed v
sed -i '/^config.v/d' pipeline.ini
run_ok
expect_reasons a config_changed
echo 'config.w = 1' >>pipeline.ini
run_ok
expect_reason a config_changed w
