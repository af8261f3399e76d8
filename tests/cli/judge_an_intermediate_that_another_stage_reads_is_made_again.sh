#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{intermediate.c}}; cp {{input.i}} {{intermediate.own}}; echo y > {{output.o}}
input.i = in.txt
output.o = o
intermediate.c = c.bin
intermediate.own = own.bin
[stage:b]
command = cat {{input.c}} > {{output.o}}
input.c = {{a.c}}
output.o = o
INI
echo x >in.txt
run_ok
run_ok
ran
kept=$(stage_dir a)/c.bin
made=$(stage_dir b)/o

# edited: not what the stage made; its reader takes it as it was
echo edited >"$kept"
run_ok status
expect_out "a .*output $kept is not what the stage made"
run_ok
ran a
expect_reason a output_changed "$kept"
expect_file "$made" x

# removed: made again, with the index and without
for forget in no yes; do
	rm "$kept"
	[ $forget = no ] || rm -r out/*/.restage
	run_fails 1 status -q
	run_ok run -n
	expect_out 'a .*is missing'
	run_fails 2 accept a
	run_ok
	ran a
	expect_reason a output_missing "$kept"
	run_ok
	ran
done

# what nobody else reads is the stage's own affair
rm "$(stage_dir a)/own.bin"
run_ok status -q
run_ok
ran
