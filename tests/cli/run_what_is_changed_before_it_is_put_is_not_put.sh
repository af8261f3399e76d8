#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# What is first of a stage is held up on its way while another stage changes the mode of what is last, or where it
# leads: with the same bytes.
python3 "$SOURCE/tests/lib/cache_server.py" "$temp/url" "$temp/asked" "$temp/held" &
wait_until [ -e "$temp/url" ]
RESTAGE_CACHE=$(cat "$temp/url")
export RESTAGE_CACHE
pipeline <<INI
[params]
how = true
[stage:tool]
command = echo 1 >{{output.a}}; echo 2 >{{output.z}}
output.a = a
output.z = z
[stage:link]
command = echo 1 >{{output.a}}; echo 1 >{{output.b}}; ln -s a {{output.z}}
output.a = a
output.b = b
output.z = z
[stage:change]
command = {{params.how | raw}}; rm $temp/held
after = tool, link
cache = no
track_command = no
INI
both() {
	touch "$temp/held"
	run_ok "$@" run -B
	rm -rf out
	run_ok run tool link
}
both -p how='chmod +x out/pipeline/01_tool/z; ln -sf b out/pipeline/02_link/z'
ran tool link
both
ran
