# shellcheck shell=bash
# Sourced first by every test of this directory. A test is one script, one behaviour, named
# <area>_<sentence>.sh and listed in CMakeLists.txt. It starts in a fresh, empty directory, which is kept
# if the test fails. Out of it, whatever the pipelines left as manifests, logs and run records is collected
# and checked by the last test of all, schema_all_manifests: a test that makes such files by hand, or
# tears them, says `collect=no`.
#
#   pipeline <<'EOF'              writes pipeline.ini from stdin
#   run_ok [ARGS...]              runs restage, which must exit 0; stdout in $out, stderr in $err
#   run_fails CODE [ARGS...]      the same, must exit CODE
#   in_background ARGS...         runs restage in a session of its own; its pid in $head
#   expect_out REGEX              a line of stdout matches (extended); expect_err: of stderr
#   expect_no_out REGEX           no line does; expect_no_err
#   expect_file PATH [CONTENT]    there is such a file, with just this content (final newline aside)
#   expect_no_file PATH
#   same GOT EXPECTED             the two texts are equal
#   ran [STAGE...]                the last run executed just these stages, in any order
#   stage_dir STAGE               prints out/<job>/<NN>_<stage>; log_of STAGE: prints its stage.log
#   manifest STAGE JQ             prints what jq makes of its manifest
#   expect_manifest STAGE JQ      the expression must be true
#   expect_reasons STAGE CODE...  its manifest gives just these reasons, in any order
#   expect_reason STAGE CODE ABOUT  its manifest gives this reason and names this
#   wait_until COMMAND...         returns when the command succeeds; fails after a minute
#   snapshot PATH...              prints kind, inode, size, times and name of all that is there
#   answers                       prints what run -n, status, verify (without its time) and clean -n say
#   pipeline_log                  prints the pipeline logs that the last run wrote
#   run_record                    prints the run records that the last run wrote
#   ... | found GREP-ARGS         as grep -q, but reads to the end: the writer must not die of a closed pipe
#   counted_work                  writes work.sh, which notes in $HERE/trace when it begins and ends
#   most_at_once                  prints how many of these ran at once
#   fail TEXT                     ends the test
set -euo pipefail

: "${RESTAGE:?path of the program, absolute}"
test_name=$(basename "$0" .sh)
collect=yes
temp=$(mktemp -d "${TMPDIR:-/tmp}/restage-$test_name.XXXXXX")
temp=$(realpath "$temp")
out=$temp/stdout err=$temp/stderr
touch "$out" "$err" "$temp/logs_before"

unset NO_COLOR CLICOLOR CLICOLOR_FORCE CI GITHUB_ACTIONS MAKEFLAGS "${!STAGEIO_@}" "${!RESTAGE_@}"
export LC_ALL=C.UTF-8 TZ=XST-5:30 TERM=dumb
umask 022
# shellcheck source=tests/lib/sanitizers.sh
. "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/../lib/sanitizers.sh"
[ -z "${SANITIZER_REPORTS:-}" ] || sanitizers_report_to "$test_name"
mkdir "$temp/work"
cd "$temp/work"

collect_records() {
	local to=${COLLECT:-}/$test_name number=0 file
	[ -n "${COLLECT:-}" ] || return 0
	mkdir -p "$to"
	[ "$collect" = yes ] || return 0
	while IFS= read -r -d '' file; do
		number=$((number + 1))
		cp "$file" "$to/$number.$(basename "$file")"
	done < <(find "$temp/work" -type f \
		\( -name manifest.json -o -name stage.log -o -path '*/logs/99_pipeline_*.log' \
		-o -path '*/logs/99_pipeline_*.jsonl' \) -print0)
}

finish() {
	local code=$?
	trap - EXIT
	[ -z "${SANITIZER_REPORTS:-}" ] || sanitizers_are_silent "$test_name" >&2 || code=1
	if [ $code = 0 ]; then
		collect_records
		cd /
		chmod -R u+rwX "$temp"
		rm -rf "$temp"
		exit 0
	fi
	{
		echo "$test_name failed; its directory is kept: $temp/work"
		echo "--- stdout of the last command" && tail -n 50 "$out"
		echo "--- stderr of the last command" && tail -n 50 "$err"
	} >&2
	exit "$code"
}
trap finish EXIT
trap 'echo "$0:$LINENO: $BASH_COMMAND" >&2' ERR

fail() {
	echo "$0:${BASH_LINENO[1]}: $*" >&2
	exit 1
}

pipeline() {
	cat >pipeline.ini
}

all_logs() {
	find "$temp/work" -path '*/logs/99_pipeline_*.log' | sort
}

run_restage() {
	local expected=$1 code=0
	shift
	all_logs >"$temp/logs_before"
	"$RESTAGE" "$@" >"$out" 2>"$err" </dev/null || code=$?
	[ $code = "$expected" ] || fail "restage $*: exit code $code, expected $expected"
}

run_ok() {
	run_restage 0 "$@"
}

run_fails() {
	run_restage "$@"
}

in_background() {
	setsid env --default-signal=INT,QUIT "$RESTAGE" "$@" >"$out" 2>"$err" </dev/null &
	# shellcheck disable=SC2034
	head=$!
}

found() {
	grep "$@" | cat >/dev/null
}

expect_match() {
	grep -qE -- "$2" "$1" || fail "no line of $(basename "$1") matches '$2'"
}

expect_no_match() {
	! grep -E -- "$2" "$1" || fail "a line of $(basename "$1") matches '$2'"
}

expect_out() { expect_match "$out" "$1"; }
expect_err() { expect_match "$err" "$1"; }
expect_no_out() { expect_no_match "$out" "$1"; }
expect_no_err() { expect_no_match "$err" "$1"; }

same() {
	[ "$1" = "$2" ] || fail "got:
$1
expected:
$2"
}

expect_file() {
	[ -e "$1" ] || fail "there is no $1"
	[ $# = 1 ] || same "$(cat "$1")" "$2"
}

expect_no_file() {
	if [ -e "$1" ] || [ -L "$1" ]; then
		fail "there is a $1"
	fi
}

stage_dir() {
	local dir number found=()
	for dir in out/*/*_"$1"; do
		number=${dir#out/*/}
		[[ ${number%_"$1"} =~ ^[0-9]+$ ]] && found+=("$dir")
	done
	[ ${#found[@]} = 1 ] || fail "stage '$1' has ${#found[@]} directories: ${found[*]}"
	echo "${found[0]}"
}

log_of() {
	cat "$(stage_dir "$1")/stage.log"
}

manifest() {
	jq -r "$2" "$(stage_dir "$1")/manifest.json"
}

expect_manifest() {
	jq -e "$2" "$(stage_dir "$1")/manifest.json" >/dev/null ||
		fail "the manifest of '$1' does not say $2: $(jq -c . "$(stage_dir "$1")/manifest.json")"
}

expect_reasons() {
	local stage=$1 expected
	shift
	expected=$([ $# = 0 ] || printf '%s\n' "$@" | sort -u)
	same "$(manifest "$stage" '.reasons[].code' | sort -u)" "$expected"
}

expect_reason() {
	jq -e --arg code "$2" --arg about "$3" 'any(.reasons[]; .code == $code and .about == $about)' \
		"$(stage_dir "$1")/manifest.json" >/dev/null ||
		fail "the manifest of '$1' has no reason $2 about $3: $(manifest "$1" '.reasons | tojson')"
}

wait_until() {
	local tries=0
	until "$@" >"$temp/wait" 2>&1; do
		tries=$((tries + 1))
		[ $tries -lt 1200 ] || fail "this never came true: $*"
		sleep 0.05
	done
}

snapshot() {
	find "$@" -printf '%y %i %m %s %T@ %p\n' | sort -k 6
}

answers() {
	run_ok run -n
	cat "$out"
	run_ok status
	cat "$out"
	run_ok verify
	sed 's/, [0-9.]*s):/, -):/' "$out"
	run_ok clean -n
	cat "$out"
}

pipeline_log() {
	local log
	while IFS= read -r log; do
		cat "$log"
	done < <(all_logs | comm -13 "$temp/logs_before" -)
}

run_record() {
	local log
	while IFS= read -r log; do
		cat "${log%.log}.jsonl"
	done < <(all_logs | comm -13 "$temp/logs_before" -)
}

ran() {
	local expected
	expected=$([ $# = 0 ] || printf '%s\n' "$@" | sort -u)
	same "$(pipeline_log | sed -nE 's/.* Stage (.*): STARTING.*/\1/p' | sort -u)" "$expected"
}

# The first one waits until there is a second, however slow the machine is.
counted_work() {
	cat >work.sh <<'SH'
echo + >>"$HERE/trace"
for _ in $(seq 600); do
	[ "$(grep -c + "$HERE/trace")" -lt 2 ] || break
	sleep 0.05
done
sleep 0.03
echo - >>"$HERE/trace"
SH
}

most_at_once() {
	awk '/\+/ { n++; if (n > m) m = n } /-/ { n-- } END { print m }' "$HERE/trace"
}
