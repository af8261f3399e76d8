#!/usr/bin/env bash
# Draws the picture of the report: report.sh RESTAGE PICTURE.png
# Runs the quickstart pipeline with four texts, changes a parameter, and has Chromium show the page that
# `restage report` makes.
set -euo pipefail
restage=$(realpath "$1")
picture=$(realpath -m "$2")
here=$(cd "$(dirname "$0")/../.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -R "$here/pipelines" "$here/examples" "$folder"
cd "$folder"
sed -i -E '/^ +(Artistic|BSD|CC0|GFDL|GPL-1|LGPL|MPL-1)/d' pipelines/quickstart.ini
"$restage" -q -f pipelines/quickstart.ini run
"$restage" -q -f pipelines/quickstart.ini -p right=MPL-2.0 run
"$restage" -q -f pipelines/quickstart.ini report -o report.html
"${CHROMIUM:-chromium}" --headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=1200,620 \
	--virtual-time-budget=5000 --screenshot="$picture" "file://$folder/report.html#graph?stage=compare" 2>/dev/null
