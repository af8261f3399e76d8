#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = printf '#!/bin/sh\necho made\n' >{{output.o}}; chmod 755 {{output.o}}
output.o = tool.sh
[stage:b]
command = {{input.i}} >{{output.o}}
input.i = {{a.o}}
output.o = b.txt
INI
run_ok
same "$(stat -c %a "$(stage_dir a)/tool.sh")" 755
expect_file "$(stage_dir b)/b.txt" made
