#!/usr/bin/env bash
# Where the time of restage goes: system calls by strace and instructions by callgrind, of a no-op and of a
# cold run.
#
#   tests/bench/profile.sh [--restage FILE] [--size 10000] [--top 25] [--keep DIRECTORY]
#
# Without --restage, the release build is made first; any other should have debug information, or callgrind
# has no names. --keep leaves the callgrind files, for kcachegrind. Needs strace (6 or later) and valgrind.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
restage='' size=10000 top=25 keep=''

while [ $# -gt 0 ]; do
	case $1 in
	--restage) restage=$(realpath "$2") && shift 2 ;;
	--size) size=$2 && shift 2 ;;
	--top) top=$2 && shift 2 ;;
	--keep) mkdir -p "$2" && keep=$(realpath "$2") && shift 2 ;;
	*) sed -n 's/^#   //p' "$0" >&2 && exit 2 ;;
	esac
done
for program in strace valgrind callgrind_annotate python3 cc; do
	command -v "$program" >/dev/null || { echo "profile: $program is missing" >&2 && exit 3; }
done
if [ -z "$restage" ]; then
	(cd "$root" && cmake --preset release -B build/bench &&
		cmake --build build/bench) >&2
	restage=$root/build/bench/restage
fi

mkdir -p "$root/build"
dir=$(mktemp -d "$root/build/profile-XXXXXX")
trap 'rm -rf "$dir"' EXIT
jobs=$(nproc)
log=$dir/log
run=("$restage" -f pipeline.ini --job bench run "-j$jobs")

# quietly COMMAND...: what it says is only of interest if it fails.
quietly() {
	"$@" >"$log" 2>&1 || { cat "$log" >&2 && exit 1; }
}

# fresh NAME STAGES: a tree in which nothing is built, as the working directory.
fresh() {
	"$here/generate.py" restage wide plain "$2" "$dir/$1"
	cd "$dir/$1"
}

# calls FILE COMMAND...: counts the system calls of restage and of its threads, but not of what it starts,
# the warden and the commands: those are let go as they are executed.
calls() {
	local out=$1
	shift
	quietly strace -f -b execve -c -S calls -U name,calls,errors -o "$out" "$@"
}

# growth SMALL LARGE STAGES STAGES: calls by name in both, and how many each further stage costs.
growth() {
	awk -v top="$top" -v stages="$(($4 - $3))" '
		# a number in the second column tells a row from the frame; the third is there only with errors
		$2 ~ /^[0-9]+$/ && $1 != "total" {
			if (FILENAME == ARGV[1]) small[$1] = $2
			else { large[$1] = $2; errors[$1] = $3 }
		}
		END {
			for (name in large) {
				each = (large[name] - small[name]) / stages
				printf "%-20s %10d %10d %9d %10.3f\n", name, small[name], large[name],
					errors[name], each | "sort -k3,3nr | head -n " top
			}
		}' "$1" "$2"
}

# callgrind NAME COMMAND...: instructions of restage alone, not of the commands that it starts.
callgrind() {
	local out=${keep:-$dir}/callgrind.$1
	shift
	quietly env RESTAGE_EXE="$restage" LD_PRELOAD="$dir/spawn_exe.so" \
		valgrind --tool=callgrind --callgrind-out-file="$out" "$@"
	callgrind_annotate --threshold=100 "$out" | profile_rows
	echo "   including what is called from there:"
	callgrind_annotate --inclusive=yes --threshold=100 "$out" | profile_rows
}

# From callgrind_annotate: the total, then the top rows.
profile_rows() {
	awk -v top="$top" '/PROGRAM TOTALS/ || / [^ ]*:[^ ]/ && /^ *[0-9,]+ \(/ {
		sub(/ \[[^]]*\]$/, "")
		if (rows++ <= top) print
	}'
}

title() {
	printf '\n## %s\n\n' "$*"
}

cc -shared -fPIC -O2 -D_GNU_SOURCE -o "$dir/spawn_exe.so" "$here/spawn_exe.c" -ldl
small=$((size / 10))
"$restage" --version
for state in cold no-op; do
	for stages in "$small" "$size"; do
		if [ $state = cold ]; then
			fresh "$stages" "$stages"
		else
			cd "$dir/$stages"
			quietly "${run[@]}" # so that no time stamp is too young to be trusted
		fi
		calls "$dir/$state.$stages" "${run[@]}"
	done
	title "System calls, $state: name, at $small stages, at $size, errors, each further stage"
	growth "$dir/$state.$small" "$dir/$state.$size" "$small" "$size"
done
title "Instructions, no-op, $size stages"
# under valgrind the program is another to itself: a first run writes the index that the second one takes
callgrind no-op "${run[@]}" >"$log"
callgrind no-op "${run[@]}"
title "Instructions, cold, $size stages"
fresh cold "$size"
callgrind cold "${run[@]}"
