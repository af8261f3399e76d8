#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

run_fails 2 run --watch
run_fails 2 run -n --watch
echo 1 >in.txt
pipeline <<'INI'
[stage:a]
command = cp in.txt {{output.o}}; cat go.fifo
output.o = a.txt
[stage:self]
command = echo x >>self.txt; echo {{config.v}} >{{output.o}}
input.s = self.txt
output.o = b.txt
config.v = 1
INI
mkfifo go.fifo
touch self.txt
run_fails 2 run --watch nosuch
expect_err "nosuch"
run_fails 2 --job all run --watch

# what changes its own input is not run for ever
env --default-signal=INT "$RESTAGE" run --watch self >watch.log 2>&1 &
watcher=$!
wait_until grep -q 'is no reason to run again' watch.log
same "$(grep -c 'self: done' watch.log)" 3
kill -TERM $watcher
code=0
wait $watcher || code=$?
same $code 143

# during a run a signal ends the run
env --default-signal=INT "$RESTAGE" run --watch a >watch.log 2>&1 &
watcher=$!
wait_until test -e out/pipeline/01_a/.work
kill -INT $watcher
code=0
wait $watcher || code=$?
same $code 130
grep -q 'a: ' watch.log
! grep -q 'waiting for changes' watch.log || fail "it waits after a signal"

# no definition yet
mkdir none
echo '[stage:a' >none/pipeline.ini
env --default-signal=INT "$RESTAGE" -C none run --watch >watch.log 2>&1 &
watcher=$!
wait_until grep -q 'waiting for changes' watch.log
printf '[stage:a]\ncommand = echo 1 >{{output.o}}\noutput.o = o\n' >none/p2 && mv none/p2 none/pipeline.ini
wait_until grep -q 'a: done' watch.log
kill -INT $watcher
wait $watcher || true
