#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

: "${SOURCE:?}"
pipeline <<'INI'
[stage:a]
command = sh -c 'cp in.txt "$1"' x {{output.o}}
input.i = in.txt
output.o = a.txt
INI
echo 1 >in.txt
run_ok run
run_ok verify
expect_out 'all as recorded'

# no_sums: takes the checksums out of the manifest, which only one of no runner may be without
no_sums() {
	sed -i 's/"checksum": "[^"]*"/"checksum": null/; s/"pipeline": "[^"]*"/"pipeline": null/' out/pipeline/01_a/manifest.json
}
no_sums
run_ok verify
expect_out '^unverified: in.txt \(input of a\): it has no recorded checksum$'
expect_out '^unverified: out/pipeline/01_a/a.txt \(output of a\): it has no recorded checksum$'
expect_out ': 2 unverified$'
run_ok verify --json
jq -e '(.differs | not) and ([.findings[] | .kind, .role, .recorded] ==
	["no_checksum", "input", null, "no_checksum", "output", null])' "$out" >/dev/null

# what is gone is still told, and what cannot be compared is not up to date
mv in.txt gone
run_fails 4 verify
expect_out '^missing: in.txt'
mv gone in.txt
run_ok why a
expect_out 'in.txt has no recorded checksum'
run_ok run
expect_err 'a: running'
run_ok verify
expect_out 'all as recorded'

# a manifest as StageIO in Python leaves it, without a runner and with nothing to hash with, is nothing that we
# rest on
mkdir bin lib
echo 'raise ImportError' >lib/xxhash.py
python=$(python3 -c 'import sys; print(sys.executable)')
cat >stage.py <<'PY'
from stageio import StageIO
io = StageIO("a", "out/pipeline")
io.track_input("in.txt", "text")
io.track_output("out/pipeline/01_a/a.txt", "text")
io.finalize("success")
PY
PATH=$PWD/bin PYTHONPATH=$PWD/lib:$SOURCE/src/stageio PYTHONDONTWRITEBYTECODE=1 "$python" stage.py
same "$(jq -c '[.inputs[], .outputs[] | .checksum]' out/pipeline/01_a/manifest.json)" '[null,null,null]'
run_ok verify
expect_out '^never succeeded: a$'
run_ok run
expect_err 'a: running'
run_ok verify
expect_out 'all as recorded'
