#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
collect=no

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}; mkdir {{stage.dir}}/d; echo x > {{stage.dir}}/d/x; echo y > {{stage.dir}}/"My log.txt"
input.i = in.txt
output.o = a.txt
[stage:b]
command = cp {{input.i}} {{output.o}}
input.i = {{a.o}}
output.o = b.txt
INI
echo 1 >in.txt
run_fails 0 verify
run_ok
run_fails 4 verify
expect_out 'untracked.*01_a/d/'
expect_out 'untracked.*01_a/My log.txt'
expect_out 'output\.my_log = My log.txt'
expect_out 'output\.d = d/'
expect_no_out '02_b'

# the lines that it gives are those that declare it
sed -i '/^output.o = a.txt/a output.my_log = My log.txt\noutput.d = d/' pipeline.ini
sed -i 's/mkdir {{stage.dir}}\/d; //' pipeline.ini
run_ok
run_ok verify

# a byte changed behind the back of all time stamps
touch -r out/*/02_b/b.txt stamp
printf 2 | dd of="$(echo out/*/02_b/b.txt)" conv=notrunc status=none
touch -r stamp out/*/02_b/b.txt
run_fails 4 verify
expect_out 'changed.*02_b/b.txt'
run_fails 4 verify --json
jq -e '.schema == "restage.verify/1" and (.findings | length) == 1' "$out" >/dev/null
run_ok verify a
rm out/*/02_b/b.txt
run_fails 4 verify
expect_out 'missing.*02_b/b.txt'
run_ok
run_ok verify

# an input that changed is told, once, though two stages use it
echo 2 >in.txt
run_fails 4 verify
expect_out 'changed.*in.txt'
echo 1 >in.txt

# a directory of a stage that is gone, and a manifest that is torn
mkdir out/*/ -p && cp -r out/*/02_b "$(echo out/*/)"07_gone
run_fails 4 verify
expect_out '07_gone'
rm -r out/*/07_gone
echo '{' >"$(echo out/*/02_b/manifest.json)"
run_fails 4 verify
expect_out 'manifest.json'
