#!/usr/bin/env bash
# In an image that has nothing but what leads to this machine's own programs.
. "$(dirname "$0")/lib.sh"
need_podman

tree=$temp/machine
mkdir -p "$tree"/{usr,etc,tmp,var}
for link in bin sbin lib lib64; do
	[ ! -L "/$link" ] || ln -s "usr/$link" "$tree/$link"
done
cp -a /etc/alternatives "$tree/etc/"
tar -C "$tree" -c . | podman import --quiet - localhost/machine >"$temp/imported"
mkdir examples
cp -r "$SOURCE/examples/quickstart" examples/
cp "$SOURCE/pipelines/quickstart.ini" .
run_ok -f quickstart.ini
mv out here
cat >>quickstart.ini <<'INI'
[defaults]
container = localhost/machine
container.mount = /usr:ro
INI
run_ok -f quickstart.ini run -j 4
jq -e '.container.engine == "podman"' out/quickstart/01_words/BSD/manifest.json >/dev/null
nothing_is_left

# What a job holds without what differs from run to run, and what tells of the container.
without_times() {
	local file of_a_run='.timestamp, .completed_at, .duration_seconds, .resources, .run, (.. | .mtime_ns?)'
	find . \( -name .restage -o -name logs -o -name graph.dot \) -prune -o -type f -print | LC_ALL=C sort |
		while IFS= read -r file; do
			echo "=== $file"
			case $file in
			*/manifest.json) jq "del($of_a_run, .container, .tools.container, .key)" "$file" ;;
			*/stage.log) sed -e 's/^\[[^]]*\] //' -e '/\[INFO\] \(Resources\|Container\): /d' "$file" ;;
			*) cat "$file" ;;
			esac
		done
}
(cd here && without_times) >"$temp/here"
(cd out && without_times) >"$temp/there"
[ "$(grep -c '^===' "$temp/here")" -gt 100 ]
diff "$temp/here" "$temp/there" >"$temp/difference" || fail "they differ: $(head -n 40 "$temp/difference")"
run_ok -f quickstart.ini
expect_err 'nothing to do'
