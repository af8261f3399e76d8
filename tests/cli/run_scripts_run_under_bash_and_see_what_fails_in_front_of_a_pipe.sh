#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:line]
command = cat missing | sort >{{output.o}}
output.o = o.txt
[stage:script]
command =
    cat missing |
        sort >{{output.o}}
    echo on
output.o = o.txt
[stage:early]
command = seq 1000000 | head -n 1 >{{output.o}}
output.o = o.txt
[stage:allowed]
command = { seq 1000000 || [ $? = 141 ]; } | head -n 1 >{{output.o}}
output.o = o.txt
[stage:bash]
command = x=(1 2); [[ ${x[1]} == 2 ]] && echo "${x[@]}" >{{output.o}}; cat <<<more >>{{output.o}}; false || true
output.o = o.txt
[stage:other]
command = cat missing | sort >{{output.o}}
output.o = o.txt
shell = sh -e -c
INI
run_fails 1 -k
for stage in line script early; do
	expect_manifest $stage '.status == "failed" and .outputs == []'
done
expect_manifest line '.exit_code == 1'
log_of script | found -v 'on$'
expect_manifest early '.exit_code == 141'
expect_err '^early failed: a reader closed the pipe before all was written'
expect_file "$(stage_dir allowed)/o.txt" 1
expect_file "$(stage_dir bash)/o.txt" "1 2
more"
expect_file "$(stage_dir other)/o.txt" ''

# what the shell is called or where it lies is nothing that a stage is known by
mkdir bin
ln -s "$(command -v bash)" bin/bash
PATH=$PWD/bin:$PATH run_ok run bash allowed other
ran

# without bash: sh, and no pipe
for program in sh cat sort; do
	ln -s "$(command -v $program)" bin
done
rm bin/bash
printf '#!/bin/sh\nPATH=%q exec %q "$@"\n' "$PWD/bin" "$RESTAGE" >restage
chmod +x restage
pipeline <<'INI'
[stage:plain]
command = echo 1 >{{output.o}} || exit 1
output.o = o.txt
[stage:stops]
command = cat missing; echo never >{{output.o}}
output.o = o.txt
INI
RESTAGE=$PWD/restage run_fails 1 run -k
expect_file "$(stage_dir plain)/o.txt" 1
expect_manifest stops '.exit_code == 1'
printf '[stage:line]\ncommand = cat {{input.i}} | sort\ninput.i = in.txt\n' >pipeline.ini
echo 1 >in.txt
RESTAGE=$PWD/restage run_fails 2
expect_err "pipeline.ini:1: stage 'line': command: a failure in front of its pipe would not be seen: there is no bash in PATH"
# nor when the definition was read while there was one
run_ok
echo 2 >in.txt
RESTAGE=$PWD/restage run_fails 1
expect_err 'there is no bash in PATH'
echo 'shell = sh -e -c' >>pipeline.ini
RESTAGE=$PWD/restage run_ok
