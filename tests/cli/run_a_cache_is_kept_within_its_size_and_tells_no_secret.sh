#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[params]
n = 1
[cache]
dir = cache
max_size = 300K
[stage:make]
command = head -c 100000 /dev/zero | tr '\0' {{params.n}} >{{output.o}}
output.o = o
INI
# Each takes more than 100 KB: of the last five runs no more than two results are left, the last among them.
for n in 1 2 3 4 5; do
	run_ok -p n=$n
	ran make
done
size=$(du -s --apparent-size --block-size=1 cache/cas | cut -f1)
[ "$size" -lt 300000 ] || fail "there are $size bytes"
rm -rf out
run_ok -p n=5
ran
expect_err '^1 restored'
run_ok -p n=1
ran make

# What says who asks stands nowhere but in requests.
export RESTAGE_CACHE_AUTHORIZATION='Bearer quite-secret-value'
rm -rf out
run_ok --cache http://127.0.0.1:9/cache -p n=1
ran make
expect_err 'warning: cache: cannot ask'
for command in 'cache stats' 'why make' status 'export --format csv' 'export --format openlineage'; do
	# shellcheck disable=SC2086
	run_ok --cache http://127.0.0.1:9/cache $command
	expect_no_out quite-secret
	expect_no_err quite-secret
done
! grep -r quite-secret out || fail 'it was written down'
