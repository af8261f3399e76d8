#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

export RESTAGE_CACHE=cache
pipeline <<'INI'
[params]
word = one
other = 1
[stage:make]
command = cat {{input.i}} > {{output.t}}
input.i = in
output.t = t
output.t.temporary = yes
[stage:read]
command = (cat {{input.t}}; echo {{params.word}}) > {{output.o}}
input.t = {{make.t}}
output.o = o
[stage:last]
command = cp {{input.t}} {{output.o}}; echo {{params.other}}
input.t = {{make.t}}
input.o = {{read.o}}
output.o = o
cache = no
INI
gone() {
	expect_no_file out/pipeline/01_make/t
	run_ok run -n
	expect_out '^nothing to do'
	run_ok verify
	run_ok
	ran
}
echo a line >in
run_ok run read
ran make read
run_ok
ran last
gone
was=$(manifest read '.inputs | map(del(.mtime_ns))')
run_ok run -p word=two read
ran read
expect_err '^make: restored from'
run_ok
ran last
gone

# What it read is known by its name, of which an earlier run took note.
run_ok -p word=one run -n read
expect_out '^restore  read '
expect_no_out ' make '
run_ok run -p word=one read
ran
expect_no_err '^make:'
expect_err '^1 restored'
expect_no_file out/pipeline/01_make/t
expect_file out/pipeline/02_read/o $'a line\none'
same "$(manifest read '.inputs | map(del(.mtime_ns))')" "$was"
expect_manifest read '.inputs | map(select(.changed_during_run)) == []'

# Where that is lost it is made again, or restored, first.
rm -rf out/pipeline/.restage
run_ok run -p word=two read
ran
expect_err '^make: restored from'
expect_err '^read: restored from'
gone

# Another that reads it runs meanwhile: for that one it is made again, and both have it.
for jobs in 1 4; do
	run_ok run -j $jobs -p word=one -p other=$jobs$jobs
	ran last
	expect_err '^make: restored from'
	expect_err '^read: restored from'
	expect_file out/pipeline/03_last/o 'a line'
	expect_manifest read '.inputs | map(select(.changed_during_run)) == []'
	gone
	run_ok run -p word=two
	ran last
done

# What is up to date is put into the cache, although what it read is gone.
rm -rf cache
run_ok cache push read
expect_err '^1 of 2 results were put'
rm -rf out/pipeline/02_read
run_ok run read
ran
expect_no_err '^make:'

# Where no command may run, nothing is made again for one that is out of date.
run_ok cache push -p word=three read
expect_err 'read: not run: it is out of date'
expect_no_err 'make:'
