#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

once_work
pipeline <<'INI'
[stage:a]
foreach.n = 1..3
command = sh once.sh {{stage.attempt}} 2 > {{output.o}}
output.o = o
slurm.pack = 0
INI
is_there() {
	[ "$(find ran -mindepth 1 | wc -l)" = 3 ]
}
in_background run --executor slurm --leave
wait_until is_there
kill -INT "$head"
code=0
wait "$head" || code=$?
same $code 130
same "$(calls scancel)" 0
jobs R | sort >before
same "$(wc -l <before)" 3

# what would take their places waits for them
"$RESTAGE" clean a >"$out" 2>"$err" </dev/null && fail "cleaned under a running job"
expect_err 'job [0-9]+'
run_ok run --executor slurm
expect_once a.1 a.2 a.3
same "$(calls sbatch)" 1
same "$(calls scancel)" 0
same "$(jq -r '.executor.job_id' out/pipeline/01_a/?/manifest.json | sort)" "$(cut -d' ' -f1,2 before | tr ' ' _)"

# what was forced goes on, too, though without it all is up to date
rm -rf ran
mkdir ran
in_background run --executor slurm -B a
wait_until is_there
kill -KILL "$head"
wait "$head" 2>/dev/null || true
jobs R | sort >before
same "$(wc -l <before)" 3
run_ok run
expect_err 'goes on in job'
expect_once a.1 a.2 a.3
same "$(calls sbatch)" 2
same "$(calls scancel)" 0
same "$(jq -r '.executor.job_id' out/pipeline/01_a/?/manifest.json | sort)" "$(cut -d' ' -f1,2 before | tr ' ' _)"
run_ok run
expect_err '^nothing to do'
