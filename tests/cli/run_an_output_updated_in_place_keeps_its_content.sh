#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = echo {{config.v}} >>{{output.db}}
config.v = 1
output.db = a.db
output.db.update = yes
INI
run_ok
sed -i 's/^config.v = 1/config.v = 2/' pipeline.ini
run_ok
same "$(cat out/*/01_a/a.db)" $'1\n2'
run_ok
ran
