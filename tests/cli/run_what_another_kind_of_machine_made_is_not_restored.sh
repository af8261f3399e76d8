#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# A program that is built is another one there, although nothing that the stage names is.
[ "$(linux32 uname -m)" != "$(uname -m)" ] || exit 0
export RESTAGE_CACHE=cache
pipeline <<'INI'
[stage:a]
command = uname -m >{{output.o}}
output.o = o
INI
run_ok
RESTAGE_HERE=$RESTAGE
printf '#!/bin/sh\nexec linux32 "%s" "$@"\n' "$RESTAGE_HERE" >there
chmod +x there
RESTAGE=$PWD/there run_ok --job there
ran a
same "$(cat out/there/01_a/o)" "$(linux32 uname -m)"
run_ok --job again
ran
same "$(cat out/again/01_a/o)" "$(uname -m)"
