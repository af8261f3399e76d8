#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[params]
age = 1h
[stage:a]
command = echo x > {{output.o}}
output.o = o
max_age = {{params.age}}
[stage:b]
command = cat {{input.o}} > {{output.o}}
input.o = {{a.o}}
output.o = o
INI
run_ok
run_ok run -n
expect_out "^nothing to do"
run_ok
ran

# In every run; what comes out the same is no change for others. To say so changes no identity.
for _ in 1 2; do
	run_ok -p age=0 run -n
	expect_out "^run +a .*max_age is 0"
	expect_out "^may +b "
	run_fails 1 -p age=0 status -q
	run_ok -p age=0
	ran a
	expect_reasons a forced
	expect_reason a forced max_age
	rm -f out/pipeline/.restage/index
done
for _ in 1 2 3; do
	run_ok -p age=0
	ran a
done
run_ok -p age=1h
ran

# By the time that the manifest has, with the index and without.
manifest=$(stage_dir a)/manifest.json
jq '.completed_at = "2020-01-01T00:00:00.000000+00:00"' "$manifest" >new && mv new "$manifest"
run_ok status
expect_out "^a +out of date +its result is older than max_age"
rm -f out/pipeline/.restage/index
run_ok status
expect_out "^a +out of date +its result is older than max_age"
run_ok
ran a
jq '.completed_at = "2020-01-01T00:00:00.000000+00:00"' "$manifest" >new && mv new "$manifest"
run_ok -p age=100000000h
ran
run_ok -p age=100000000h
ran
run_ok -p age=1d
ran a

# One that is too old is accepted as what it would be now, unless it is wanted anew in each run.
jq '.completed_at = "2020-01-01T00:00:00.000000+00:00"' "$manifest" >new && mv new "$manifest"
run_ok accept a
expect_out 'older than max_age'
for _ in 1 2; do
	run_ok
	ran
	run_ok status -q
	rm -f out/pipeline/.restage/index
done
jq '.accepted.at = "2020-01-01T00:00:00.000000+00:00"' "$manifest" >new && mv new "$manifest"
run_fails 1 status -q
run_ok -p age=0
ran a
run_ok accept a
expect_no_out 'max_age'
run_ok
ran a
