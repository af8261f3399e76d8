#!/usr/bin/env bash
# Makes the job that judge_a_job_of_an_older_version_tells_what_it_reads_otherwise.sh looks at: OLD is a restage
# whose keys are of format 1 (commit 6f17604). What its run leaves beside manifests and outputs is not kept.
set -euo pipefail
: "${OLD:?path of an old restage, absolute}"
cd "$(dirname "$0")"
rm -rf out
"$OLD" run
rm -rf out/*/.restage out/*/logs out/*/graph.dot out/*/*/stage.log
