#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# A job that a restage of key format 1 made: old_job/make.sh. What a stage was given then may be something
# else than what it is given now; then it runs. Where only the key is another, nothing does.
here=$(dirname "$(realpath "$0")")
cp -r "$here/old_job/." .
again=(script numbers seeds variables)
only=$(printf '%s\n' "${again[@]}" | sort)

# Looking says once what it is about, and which stages.
run_ok status
expect_err 'another version of restage .*format_changed.*restage accept'
same "$(grep -c 'another version' "$err")" 1
run_ok run -n
same "$(grep -c 'another version' "$err")" 1
run_ok run -n --json
same "$(jq -r '.stages[] | select(.action == "run").name' "$out" | sort)" "$only"
same "$(jq -r '[.stages[] | select(.action == "run").reasons[].code] | unique[]' "$out")" format_changed

# accept without a stage takes just those, and nothing runs any more; the others are not written anew.
mkdir accepted
cp -r . "$temp/accepted"
cd "$temp/accepted"
echo changed >in.txt
run_ok accept
same "$(sed -n 's/^accepted \(.*\):$/\1/p' "$out" | sort)" "$only"
run_fails 2 accept
expect_err 'no stage would run only because another version'
expect_manifest script '.key.format == 2 and .accepted.reasons[0].code == "format_changed"'
expect_manifest plain '.key.format == null and .accepted == null'
run_ok run -n
expect_no_err 'another version'
expect_out 'plain.*in.txt changed'
printf '3\n20\n100\n' >in.txt
run_ok
ran
run_ok
ran

# A run tells it once in the console and in its log; the stages have it in their manifests.
cd "$temp/work"
run_ok
ran "${again[@]}"
same "$(grep -c 'another version' "$err")" 1
same "$(pipeline_log | grep -c 'another version')" 1
for stage in "${again[@]}"; do
	expect_reasons "$stage" format_changed
	expect_manifest "$stage" '.key.format == 2'
done
run_ok
ran
expect_no_err 'another version'
# by the manifests too
rm -r out/old/.restage
run_ok
ran
run_ok verify

# What is not the other reading's doing keeps its own name.
run_ok -p title=Other run
ran words
expect_reasons words command_changed

# Threads were part of the identity, and are not any more: with whatever number, nothing runs for it.
rm -r ./*
cp -r "$here/old_job/." .
run_ok -p threads=7 run
ran "${again[@]}"
run_ok -p threads=7 run
ran
