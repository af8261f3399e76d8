#!/usr/bin/env bash
# Submissions time out while the controller stands still, and are found in its queue afterwards.
bed_settings='MessageTimeout=10'
. "$(dirname "$0")/lib.sh"

cat >"$temp/count/sbatch" <<SH
#!/bin/sh
PATH=$slurm_path sbatch "\$@" 2>"$temp/said.\$\$"
code=\$?
cat "$temp/said.\$\$" >&2
echo "sbatch ended with \$code: \$(cat "$temp/said.\$\$")" >>"$temp/calls"
exit \$code
SH
once_work
{
	printf '[stage:first]\ncommand = sh once.sh {{stage.attempt}} 3\n'
	for n in 1 2 3 4 5 6 7 8 9 10; do
		printf '[stage:s%d]\ncommand = sh once.sh {{stage.attempt}} 0 > {{output.o}}\nafter = first\noutput.o = o\nmemory = %dM\n' \
			$n $((n * 10))
	done
} >pipeline.ini
in_background run --executor slurm
wait_until test -e ran/first.1
daemon slurmctld STOP
sleep 17
daemon slurmctld CONT
code=0
wait "$head" || code=$?
same $code 0
expect_once first s{1..10}
found 'sbatch ended with 1: .*timed out' "$temp/calls" || fail "none of these timed out: $(cat "$temp/calls")"
