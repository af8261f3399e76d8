# shellcheck shell=bash
# Sourced by tests/suite.sh and tests/cli/lib.sh. What a sanitizer has to say goes to files below
# $SANITIZER_REPORTS, which suite.sh sets: a report fails its test whatever process it is of (the warden, a
# restage in the background or below a stage), wherever the messages of that process go, and whether or
# not anybody looks at its exit code. That is none of restage's own, so that it is not taken for one.

# sanitizers_report_to NAME: from here on, to NAME.<pid>. Of two settings of an option the last one counts.
sanitizers_report_to() {
	local options="exitcode=66:log_path='$SANITIZER_REPORTS/$1'"
	export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}$options
	export UBSAN_OPTIONS=${UBSAN_OPTIONS:+$UBSAN_OPTIONS:}$options
	export TSAN_OPTIONS=${TSAN_OPTIONS:+$TSAN_OPTIONS:}$options
}

# sanitizers_are_silent NAME: prints what was reported to NAME, and fails if there is anything. That more
# memory was asked for than there is is a remark of AddressSanitizer, not a report.
sanitizers_are_silent() {
	local report is_silent=1
	for report in "$SANITIZER_REPORTS/$1".*; do
		[ -e "$report" ] || continue
		grep -qv 'WARNING: AddressSanitizer failed to allocate' "$report" || continue
		is_silent=0
		echo "--- $report" && cat "$report"
	done
	[ $is_silent = 1 ]
}

# sanitizers_leave_traces_alone: for a test that looks at the system calls of restage, in which those of a
# sanitizer must not be: reports go to stderr. LeakSanitizer does not work under strace.
sanitizers_leave_traces_alone() {
	export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}log_path=stderr:detect_leaks=0
	export UBSAN_OPTIONS=${UBSAN_OPTIONS:+$UBSAN_OPTIONS:}log_path=stderr
	export TSAN_OPTIONS=${TSAN_OPTIONS:+$TSAN_OPTIONS:}log_path=stderr
}
