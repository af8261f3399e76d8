#!/usr/bin/env bash
# A stage that updates a file in place, and whose temporary output is gone: while it is made again nobody who reads
# the file runs, and it waits for who runs already.
. "$(dirname "$0")/lib.sh"

# Each says that it runs, and does not if the other does.
pipeline <<'INI'
[params]
v = 1
[stage:maker]
command = ! ls | grep reads- && touch makes && cat in >state && sleep 0.2 && cp in {{output.t}} && rm makes
input.i = in
output.t = t
output.t.temporary = yes
output.state = {{root}}/state
output.state.update = yes
track_command = no

[template:reader]
command = ! test -e makes && touch reads-{{stage.name}} && sleep 0.3 && cp {{input.s}} {{output.o}} && rm reads-{{stage.name}} && : {{params.v}}
input.s = {{maker.state}}
output.o = o
track_command = no

[stage:early]
use = reader

[stage:late]
use = reader
input.x = {{before.o}}

[stage:before]
command = sleep 0.1 && echo {{params.v}} >{{output.o}}
output.o = o

[stage:needs]
command = cat {{input.t}} {{input.x}} >{{output.o}}
input.t = {{maker.t}}
input.x = {{before.o}}
output.o = o
INI
echo 1 >in
run_ok -j4
for v in 2 3; do
	run_ok -j4 -p "v=$v"
	ran before early late maker needs
	expect_no_err warning
	run_ok -p "v=$v"
	ran
	same "$(find . -name makes -o -name 'reads-*')" ""
done
