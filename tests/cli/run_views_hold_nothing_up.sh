#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# Views run beside the stages: others go on, Ctrl-C kills them, a failure is a warning and the bytes count.
mkdir -p tools
cat >tools/slow <<'SH'
#!/bin/sh
echo $$ >>../pids
while [ ! -e ../go ]; do sleep 0.02; done
cat "$1"
echo noise >&2
SH
chmod +x tools/slow
pipeline <<'INI'
[stage:make]
command = echo x >{{output.o}}
output.o = o
output.o.view = ./slow {{file}}
dir = tools
[stage:other]
command = touch {{root}}/go; cat {{input.i}} >{{output.o}}
input.i = out/pipeline/03_first/o
output.o = o
[stage:first]
command = while [ ! -e pids ]; do sleep 0.02; done; echo y >{{output.o}}
output.o = o
track_command = no
[stage:read]
command = cat {{input.i}} >{{output.o}}
input.i = {{make.o}}
output.o = o
INI
run_ok run -j 2
ran make other first read
expect_manifest read '.inputs[0].view == .inputs[0].checksum | not'

# The view is killed with the run, and what was there stays.
rm go pids
sed -i 's/echo x/echo z/' pipeline.ini
env --default-signal=INT "$RESTAGE" run make >"$out" 2>"$err" </dev/null &
wait_until test -s pids
kill -INT $!
code=0
wait $! || code=$?
same $code 130
same "$(ps -o pid= -p "$(cat pids)" | wc -l)" 0
expect_file out/pipeline/01_make/o x
same "$(find out -name .work)" ''
touch go
run_ok run
ran make read

# One that fails, is not there or takes too long.
warned() {
	expect_err "make: warning: the view of 'out/pipeline/01_make/o' failed, so its bytes count: '.*': $1"
	expect_manifest make '.outputs[0] | has("view") | not'
	expect_manifest read '.inputs[0] | has("view") | not'
	expect_manifest make '.warnings[0].message | contains("its bytes count")'
	run_ok run
	expect_no_err 'the view of'
	ran
}
change() { # the command, its text or its view
	sed -i "s|^command = echo .*|command = date +%N >{{output.o}} # $1|; s|^output.o.view = .*|output.o.view = $2|" pipeline.ini
	run_ok run
}
change 1 'cat {{file}}; exit 3'
warned 'exit code 3'
change 2 './nowhere {{file}}'
warned 'No such file|exit code 127'
sed -i 's/^dir = tools/&\ntimeout = 1s/' pipeline.ini
change 3 "sh -c 'exec sleep 60' {{file}}"
warned 'timed out'

# With other bytes the reader runs, and when the view works again, once more at most.
run_ok run -B --only make
run_ok run
ran read
