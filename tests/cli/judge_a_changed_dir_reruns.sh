#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

mkdir tools other
write() {
	printf '[stage:s]\ncommand = pwd > {{output.o}}\noutput.o = o.txt\n%s\n' "${1:-}" >pipeline.ini
}
write
run_ok
write 'dir = tools'
run_ok run -n
expect_out "dir is new: it runs in 'tools', no longer in the root"
run_ok why s
expect_out "dir is new: it runs in 'tools'"
run_ok
expect_reasons s definition_changed
expect_reason s definition_changed dir
write 'dir = {{root}}/other/../tools/'
run_ok
ran
write 'dir = work'
run_ok
expect_manifest s '[.reasons[].message] == ["dir changed from '"'tools' to 'work'"'"]'
write 'dir = other'
run_ok status
expect_out "dir changed from 'work' to 'other'"
run_ok accept s
run_ok
ran
expect_manifest s '.dir == "other"'
write
run_ok
expect_manifest s '[.reasons[].message] == ["dir is gone: it runs in the root, no longer in '"'other'"'"]'
expect_manifest s '.dir == null'
run_ok
ran
