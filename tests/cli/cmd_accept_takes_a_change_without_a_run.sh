#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

mkdir tools
pipeline <<'INI'
[stage:a]
command = sh tools/a.sh {{input.i}} {{output.o}}
input.i = in.txt
output.o = a.txt
config.level = 1
env.MODE = fast
version.sh = cat version.txt
[stage:b]
command = cp {{input.i}} {{output.o}}
input.i = {{a.o}}
output.o = b.txt
INI
# shellcheck disable=SC2016
echo 'cp "$1" "$2"' >tools/a.sh
echo 1 >in.txt
echo v1 >version.txt
run_ok
before=$(manifest a '.timestamp + .run + (.reasons|tostring)')

echo '# a comment was mended' >>tools/a.sh
echo v2 >version.txt
sed -i 's/config.level = 1/config.level = 2/; s/MODE = fast/MODE = slow/' pipeline.ini
run_fails 1 status -q
run_ok accept a
expect_out 'accepted a'
expect_out 'tools/a.sh'
expect_out 'level'
expect_out 'version'
run_ok status -q --ask
run_ok
ran
run_ok verify
expect_manifest a '.accepted.at and (.accepted.reasons | map(.code) | contains(["input_changed", "config_changed", "env_changed", "version_changed"]))'
expect_manifest a '.config.level == "2" and .tools.sh == "v2" and .status == "success"'
same "$(manifest a '.timestamp + .run + (.reasons|tostring)')" "$before"

# again: the earlier acceptance is kept in the new one
echo '# another' >>tools/a.sh
run_ok accept a
expect_manifest a '.accepted.before.reasons | length == 4'

# nothing to accept
run_ok accept a
expect_err 'up to date'

# a real change afterwards runs
echo 2 >in.txt
run_ok
ran a b
expect_manifest a '.accepted == null'

# also where the stage's directory has still its old number
sed -i '1i [stage:first]\ncommand = true' pipeline.ini
echo '# third' >>tools/a.sh
run_ok accept a
expect_file out/pipeline/02_a/a.txt 2
run_ok
ran first
run_ok verify
