#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# Nobody declares that b uses a's intermediates: its depfile names one, it reports a file in another.
pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{intermediate.h}}; mkdir -p {{intermediate.d}}; cp {{input.i}} {{intermediate.d}}/in; echo own > {{intermediate.own}}; echo y > {{output.o}}
input.i = in.txt
output.o = o
intermediate.h = gen.h
intermediate.d = gen
intermediate.own = own
[stage:b]
command = cat {{job.dir}}/01_a/gen.h > {{output.o}}; echo "o: {{job.dir}}/01_a/gen.h" > {{stage.dir}}/deps; echo '{"event":"input","path":"{{job.dir}}/01_a/gen/in"}' >> "$STAGEIO_EVENTS"
after = a
output.o = o
depfile = {{stage.dir}}/deps
[stage:far]
command = echo far > {{output.o}}
after = b
output.o = o
INI
echo x >in.txt
run_ok
run_ok
ran
kept=$(stage_dir a)

for forget in no yes; do
	for what in gen.h gen/in; do
		cp "$kept/$what" as_it_was
		echo edited >"$kept/$what"
		[ $forget = no ] || rm -r out/*/.restage
		run_fails 1 status -q
		run_ok status
		expect_out 'a .*output .*01_a/gen.* is not what the stage made'
		run_ok run -n
		expect_out 'a .*is not what the stage made'
		run_ok
		ran a
		cmp -s "$kept/$what" as_it_was || fail "$what is not as a makes it"
		run_ok
		ran
		rm -r "${kept:?}/${what%/in}"
		[ $forget = no ] || rm -r out/*/.restage
		run_fails 1 status -q
		run_fails 2 accept a
		run_ok
		ran a
		run_ok
		ran
	done
done

# what nobody else uses is the stage's own affair
rm "$kept/own"
run_ok status -q
run_ok
ran
