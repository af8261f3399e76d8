#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[pipeline]
job = {{params.place}}
[params]
language = en
place = talk_{{params.language}}
model = small
[stage:a]
command = echo {{params.language}} {{params.model}} >{{output.o}}; [ {{params.model}} != bad ]
output.o = o.txt
INI
run_ok jobs
expect_err 'no job was run yet'
run_ok -p language=de run
run_ok -p model=large run
expect_file out/talk_de/01_a/o.txt 'de small'
expect_file out/talk_en/01_a/o.txt 'en large'

# its name is computed without what it remembers, and then it does
run_ok run
expect_err "job 'talk_en' remembers model=large"
run_ok --job talk_de run
expect_err "job 'talk_de' remembers language=de"
ran
run_ok --job talk_de -p model=tiny run
expect_file out/talk_de/01_a/o.txt 'de tiny'
# values that would be another job's
run_fails 2 --job talk_de -p language=fr run
expect_err "^--job: the job is called 'talk_de' here, but by -p its parameters make it 'talk_fr'"
run_ok --job talk_de -p language=de run
run_ok --job other run

run_fails 1 --job talk_de -p model=bad run
run_ok jobs
expect_out '^other +success'
expect_out '^talk_de +failed .*language=de  model=bad$'
expect_out '^talk_en +success .*model=large$'
run_ok jobs --json
same "$(jq -c '[.schema, (.jobs[] | .job, .state, .params, (.run | startswith("20")))]' "$out")" \
	'["restage.jobs/1","other","success",{},true,"talk_de","failed",{"language":"de","model":"bad"},true,"talk_en","success",{"model":"large"},true]'

# several, one after another; the first failure decides the exit code
run_fails 1 --job talk_de,other,talk_en run
expect_err "^restage: job talk_de:"
expect_err "^restage: job talk_en:"
run_fails 1 --job all status -q
run_ok --job talk_de -p model=good run
run_ok --job all run -B
same "$(pipeline_log | grep -c 'STARTING')" 3
run_fails 2 --job all,other run
expect_err '^restage: --job all names every job: it stands alone'
expect_no_file out/all

# one that was never run is no empty one
for command in status 'logs a' 'show a' report 'export --format junit' 'replay a' 'why a' verify 'diff'; do
	# shellcheck disable=SC2086 # words
	run_fails 2 --job talk_ed $command
	expect_err "job 'talk_ed' was never run; did you mean 'talk_e[dn]|de'"
	expect_no_file out/talk_ed
done
