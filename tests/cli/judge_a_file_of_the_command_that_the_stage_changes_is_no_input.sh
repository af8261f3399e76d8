#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# Named in the command and changed by it, each time: it is left out, and the warning says what to write.
settles() { # PATH COMMAND DECLARED
	local path=$1 i
	rm -rf out
	pipeline <<INI
[stage:a]
command = $2
output.o = o.txt
INI
	mkdir -p results
	rm -f "$path"
	[ "$existed" = no ] || "${make[@]}" >"$path"
	for i in 1 2 3; do
		run_ok
		[ "$i" -gt 1 ] || [ "$existed" = no ] || expect_err "input '$path' changed while the stage ran"
	done
	expect_err 'nothing to do'
	ran
	expect_manifest a ".inputs[] | select(.path == \"$path\") | .changed_by_stage and (.changed_during_run | not)"
	expect_match <(manifest a '.warnings[].message') "output[.]$3 = [{][{]root[}][}]/$path and output[.]$3[.]update = yes, or write track_command = no"
	# by the records as by the index, and whatever it holds
	echo other >>"$path"
	run_ok status -q
	find out -name 'index*' -delete
	run_ok status -q
	run_ok verify
	# Another command starts anew.
	sed -i 's/^command = .*/& ; true/' pipeline.ini
	run_ok
	expect_manifest a ".inputs[] | select(.path == \"$path\") | .changed_during_run"
	run_ok
	run_ok
	expect_err 'nothing to do'
}
make=(seq 3)
for existed in yes no; do
	settles runs.log "date +%N | tee -a runs.log > {{output.o}}" runs
	settles results/y.csv "date +%N > {{output.o}}; cp {{output.o}} results/y.csv" y
	settles my-data.db "date +%N > {{output.o}}; mv {{output.o}} my-data.db; cp my-data.db {{output.o}}" my_data
done

# What the warning says to write is right.
rm -rf out
pipeline <<'INI'
[stage:a]
command = date +%N | tee -a runs.log > {{output.o}}
output.o = o.txt
output.runs = {{root}}/runs.log
output.runs.update = yes
INI
run_ok
run_ok
expect_err 'nothing to do'

# One that it leaves alone for once is an input again.
pipeline <<'INI'
[stage:a]
command = if test -e quiet; then cat notes > {{output.o}}; else date +%N | tee notes > {{output.o}}; fi
output.o = o.txt
INI
rm -rf out
echo 1 >notes
run_ok
run_ok
run_ok
expect_err 'nothing to do'
touch quiet
run_ok run -B
run_ok
echo 2 >notes
run_ok
ran a
# One change after that may be a user's.
rm quiet
run_ok run -B
expect_manifest a '.inputs[] | select(.path == "notes") | .changed_during_run and (.changed_by_stage | not)'

# What another stage makes is an input, whoever changes it.
pipeline <<'INI'
[stage:a]
command = date +%N > {{output.o}}
output.o = {{root}}/made.txt
[stage:b]
command = date +%N | tee -a made.txt > {{output.o}}
output.o = o.txt
INI
for i in 1 2 3; do
	run_ok
	ran a b
	expect_manifest b '.inputs[] | select(.path == "made.txt") | .changed_during_run and (.changed_by_stage | not)'
done
