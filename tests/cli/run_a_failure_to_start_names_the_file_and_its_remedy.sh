#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

printf '#!/bin/sh\r\nnone\r\n' >windows.sh
printf '#!/no/such/interpreter -x\n' >foreign.sh
printf 'echo 1\n' >plain.sh
chmod +x windows.sh foreign.sh
mkdir tools
cp windows.sh tools/w.sh
pipeline <<'INI'
[stage:windows]
command = ./windows.sh
[stage:shell]
command = ./windows.sh; true
[stage:sh]
command = sh windows.sh
[stage:foreign]
command = ./foreign.sh
[stage:plain]
command = ./plain.sh
[stage:below]
command = ./w.sh
dir = tools
INI
run_fails 1 -k
expect_err "^windows failed: cannot execute './windows.sh': .* \(its lines end in CR LF: sed -i 's/.r\\$//' ./windows.sh\)$"
expect_err "^foreign failed: cannot execute './foreign.sh': .* \(its first line names '/no/such/interpreter', which is not there\)$"
expect_err "^plain failed: cannot execute './plain.sh': Permission denied \(make it executable: chmod \+x ./plain.sh\)$"
expect_err "^below failed: cannot execute 'tools/w.sh': .* \(its lines end in CR LF: "
expect_err "^sh: warning: 'windows.sh': its lines end in CR LF: sed -i 's/.r\\$//' windows.sh$"
expect_no_err "^windows: warning"
expect_manifest windows '.exit_code == 126'

# A tool that decides itself what is up to date leaves a valid output alone.
echo 1 >lib.a
pipeline <<'INI'
[stage:lib]
command = test -e lib.a
output.lib = {{root}}/lib.a
INI
run_fails 1
expect_err "^lib failed: output 'lib.a' was not made by the command: .* write output.lib.update = yes$"
echo "output.lib.update = yes" >>pipeline.ini
run_ok

# An output that the command names without its placeholder lies where the command ran.
pipeline <<'INI'
[stage:a]
command = echo 1 > o.txt
output.o = o.txt
INI
run_fails 1
expect_err "^a failed: output '.*/o.txt' was not made by the command: there is a 'o.txt' in the root, .* write \{\{output.o\}\} in the command$"
