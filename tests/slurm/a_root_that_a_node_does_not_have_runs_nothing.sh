#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# Slurm runs a job in /tmp whose directory its node does not have, and calls it completed. What the node then finds is
# another root, or none.
cat >"$temp/count/sbatch" <<SH
#!/bin/bash
for word; do
	[[ \$word == --chdir=* ]] && word=--chdir=/not/mounted
	words+=("\$word")
done
sed "/^exec/s|$PWD/|\$(cat "$temp/root")|g" | PATH=$slurm_path sbatch "\${words[@]}"
SH
pipeline <<'INI'
[stage:a]
command = pwd > {{output.o}}; touch was_here
track_command = no
output.o = o
INI
echo /not/mounted/ >"$temp/root"
run_fails 1 run --executor slurm
expect_manifest a '.status == "failed"'
expect_err "root the same on this node"
expect_no_file was_here
expect_no_file /tmp/was_here

# it is mounted, and the job begins elsewhere all the same
echo "$PWD/" >"$temp/root"
run_ok run --executor slurm
expect_file out/pipeline/01_a/o "$PWD"
