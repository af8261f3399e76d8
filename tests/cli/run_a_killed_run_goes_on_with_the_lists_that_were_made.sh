#!/usr/bin/env bash
# kill -9 while a list is made, while its instances run, and before they are gathered: the next run does
# what is left, with the same result.
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:split]
command = for i in 1 2 3 4; do echo $i > {{output.d}}/p$i; sh hold.sh split$i; done
output.d = d/
track_command = no
[stage:work]
foreach.part = {{split.d}}/*
command = cat {{input.p}} > {{output.o}}; sh hold.sh {{stage.instance}}
input.p = {{each.part}}
output.o = o
track_command = no
[stage:all]
command = sh hold.sh all; cat {{input.o}} > {{output.all}}
input.o = {{work.o}}
output.all = all
track_command = no
INI
cat >hold.sh <<'SH'
[ "$(cat hold)" = "$1" ] || exit 0
echo $$ >held
while :; do sleep 0.05; done
SH
for at in split3 p1 p3 all; do
	rm -f held
	echo $at >hold
	"$RESTAGE" run -j 1 >log 2>&1 </dev/null &
	wait_until test -s held
	kill -9 $!
	wait $! 2>/dev/null || true
done
echo none >hold
run_ok
expect_file out/pipeline/03_all/all "$(printf '%s\n' 1 2 3 4)"
same "$(run_record | jq -r 'select(.event == "run_end").outcome')" success
run_ok
ran
run_ok verify
