#!/usr/bin/env bash
# The controller is away for three minutes, in which twenty jobs end.
bed_settings='KillWait=5'
. "$(dirname "$0")/lib.sh"

once_work
pipeline <<'INI'
[stage:a]
foreach.n = 1..20
command = sh once.sh {{stage.attempt}} $(( 9 * {{each.n}} )) > {{output.o}}
output.o = o
INI
are_there() {
	[ "$(find ran -mindepth 1 | wc -l)" = 20 ]
}
in_background run --executor slurm
wait_until are_there
daemon slurmctld KILL
code=0
wait "$head" || code=$?
same $code 0
expect_once a.{1..20}
expect_err '^20 ran in'
! kill -0 "$(cat "$SLURM_BED/slurmctld.pid")" 2>/dev/null || fail 'the controller is there'
run_ok run
expect_err '^nothing to do: 20 up to date'
