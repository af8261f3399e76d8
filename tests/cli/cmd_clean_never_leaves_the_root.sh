#!/usr/bin/env bash
# Neither a link in the way nor what a forged manifest claims leads clean out of the root, nor to inputs.
. "$(dirname "$0")/lib.sh"
collect=no

mkdir ../outside
echo 1 >../outside/o.txt
pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = sub/o.txt
INI
echo 1 >in.txt
run_ok
dir=$(stage_dir a)

rm -r "$dir/sub"
ln -s ../../../../outside "$dir/sub"
run_ok clean
expect_out 'kept .*sub/o.txt: it lies outside the root'
expect_file ../outside/o.txt 1
rm "$dir/sub"

for path in ../outside/o.txt "$(realpath ../outside)/o.txt" in.txt pipeline.ini .; do
	jq --arg p "$path" '.outputs[0].path = $p' "$dir/manifest.json" >m && mv m "$dir/manifest.json"
	run_ok clean --force
	expect_file ../outside/o.txt 1
	expect_file in.txt 1
	expect_file pipeline.ini
done
