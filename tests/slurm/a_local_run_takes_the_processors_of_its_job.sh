#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# Two at once would meet in there.
pipeline <<'INI'
[stage:a]
foreach.n = 1..4
command = mkdir here && sleep 0.2 && rmdir here && touch {{output.o}}
output.o = o
INI
in_job() {
	sbatch --parsable --output="$PWD/job.out" "$@" >id
	wait_until grep -q ended job.out
	grep -q 'ended 0' job.out || fail "$(cat job.out)"
	rm -rf out job.out
}
in_job --cpus-per-task=1 --wrap "'$RESTAGE' run; echo ended \$?"
# a step has some of its job's
in_job --cpus-per-task=4 --wrap "srun --exact --ntasks=1 --cpus-per-task=1 '$RESTAGE' run; echo ended \$?"

# as many as it has, where the machine has them
if [ "$(nproc)" -gt 1 ]; then
	counted_work
	export HERE=$PWD
	sed -i 's/^command = .*/command = bash work.sh \&\& touch {{output.o}}/' pipeline.ini
	in_job --cpus-per-task=2 --wrap "'$RESTAGE' run; echo ended \$?"
	same "$(most_at_once)" 2
	rm trace
	in_job --cpus-per-task=1 --wrap "'$RESTAGE' run -j 2; echo ended \$?"
	same "$(most_at_once)" 2
fi
