#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# The parent of a command is the process that starts all of them: while it stands still no end is told, none
# of the others starts, and nothing is stopped for a signal.
pipeline <<'INI'
[stage:a]
command = kill -STOP $PPID; echo 1 >{{output.o}}
output.o = a.txt
[stage:b]
command = kill -STOP $PPID; kill -STOP $PPID; echo 2 >{{output.o}}; (sleep 0.3; kill -STOP "$PPID") &
input.a = {{a.o}}
output.o = b.txt
[stage:c]
command = kill -STOP $PPID; while :; do sleep 1; done
input.b = {{b.o}}
timeout = 0.1s
grace = 0.1s
version.x = sh -c 'kill -STOP $PPID; echo 1'
INI
run_restage 1 run
ran a b c
expect_err '^c failed: timed out'
run_ok replay a

# what is longer than the socket takes waits until it is read
{
	# shellcheck disable=SC2016 # the stage's
	printf '[stage:a]\ncommand = kill -STOP $PPID; sleep 0.2; echo 1 >{{output.o}}\noutput.o = a.txt\n[stage:b]\n'
	printf 'command = true %s\nenv.A = %s\nenv.B = %s\nenv.C = %s\n' "$(head -c 110000 /dev/zero | tr '\0' x)"{,,,}
} >pipeline.ini
run_ok -j 2
ran a b
