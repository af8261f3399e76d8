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
setsid "$SOURCE/tests/slurm/bed.py" run bash job.sh "$temp/sleeper" &
bed=$!
# the command that it ran is no part of the Slurm
end_command() {
	local code=$?
	set +e
	kill -KILL -- "-$bed"
	return $code
}
trap 'end_command; finish' EXIT
wait_until test -e began
kill -KILL $bed
wait_until nothing_is_left
