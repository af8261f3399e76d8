#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# What Slurm sets in a job means that job: handed on to another one, it contradicts what that asks for.
pipeline <<'INI'
[stage:a]
command = echo "$SLURM_JOB_ID $SLURM_CPUS_PER_TASK" > {{output.o}}
threads = 2
memory = 100M
output.o = o
INI
sbatch --parsable --mem-per-cpu=50 --ntasks=1 --output="$PWD/head.out" \
	--wrap "'$RESTAGE' run --executor slurm; echo ended \$? \$SLURM_JOB_ID" >id
wait_until grep -q ended head.out
grep -q "ended 0 $(cat id)" head.out || fail "$(cat head.out)"
read -r job cpus <out/pipeline/01_a/o
[ "$job" != "$(cat id)" ] || fail "it ran in the job of its head"
same "$cpus" 2
