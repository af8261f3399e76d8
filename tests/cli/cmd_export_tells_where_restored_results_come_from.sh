#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

export RESTAGE_CACHE=$temp/cache
pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = a.txt
[stage:b]
command = cp {{input.i}} {{output.o}}; [ ! -e fail ]
input.i = {{a.o}}
output.o = b.txt
cache = no
INI
checked() {
	run_ok export --format "$@"
	cp "$out" "exported.$1"
	python3 "$SOURCE/tests/export/check.py" "$1" "exported.$1" >found || fail "$1 is wrong"
}
of() {
	jq -r --arg id "$1" '."@graph"[] | select(."@id" == $id)' exported.ro-crate
}
echo 1 >in.txt
run_ok
checked ro-crate
same "$(jq -r '[."@graph"[]."@id" | select(startswith("#origin"))] | length' exported.ro-crate)" 0
made=$(manifest a .run)
ended=$(jq -r '.completed_at' out/pipeline/01_a/manifest.json)
rm -rf out
run_ok
expect_manifest a '.restored_from != null'

# of the job, and of the run
for how in '' '--run last'; do
	# shellcheck disable=SC2086
	checked ro-crate $how
	same "$(jq -cS .stages found)" '{"a":"done","b":"done"}'
	same "$(of '#attempt/a/1' | jq -r '.actionStatus."@id"')" http://schema.org/CompletedActionStatus
	of '#attempt/a/1' | jq -r .description | found "restored: run $made of job pipeline on "
	of '#origin/a/1' | jq -e --arg run "$made" '(.name | contains("run " + $run)) and .instrument."@id" == "#tool/a" and
		.result == [{"@id": "out/pipeline/01_a/a.txt"}] and .startTime <= .endTime' >/dev/null || fail 'the origin is wrong'
	same "$(date -d "$(of '#origin/a/1' | jq -r .endTime)" +%s)" "$(date -d "$ended" +%s)"
	same "$(of '#origin/b/1')" ''
done
checked openlineage
same "$(jq -r 'select(.eventType == "COMPLETE") | .run.facets.restage_attempt.restored_from.run | values' \
	exported.openlineage)" "$made"

# What an entry does not say is not made up.
jq '.restored_from.completed_at = null | .restored_from.host = null' out/pipeline/01_a/manifest.json >m
mv m out/pipeline/01_a/manifest.json
checked ro-crate
same "$(of '#origin/a/1')" ''
of '#attempt/a/1' | jq -r .description | found "restored: run $made of job pipeline made it"
