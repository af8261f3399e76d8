#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# Two at once would meet in there.
pipeline <<'INI'
[stage:a]
foreach.n =
	1
	2
	3
	4
command = mkdir here && sleep 0.1 && rmdir here && touch {{output.o}}
output.o = o
INI
SLURM_CPUS_ON_NODE=1 run_ok run
SLURM_CPUS_ON_NODE=nonsense run_ok run -n
