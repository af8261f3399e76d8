#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

mkdir examples pipelines
cp -R "$SOURCE/examples/quickstart" examples
cp "$SOURCE/pipelines/quickstart.ini" pipelines
run_ok run
expect_err '^33 ran in'
mv out/quickstart local
run_ok run --executor slurm
expect_err '^33 ran in'
same_but_times local out/quickstart
run_ok run --executor slurm
expect_err '^nothing to do: 33 up to date'
run_ok run
expect_err '^nothing to do: 33 up to date'
run_ok verify

# the manifest says where it ran
find out -name manifest.json -path '*/0[356]_*' >files
while IFS= read -r file; do
	jq -e --arg host "$(hostname -s)" '.executor | .kind == "slurm" and .host == $host and .queued_seconds >= 0
		and (.job_id | test("^[0-9]+(_[0-9]+)?$"))' "$file" >/dev/null || fail "$file: $(jq -c .executor "$file")"
done <files
same "$(wc -l <files)" 3
expect_no_file local/.restage/jobs
same "$(find out/quickstart/jobs -type f 2>/dev/null)" ""
