#!/usr/bin/env bash
# With a stand-in for podman, which does as podman does when it is asked to end before its container has begun: it ends
# with 0, and the container stays.
. "$(dirname "$0")/lib.sh"
no_engines

stand_in podman <<'SH'
#!/usr/bin/env bash
case $1 in
image) echo 0123456789abcdef ;;
run)
	while [ "$1" != --name ]; do shift; done
	echo >"$ENGINE/$2"
	trap 'exit 0' TERM
	echo "$2" >"$ENGINE.began"
	while :; do sleep 0.05; done
	;;
rm) rm -f "$ENGINE/${@: -1}" ;;
esac
SH
export ENGINE=$temp/engine
mkdir "$ENGINE"
pipeline <<'INI'
[stage:late]
container = localhost/box
command = true
timeout = 2s
[stage:long]
container = localhost/box
command = true
INI
run_fails 1 run late
expect_manifest late '.errors[0].message == "timed out after 2.0s"'
expect_file "$ENGINE.began"
same "$(ls "$ENGINE")" ''

rm "$ENGINE.began"
in_background run long
wait_until test -s "$ENGINE.began"
kill -INT "$head"
code=0
wait "$head" || code=$?
same $code 130
same "$(ls "$ENGINE")" ''
