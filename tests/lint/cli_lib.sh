#!/usr/bin/env bash
# Tests the library of the command-line tests with a program that stands in for restage: each check must
# shellcheck disable=SC2016 # scripts are given as text
# pass where it should and end the test where it should.
set -euo pipefail
lib=$(realpath "$(dirname "$0")/../cli/lib.sh")
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
wrong=0

cat >"$temp/restage" <<'EOF'
#!/usr/bin/env bash
# run CODE [STAGE...]: a run that executes these stages
code=$2 number=0
echo "to stdout" && echo "to stderr" >&2
shift 2
mkdir -p out/job/logs
log=out/job/logs/99_pipeline_$(printf '%03d' "$(find out/job/logs -type f | wc -l)").log
touch "$log"
for stage; do
	number=$((number + 1))
	dir=out/job/0${number}_$stage
	mkdir -p "$dir"
	echo "[2025-11-27 14:09:15] [pipeline] [INFO] ▶️  Stage $stage: STARTING" >>"$log"
	echo "[2025-11-27 14:09:15] [$stage] [INFO] hello" >"$dir/stage.log"
	echo "{\"stage\": \"$stage\", \"inputs\": []}" >"$dir/manifest.json"
done
exit "$code"
EOF
chmod +x "$temp/restage"

# expect CODE <<'EOF': a test script of these lines exits with CODE (1: any failure)
expect() {
	local code=0
	{ echo ". '$lib'" && cat; } >"$temp/test.sh"
	RESTAGE=$temp/restage COLLECT=$temp/collected TMPDIR=$temp \
		bash "$temp/test.sh" >"$temp/log" 2>&1 || code=1
	if [ $code != "$1" ]; then
		echo "expected $1, got $code:" && cat "$temp/test.sh" "$temp/log"
		wrong=1
	fi
}

expect 0 <<'EOF'
run_ok run 0 a b/c my_a
expect_out '^to stdout$' && expect_err '^to stderr$'
expect_no_out stderr && expect_no_err stdout
ran b/c a my_a
same "$(stage_dir a)" out/job/01_a
same "$(stage_dir b/c)" out/job/02_b/c
same "$(log_of my_a)" '[2025-11-27 14:09:15] [my_a] [INFO] hello'
same "$(manifest a .stage)" a
expect_manifest a '.inputs == []'
run_fails 3 run 3
ran
run_ok run 0 a
ran a
echo text >file
expect_file file && expect_file file text && expect_no_file gone
pipeline <<'END'
[pipeline]
END
expect_file pipeline.ini '[pipeline]'
EOF
for line in 'run_ok run 1' 'run_fails 1 run 0' 'run_fails 1 run 2' 'false' 'fail' 'same a b' \
	'run_ok run 0; expect_out stderr' 'run_ok run 0; expect_err stdout' \
	'run_ok run 0; expect_no_out stdout' 'run_ok run 0; expect_no_err stderr' \
	'run_ok run 0 a; ran' 'run_ok run 0 a; ran b' 'run_ok run 0 a b; ran a' 'run_ok run 0; ran a' \
	'run_ok run 0 a; expect_manifest a .inputs[0]' 'run_ok run 0 a; log_of b' \
	'run_ok run 0 a; manifest b .stage' 'echo x >f; expect_file f y' 'expect_file gone' \
	'touch f; expect_no_file f' 'ln -s nowhere f; expect_no_file f' 'same "$(stage_dir a)" a' \
	'run_ok run 0 a; run_ok run 0 a; ran a b'; do
	expect 1 <<<"$line"
done

rm -rf "$temp/collected"
expect 0 <<<'run_ok run 0 a b'
[ "$(find "$temp/collected" -type f | wc -l)" = 5 ] || { wrong=1 && echo "not all is collected"; }
rm -rf "$temp/collected"
expect 0 <<<'run_ok run 0 a; collect=no'
[ "$(find "$temp/collected" -type f | wc -l)" = 0 ] || { wrong=1 && echo "collect=no has no effect"; }
exit $wrong
