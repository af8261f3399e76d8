#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = grep -E '^Sig(Ign|Blk)' /proc/self/status >{{output.o}}
output.o = a.txt
INI
(
	trap '' PIPE CHLD
	"$RESTAGE" >"$out" 2>"$err" </dev/null
)
# Two signals above these belong to the C library.
same "$(awk '{ print substr($2, 10) }' "$(stage_dir a)/a.txt" | sort -u)" 0000000
