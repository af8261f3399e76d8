#!/usr/bin/env bash
# STAGES: how many
. "$(dirname "$0")/lib.sh"

stages=${STAGES:-100}
pipeline <<INI
[stage:one]
foreach.n = 1..$stages
command = true > {{output.o}}
output.o = o
INI
begin=$(date +%s)
run_ok run --executor slurm -j "$stages"
seconds=$(($(date +%s) - begin))
expect_err "^$stages ran in"
same "$(find out/pipeline/01_one -name o | wc -l)" "$stages"
[ "$(calls sbatch)" -le 3 ] || fail "$(calls sbatch) calls of sbatch"
[ "$(calls squeue)" -le $((1 + seconds / 30)) ] || fail "$(calls squeue) calls of squeue in $seconds s"
same "$(calls scancel)" 0
run_ok run --executor slurm
expect_err "^nothing to do: $stages up to date"
