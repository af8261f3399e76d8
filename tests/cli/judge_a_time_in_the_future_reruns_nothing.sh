#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# Inputs of which only the stage tells: in a depfile, or reported.
# shellcheck disable=SC2016
pipeline <<'INI'
[stage:a]
command = cat main.c common.h > {{output.o}}; echo 'x: common.h' > {{stage.dir}}/d
track_command = no
output.o = a.txt
depfile = d
[stage:b]
command = cat found.txt > {{output.o}}; echo '{"event":"input","path":"found.txt"}' >>"$STAGEIO_EVENTS"
track_command = no
output.o = b.txt
INI
echo 1 >main.c
echo 1 >common.h
echo 1 >found.txt
touch -d '2037-01-01' common.h found.txt
run_ok
expect_no_err warning
run_ok
ran
# a change counts, whatever the time
for when in 2037-01-01 2037-01-02 1999-01-01; do
	echo "$when" >common.h
	echo "$when" >found.txt
	touch -d $when common.h found.txt
	run_ok
	ran a b
	expect_no_err warning
	same "$(tail -n 1 "$(stage_dir a)/a.txt")" $when
	run_ok
	ran
done

# A link that the stage makes each time changes a time of the file, and not the file: that is known as soon
# as it was looked at before.
cat >>pipeline.ini <<'INI'
[stage:c]
command = cat linked.txt > {{output.o}}; ln -f linked.txt link.txt; echo 'x: linked.txt' > {{stage.dir}}/d
track_command = no
output.o = c.txt
depfile = d
INI
echo 1 >linked.txt
run_ok
run_ok
expect_no_err warning
run_ok
ran
