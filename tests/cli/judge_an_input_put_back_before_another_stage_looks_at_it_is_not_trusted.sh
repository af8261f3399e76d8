#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# The stage is compared with what it was given, not with what another stage saw of it since.
pipeline <<'INI'
[stage:a]
command = touch begun; until test -e edited; do sleep 0.02; done; cp {{input.i}} {{output.o}}; touch read; until test -e go; do sleep 0.02; done
track_command = no
input.i = in.txt
output.o = a.txt
[stage:first]
command = until test -e look; do sleep 0.02; done
track_command = no
input.way = way.txt
[stage:b]
command = cp {{input.i}} {{output.o}}; touch seen
track_command = no
after = first
input.i = in.txt
output.o = b.txt
INI
# How it is put back: before b looks at it, or after that with all its times but ctime.
for way in before after; do
	rm -f begun edited read go look seen backup
	echo "1 $way" | tee in.txt >way.txt
	sleep 0.1
	cp -p in.txt backup
	"$RESTAGE" -j 3 >"$out" 2>"$err" </dev/null &
	runner=$!
	wait_until test -e begun
	echo "2 $way" >in.txt
	touch edited
	wait_until test -e read
	[ $way = after ] || cat backup >in.txt
	touch look
	wait_until test -e seen
	if [ $way = after ]; then
		wait_until grep -q 'b: done' "$err"
		cat backup >in.txt
		touch -r backup in.txt
	fi
	touch go
	wait $runner
	expect_err "a: warning: input 'in.txt' changed while the stage ran"
	expect_file "$(stage_dir a)/a.txt" "2 $way"
	run_fails 1 status -q a
	run_ok
	expect_file "$(stage_dir a)/a.txt" "1 $way"
	expect_file "$(stage_dir b)/b.txt" "1 $way"
done
