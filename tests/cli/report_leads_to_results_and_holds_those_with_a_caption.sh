#!/usr/bin/env bash
# A report knows its way to the root, and holds the files that have a caption, up to a size; never what a link leads to.
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = printf '\211PNG\r\n' > {{output.picture}}
    echo x > {{output.plain}}; echo x > {{output.strange}}; head -c 5000000 /dev/zero > {{output.large}}
    echo x > {{output.link}}
output.picture = p.PNG
output.picture.report = A <b>picture</b>
output.plain = plain.csv
output.strange = strange.xyz
output.strange.report = Of no type that is known
output.large = large.txt
output.large.report = Large
output.link = link.txt
output.link.report = A link
INI
run_ok run
echo secret >secret.txt
ln -sf "$PWD/secret.txt" out/pipeline/01_a/link.txt
run_ok report
python3 "$SOURCE/tests/lib/report_data.py" out/pipeline/report.html >data.json
same "$(jq -r .root data.json)" ../..
same "$(jq -c '.stages[0].embedded' data.json)" '{"out/pipeline/01_a/p.PNG":"iVBORw0K"}'
same "$(jq -r '.stages[0].manifest.outputs[0].report, .media_types.png' data.json)" $'A <b>picture</b>\nimage/png'

# from where it is put, and from nowhere
mkdir -p sub/deep
cd sub
run_ok -f ../pipeline.ini report -o deep/r.html
cd ..
python3 "$SOURCE/tests/lib/report_data.py" sub/deep/r.html >data.json
same "$(jq -r .root data.json)" ../..
run_ok report -o "$PWD/../r.html"
python3 "$SOURCE/tests/lib/report_data.py" ../r.html >data.json
same "$(jq -r .root data.json)" "$(basename "$PWD")"
run_ok report -o r.html
python3 "$SOURCE/tests/lib/report_data.py" r.html >data.json
same "$(jq -r .root data.json)" .
"$RESTAGE" report -o - >stdout.html
python3 "$SOURCE/tests/lib/report_data.py" stdout.html >data.json
same "$(jq -r .root data.json)" null

# what a stage made before it failed lies there still, and belongs to the report
sed -i 's/^command = /&false; /' pipeline.ini
run_fails 1 run
run_ok report
python3 "$SOURCE/tests/lib/report_data.py" out/pipeline/report.html >data.json
same "$(jq -c '.stages[0] | .manifest.status, .last_success.status, (.last_success.outputs | length), (.embedded | keys)' data.json)" \
	'"failed"
"success"
5
["out/pipeline/01_a/p.PNG"]'
