#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# A directory that holds little but inputs is listed; in one that holds much more each is looked at.
mkdir in
for i in $(seq 40); do
	echo "$i" >"in/$i.txt"
done
ln -sf ../out/bench/01_maker/made.txt in/33.txt
{
	printf '[pipeline]\nname = bench\njob = bench\n'
	printf '[stage:maker]\ncommand = echo made > {{output.out}}\noutput.out = made.txt\n'
	printf '[stage:reader]\ncommand = cat {{input.in}} > {{output.out}}\noutput.out = all.txt\ninput.in =\n'
	printf '  in/%s.txt\n' $(seq 40)
} >pipeline.ini
for _ in listed single; do
	run_fails 2 check
	expect_err "'in/33.txt' leads by a link to 'out/bench/01_maker/made.txt', which stage maker makes"
	touch in/other_{1..130}
done
ln -sf ../pipeline.ini in/33.txt
run_ok check
find in -name 'other_*' -delete
run_ok check
