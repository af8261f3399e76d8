#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# What cannot be understood is never trusted, and never in the way.
collect=no
pipeline <<'INI'
[stage:a]
command = echo 1 >{{output.o}}
output.o = a.txt
INI
run_ok
dir=$(stage_dir a)
cp "$dir/manifest.json" good.json
size=$(stat -c %s good.json)
torn() {
	rm -rf out/*/.restage
	run_ok
	ran a
	expect_reasons a manifest_unreadable
	expect_manifest a '.status == "success"'
	run_ok
	ran
}
for length in 0 1 $((size / 2)) $((size - 3)); do
	head -c "$length" good.json >"$dir/manifest.json"
	torn
done
jq '.schema = "restage.manifest/2"' good.json >"$dir/manifest.json"
torn
jq '.schema = "something else"' good.json >"$dir/manifest.json"
torn
{
	echo '<<<<<<< HEAD'
	cat good.json
	echo '======='
	cat good.json
	echo '>>>>>>> other'
} >"$dir/manifest.json"
torn
echo '[]' >"$dir/manifest.json"
torn
echo 'null' >"$dir/manifest.json"
torn
head -c 4096 /dev/zero >"$dir/manifest.json"
torn
