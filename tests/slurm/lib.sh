# shellcheck shell=bash disable=SC2034
# Sourced first by every test of this directory: what tests/cli/lib.sh gives, and a real Slurm of one node. The tests
# share the one that SLURM_BED names, so a test looks at jobs of its own only. Without SLURM_BED, and where
# bed_settings='KEY=VALUE ...' stands in front of this, a test has one of its own (bed.py tells of it).
#
#   jobs [STATES]            prints "job task state reason" of each job of ours; STATES: as squeue -t, all of them
#   calls PROGRAM            how often a restage that is run from here called sbatch, squeue, ...
#   once_work                writes once.sh: ran by a command, it notes its attempt in ran/, and that it ran twice
#   expect_once STAGE...     each of these ran, once and as a first attempt, and nothing ran twice
#   same_but_times DIR DIR [REGEX]  outputs, manifests and logs of two jobs are equal, but for what is of a run, and for
#                            lines that match; then the order of lines in logs is not looked at either
#   daemon NAME SIGNAL       sends it to slurmctld or slurmd; `start` starts it again
: "${SOURCE:?top of the sources}"
slurm_dir=$SOURCE/tests/slurm
if [ -z "${SLURM_BED:-}" ] || [ -n "${bed_settings:-}" ] && [ -z "${SLURM_BED_IS_OURS:-}" ]; then
	settings=()
	for setting in ${bed_settings:-}; do
		settings+=(--set "$setting")
	done
	SLURM_BED_IS_OURS=1 exec "$slurm_dir/bed.py" "${settings[@]}" run bash "$0" "$@"
fi
for setting in "${!SLURM@}" "${!SBATCH_@}" "${!SQUEUE_@}" "${!SCANCEL_@}"; do
	[[ $setting == SLURM_BED* ]] || unset "$setting"
done
# shellcheck source=tests/cli/lib.sh
. "$SOURCE/tests/cli/lib.sh"
SLURM_BED=$(realpath "$SLURM_BED")
export SLURM_CONF=$SLURM_BED/slurm.conf

mkdir "$temp/count"
for program in sbatch squeue scancel sacct; do
	cat >"$temp/count/$program" <<SH
#!/bin/sh
echo "$program \$*" >>"$temp/calls"
exec $(command -v "$program") "\$@"
SH
done
chmod +x "$temp"/count/*
touch "$temp/calls"
slurm_path=$PATH
PATH=$temp/count:$PATH

calls() {
	grep -c "^$1 " "$temp/calls" || true
}

jobs() {
	PATH=$slurm_path squeue -h -r -t "${1:-all}" -o '%Z|%F %K %T %r' | sed -n "s|^${PWD}[|]||p"
}

no_jobs() {
	[ -z "$(jobs PD,R,CG)" ]
}

# The process of Slurm above that one.
step_above() {
	local at=$1
	until [[ $(ps -o comm= -p "$at" || true) == slurmstepd* ]]; do
		at=$(ps -o ppid= -p "$at" | tr -d ' ' || true) # which is padded where numbers are small
		at=${at:-$1} # whose parent is gone meanwhile has another one
	done
	echo "$at"
}

# No test leaves a job behind.
end_jobs() {
	local code=$? ids
	set +e
	ids=$(jobs PD,R,CG | cut -d' ' -f1 | sort -u)
	# shellcheck disable=SC2086 # one word an id
	[ -z "$ids" ] || PATH=$slurm_path scancel $ids
	return $code
}
trap 'end_jobs; finish' EXIT

once_work() {
	mkdir -p ran
	cat >once.sh <<'SH'
mkdir "ran/$(echo "$STAGEIO_STAGE" | tr / .).$1" || echo "$STAGEIO_STAGE $1" >>twice
sleep "$2"
echo "$STAGEIO_STAGE"
SH
}

expect_once() {
	expect_no_file twice
	same "$(find ran -mindepth 1 -printf '%f\n' | sort)" "$(printf '%s.1\n' "$@" | sort)"
}

# A test may say by what outputs are compared.
print_output() {
	cat "$1"
}

# What a job holds without what differs from run to run: stamps of lines, times, uses, ids. $2: a program that logs
# go through.
without_times() {
	local file
	(
		cd "$1"
		find . \( -name .restage -o -name logs -o -name jobs -o -name graph.dot \) -prune -o -type f -print | LC_ALL=C sort |
			while IFS= read -r file; do
				echo "=== $file"
				case $file in
				*/manifest.json)
					jq 'del(.completed_at, .duration_seconds, .resources, .run, .executor, .phases, (.. | .mtime_ns?, .timestamp?))' "$file"
					;;
				*/stage.log) sed -e 's/^\[[^]]*\] //' -e '/\[INFO\] Resources: /d' "$file" | $2 ;;
				*) print_output "$file" ;;
				esac
			done
	)
}

same_but_times() {
	local order='cat'
	[ $# = 2 ] || order='sort'
	diff -a -I "${3:-^$}" <(without_times "$1" $order) <(without_times "$2" $order) >"$temp/difference" ||
		fail "$1 and $2 differ: $(head -n 40 "$temp/difference")"
}

daemon() {
	case $1:$2 in
	slurmctld:start) kill -USR1 "$(cat "$SLURM_BED/keeper.pid")" ;;
	slurmd:start) kill -USR2 "$(cat "$SLURM_BED/keeper.pid")" ;;
	*) kill -"$2" "$(cat "$SLURM_BED/$1.pid")" ;;
	esac
}
