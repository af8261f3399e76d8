#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
need_podman

pipeline <<'INI'
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
[stage:broken]
command = /no/such/program
INI
run_fails 1 run -k
expect_manifest late '.errors[0].message == "timed out after 1.0s"'
expect_manifest deaf '.errors[0].message == "timed out after 1.0s"'
expect_manifest leaves '.status == "success" and .warnings == []'
nothing_is_left

# stopped by signals, and killed at every height: the next run removes what nobody could
is_all_gone() {
	(nothing_is_left) 2>/dev/null
}
is_up() {
	[ "$(podman ps --format '{{.Names}}' | wc -l)" = 1 ] && [ -e began ]
}
pipeline <<'INI'
[stage:long]
container = localhost/box
command =
    echo > began
    sleep 1000
grace = 1s
[stage:other]
command = true
INI
for how in TERM KILL 'KILL and the warden'; do
	rm -f began
	in_background run long
	wait_until is_up
	warden=$(pgrep -P "$head" -x restage-warden || true)
	if [ "$how" = 'KILL and the warden' ]; then
		kill -STOP "$head" && kill -KILL "$warden" "$head"
	else
		kill -"$how" "$head"
	fi
	wait "$head" || true
	[ "$how" = 'KILL and the warden' ] || wait_until is_all_gone
done
same "$(podman ps --format '{{.Names}}' | wc -l)" 1
run_ok run other
wait_until is_all_gone
