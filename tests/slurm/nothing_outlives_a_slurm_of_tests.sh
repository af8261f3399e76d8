#!/usr/bin/env bash
# bed.py: what it started is gone when who called it is gone, however that ended.
. "$(dirname "$0")/../cli/lib.sh"

: "${SOURCE:?}"
export TMPDIR=$temp/t
mkdir "$TMPDIR"
cp "$(command -v sleep)" "$temp/sleeper" # has a name that only this test has
cat >job.sh <<'SH'
sbatch --output=/dev/null --wrap "'$1' 1000" >/dev/null
until pgrep -f "^$1 1000" >/dev/null; do
	sleep 0.05
done
touch began
sleep 1000
SH
nothing_is_left() {
	! pgrep -af "^$temp/sleeper|$temp/t/" && [ -z "$(ls "$TMPDIR")" ]
}
"$SOURCE/tests/slurm/bed.py" run bash job.sh "$temp/sleeper" &
bed=$!
wait_until test -e began
command=$(pgrep -P $bed -x bash)
kill -KILL $bed
wait_until nothing_is_left
mapfile -t children < <(pgrep -P "$command")
kill -KILL "$command" "${children[@]}"
