#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

counted_work
export HERE=$PWD
pipeline <<'INI'
[pools]
net = 5
licence = 9
[stage:a]
foreach.n = 1..6
command = sh work.sh {{each.n}}
pool = net:2, licence
pass_env = HERE
track_command = no
INI
# Two of them hold four of five; a third has no room.
run_ok -j 6
same "$(most_at_once)" 2

sed -i 's/^pool = .*/pool =\n    net\n    licence:4/' pipeline.ini
rm trace
run_ok -B -j 6
same "$(most_at_once)" 2
run_ok show a/1
expect_out "^pool +net, licence:4"

# One that takes all of a pool is not passed over for ever.
pipeline <<'INI'
[pools]
net = 2
[stage:big]
command = true
pool = net:2
[stage:small]
foreach.n = 1..40
command = true
pool = net
INI
run_ok -j 3

pipeline <<'INI'
[pools]
net = 2
[stage:a]
command = true
pool = net:3
[stage:b]
command = true
pool = net:none
[stage:c]
command = true
pool = net, nett
[stage:d]
command = true
pool = net, net
INI
run_fails 2 check
expect_err "^pipeline.ini:5: .*'pool' takes 3 of 'net', which has 2: \[pools\] net = 3"
expect_err "^pipeline.ini:8: .*'none' of pool 'net' is no number from 1"
expect_err "^pipeline.ini:11: .*there is no pool 'nett'.*net"
expect_err "^pipeline.ini:14: .*pool 'net' is there twice"
