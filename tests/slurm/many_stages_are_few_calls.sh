#!/usr/bin/env bash
# STAGES: how many; a thousand have a Slurm of their own, which counts what it is asked
[ -z "${STAGES:-}" ] || bed_settings='KillWait=5'
. "$(dirname "$0")/lib.sh"

stages=${STAGES:-100}
pipeline <<INI
[stage:one]
foreach.n = 1..$stages
command = true > {{output.o}}
output.o = o
INI
asked() {
	sdiag | sed -n 's/.*REQUEST_JOB_INFO  *(.*count:\([0-9]*\).*/\1/p' | grep . || echo 0
}
asked_before=$(asked)
begin=$(date +%s)
run_ok run --executor slurm -j "$stages"
seconds=$(($(date +%s) - begin))
expect_err "^$stages ran in"
same "$(find out/pipeline/01_one -name o | wc -l)" "$stages"
[ "$(calls sbatch)" -le 3 ] || fail "$(calls sbatch) calls of sbatch"
[ "$(calls squeue)" -le $((1 + seconds / 30)) ] || fail "$(calls squeue) calls of squeue in $seconds s"
same "$(calls scancel)" 0
if [ -n "${STAGES:-}" ]; then
	asked=$(($(asked) - asked_before))
	[ "$asked" -le $((1 + seconds / 30)) ] || fail "slurmctld was asked $asked times in $seconds s"
fi
# the first one is measured, and the others share jobs
find out/pipeline/01_one -name manifest.json -exec jq -r '.executor.job_id' {} + | sort -u >ids
[ "$(wc -l <ids)" -le 50 ] || fail "$(wc -l <ids) jobs for $stages stages that take no time"
echo "$stages stages in $(wc -l <ids) jobs took $seconds s"
run_ok run --executor slurm
expect_err "^nothing to do: $stages up to date"
