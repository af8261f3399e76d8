#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

cat >profile.ini <<INI
[defaults]
executor = slurm
[slurm]
partition = other
restage   = $RESTAGE
export    = ONE
INI
pipeline <<'INI'
[slurm]
extra = --nice=7 '--mail-user=a b'
[stage:a]
command = echo "${ONE:-} ${TWO:-}" > {{output.o}}
output.o = o
threads = 3
memory = 200M
timeout = 90s
[stage:b]
command = touch {{output.o}}
output.o = o
slurm.partition = main
INI
export ONE=1 TWO=2
run_ok --profile profile.ini run
expect_file out/pipeline/01_a/o '1 '
for option in partition=other export=ONE nice=7 'mail-user=a b' cpus-per-task=3 mem=200M; do
	grep -- "^sbatch .*--comment=pipeline: a .*--$option\|^sbatch .*--$option.*--comment=pipeline: a " "$temp/calls" >"$out" ||
		fail "sbatch was not told --$option: $(cat "$temp/calls")"
done
grep -o -- '--time=[0-9]*' "$temp/calls" | found -x -- --time=3
grep 'comment=pipeline: b ' "$temp/calls" | found -- --partition=main

# none of it is part of what a stage is
sed -i 's/partition = other/partition = main/' profile.ini
run_ok --profile profile.ini run
expect_err '^nothing to do'
run_ok run
expect_err '^nothing to do'
