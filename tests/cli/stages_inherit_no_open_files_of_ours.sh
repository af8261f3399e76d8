#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = ls /proc/self/fd >{{output.o}}
output.o = a.txt
INI
python3 -c 'import os, subprocess; subprocess.run([os.environ["RESTAGE"]], check=True)' >"$out" 2>"$err"
# Three, and the one by which ls reads the directory.
same "$(wc -l <"$(stage_dir a)/a.txt")" 4
