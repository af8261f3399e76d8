#!/usr/bin/env bash
# Listings of directories do not pile up; those that the last success of a stage names stay, also of a stage
# that failed since, or is not asked for.
. "$(dirname "$0")/lib.sh"

state=out/pipeline/.restage
pipeline <<'INI'
[stage:often]
command = ls {{input.i}} >{{output.o}}
input.i = often
output.o = o.txt
[stage:fails]
command = test ! -e fail && ls {{input.i}} >{{output.o}}
input.i = once
output.o = o.txt
[stage:other]
command = ls {{input.i}} >{{output.o}}
input.i = other
output.o = o.txt
INI
mkdir often once other
echo 1 >once/x
echo 1 >other/x
run_ok
touch fail
echo 2 >once/x
run_fails 1 run -k
# What the index cannot hold: a success without an input that the stage has now.
echo 1 >extra
sed -i 's/^input.i = other$/&\ninput.extra = extra/' pipeline.ini
rm "$state/index"
for i in {1..60}; do
	echo "$i" >often/x
	run_ok run often
done
touch "$state/trees/.aside"
echo last >often/x
run_ok run often
expect_no_file "$state/trees/.aside"
count=$(find "$state/trees" -type f | wc -l)
[ "$count" -lt 30 ] || fail "$count listings"
echo 3 >once/x
echo 3 >other/x
echo 3 >often/x
run_ok why fails
expect_out 'input once changed: x$'
run_ok why other
expect_out 'input other changed: x$'
run_ok why often
expect_out 'input often changed: x$'
