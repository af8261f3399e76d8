#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = touch {{output.o}}
output.o = a.txt
version.tool = sh tool.sh
[stage:b]
command = touch {{output.o}}
output.o = b.txt
version.tool = sh tool.sh
[stage:c]
command = touch {{output.o}}
output.o = c.txt
version.other = sh tool.sh
INI
cat >tool.sh <<'SH'
echo asked >>asked
echo 'tool 1.0'
SH
run_ok
same "$(wc -l <asked)" 1
run_ok
ran
same "$(wc -l <asked)" 2
