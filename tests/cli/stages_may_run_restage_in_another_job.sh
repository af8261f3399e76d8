#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

mkdir inner
cat >inner/pipeline.ini <<'INI'
[stage:x]
command = echo inner >{{output.o}}
output.o = x.txt
INI
pipeline <<'INI'
[stage:a]
command = "$PROGRAM" -C inner; cp inner/out/*/01_x/x.txt {{output.o}}
output.o = a.txt
INI
PROGRAM=$RESTAGE run_ok
expect_file "$(stage_dir a)/a.txt" inner
PROGRAM=$RESTAGE run_ok
ran
