#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = echo 1 >{{output.o}}
output.o = sub/a.txt
INI
umask 077
run_ok
same "$(find out -perm /077)" ""
run_ok
ran
umask 022
rm -r out
run_ok
same "$(stat -c %a out/*/01_a/sub/a.txt)" 644
same "$(stat -c %a out/*/01_a/manifest.json)" 644
same "$(stat -c %a out/*/01_a/stage.log)" 644
same "$(stat -c %a out/*/01_a)" 755
