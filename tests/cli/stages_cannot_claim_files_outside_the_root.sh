#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

echo precious >"$temp/precious"
pipeline <<'INI'
[stage:a]
command = sh claim.sh; touch {{output.o}}
output.o = a.txt
INI
cat >claim.sh <<SH
for path in "$temp/precious" ../precious /etc/passwd "\$STAGEIO_OUTPUT_DIR/../../../../../precious"; do
	for event in output intermediate; do
		printf '{"event":"%s","path":"%s","retained":false}\n' \$event "\$path" >>"\$STAGEIO_EVENTS"
	done
done
SH
code=0
"$RESTAGE" >"$out" 2>"$err" </dev/null || code=$?
expect_file "$temp/precious" precious
[ -s /etc/passwd ]
"$RESTAGE" clean >"$out" 2>"$err" </dev/null || true
expect_file "$temp/precious" precious
manifest=$(find out -name manifest.json)
if [ -n "$manifest" ] && jq -e '.status == "success" and any(.outputs[]; .path | test("passwd|precious"))' "$manifest" >/dev/null; then
	fail 'it was believed'
fi

# Nor by writing them.
cat >claim.sh <<SH
echo mine >"$temp/written"
printf '{"event":"output","path":"%s"}\n' "$temp/written" >>"\$STAGEIO_EVENTS"
SH
run_ok
expect_err "reported output '.*/written' lies outside the root: it is not tracked"
expect_manifest a 'all(.outputs[]; .path | test("written") | not)'
