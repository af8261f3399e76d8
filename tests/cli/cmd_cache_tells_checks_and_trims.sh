#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# put KEY TEXT: a result in the cache `c`
put() {
	printf '%s' "$2" >result
	same "$("$BUILD/tests/campaign/cache_probe" c put "$1" result)" "done"
}

pipeline <<'INI'
[cache]
dir = c
[stage:a]
command = touch {{output.o}}
output.o = o.txt
INI
run_ok cache stats
expect_out '^results +0 '
put one 1
put two 22
run_ok cache stats
expect_out '^directory +c$'
expect_out '^results +2 \(8.0 KB\)$'
expect_out '^contents +4 \(16.0 KB\)$' # the log and the manifest are the same

# a content that is something else is told, and removed
run_ok cache verify
content=$(printf 22 | sha256sum | cut -c-64)
chmod u+w "c/cas/${content:0:2}/$content"
printf 23 >"c/cas/${content:0:2}/$content"
entry=$(find c/ac -type f | head -1)
chmod u+w "$entry"
printf '{' >"$entry"
run_fails 4 cache verify -n
expect_out "^c/cas/.*$content is not what its name says$"
expect_out "^$entry is no entry$"
expect_file "c/cas/${content:0:2}/$content" 23
run_fails 4 cache verify
expect_out '^objects: 6 .*, 2 wrong, 2 removed$'
run_ok cache verify

# what is wrong for us alone is told, and left: others who share the directory may use it
put two 22
entry=$(find c/ac -type f | head -1)
chmod u+w "$entry"
cp "$entry" entry
printf '{"schema": "restage.cache/2", "parts": []}\n' >"$entry"
run_fails 4 cache verify
expect_out "^$entry is an entry of another version of restage$"
expect_out ' 1 wrong, 0 removed$'
cp entry "$entry"
echo secret >key
sed -i 's/^dir = c$/&\nkey_file = key/' pipeline.ini
run_fails 4 cache verify
expect_out "^$entry is not signed by our key_file$"
expect_out ' [12] wrong, 0 removed$'
sed -i /^key_file/d pipeline.ini
run_ok cache verify

run_fails 2 cache trim
expect_err 'max_size'
run_ok cache trim 8K
expect_out '^removed 4 objects'
RESTAGE_CACHE=$PWD/other run_ok cache stats
expect_out '/other$'
RESTAGE_CACHE=off run_fails 2 cache stats
expect_err 'there is no cache'
run_ok --cache other cache stats
expect_out '/other$'
run_fails 2 --no-cache cache stats
# passwords stand in no message
run_fails 2 --cache https://me:secret@host cache stats
expect_no_err secret
run_fails 2 cache nosuch
run_fails 3 --cache s3://bucket cache stats
expect_err AWS_ACCESS_KEY_ID

# libraries that are not there are told with what to install
mkdir lib
printf broken >lib/libcrypto.so.3
LD_LIBRARY_PATH=$PWD/lib run_fails 3 cache stats
expect_err 'cannot load libcrypto.so.3.*install libssl3.*--no-cache'
mv lib/libcrypto.so.3 lib/libcurl.so.4
LD_LIBRARY_PATH=$PWD/lib run_ok cache stats
LD_LIBRARY_PATH=$PWD/lib run_fails 3 --cache http://localhost:1 cache stats
expect_err 'cannot load libcurl.so.4.*install libcurl4.*--no-cache'
