#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# A store that speaks S3, and a key that may not list the bucket: what is not there is answered with 403.
serve() {
	MISSING=403 MISSING_CODE=$1 python3 "$SOURCE/tests/lib/cache_server.py" "$temp/url.$1" "$temp/asked" "$temp/held" &
	wait_until [ -e "$temp/url.$1" ]
	AWS_ENDPOINT_URL=$(cat "$temp/url.$1")
}
export AWS_ACCESS_KEY_ID=id AWS_SECRET_ACCESS_KEY=secret AWS_ENDPOINT_URL
pipeline <<'INI'
[stage:a]
command = echo {{each.k}} >{{output.o}}
foreach.k = 1..6
output.o = o
INI
all=(a/1 a/2 a/3 a/4 a/5 a/6)
serve AccessDenied
for job in one two; do
	run_ok --cache s3://bucket/x --job $job
	expect_no_err 403
done
ran
expect_err '^6 restored'

# Where nothing else is said that is told once; what is wrong with the key is told at once.
printf '[cache]\nurl = s3://bucket/y\nmode = read\n' >>pipeline.ini
run_ok --job three
ran "${all[@]}"
same "$(grep -c 'answers 403 to all that is asked (6 requests)' "$err")" 1
expect_err 's3:ListBucket'
serve SignatureDoesNotMatch
run_ok --job four
ran "${all[@]}"
same "$(grep -c 403 "$err")" 1
expect_err "answers 403 to GET; check .* AWS_\* variables"
