#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/container/lib.sh
. "$SOURCE/tests/container/lib.sh"
trap 'end_jobs; finish_containers' EXIT
need_podman

is_all_gone() {
	(nothing_is_left) 2>/dev/null
}
is_up() {
	[ "$(podman ps --format '{{.Names}}' | wc -l)" = 1 ] && [ -e began ]
}
pipeline <<'INI'
[pipeline]
executor = slurm
[defaults]
container = localhost/box
[stage:late]
command = sleep 1000
timeout = 1s
[stage:deaf]
command =
    trap '' TERM
    sleep 1000 & setsid sleep 1000 & sleep 1000
timeout = 1s
grace   = 1s
[stage:leaves]
command =
    (setsid sleep 1000 </dev/null >/dev/null 2>&1 &)
    echo > {{output.o}}
output.o = o.txt
INI
run_fails 1 run -k
expect_manifest late '.errors[0].message == "timed out after 1.0s"'
expect_manifest deaf '.errors[0].message == "timed out after 1.0s"'
expect_manifest leaves '.status == "success" and .warnings == []'
nothing_is_left

pipeline <<'INI'
[stage:long]
executor  = slurm
container = localhost/box
command =
    echo >> began
    until test -e go; do sleep 0.2; done
    echo > {{output.o}}
track_command = no
output.o = o.txt
grace    = 1s
INI
begin() {
	rm -rf began go out
	in_background run long
	wait_until is_up
}
ended_with() {
	local code=0
	wait "$head" || code=$?
	same $code "$1"
	no_jobs || wait_until no_jobs
	nothing_is_left
}

begin
kill -INT "$head"
ended_with 130

# somebody else cancels it
begin
# shellcheck disable=SC2046 # one word an id
scancel $(jobs R | cut -d' ' -f1)
ended_with 1
expect_err 'CANCELLED|cancelled'

# Slurm's own process is killed: it is lost, and starts again
begin
podman inspect --format '{{.State.ConmonPid}}' "$(podman ps --format '{{.Names}}')" >pid
kill -KILL "$(step_above "$(cat pid)")"
touch go
ended_with 0
same "$(wc -l <began)" 2

# the head is killed: the next one finds the job, and leaves its container alone
begin
podman ps --format '{{.ID}}' >before
kill -KILL "$head"
wait "$head" || true
in_background run long
is_adopted() {
	"$RESTAGE" top --once | found long
}
wait_until is_adopted
same "$(podman ps --format '{{.ID}}')" "$(cat before)"
touch go
ended_with 0
same "$(wc -l <began)" 1
