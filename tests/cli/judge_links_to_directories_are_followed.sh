#!/usr/bin/env bash
# What lies behind a link to a directory counts like what lies in the directory itself, in input directories and
# for patterns; a circle of links is a mistake with its path.
. "$(dirname "$0")/lib.sh"

mkdir -p data store/deep ../far audio
echo one >store/x.txt
echo one >store/deep/y.wav
echo one >../far/z.txt
ln -s ../store data/batch1
ln -s "$(realpath ../far)" data/batch2
ln -s ../store audio/linked
ln -s data all
pipeline <<'INI'
[stage:dir]
command = find -L {{input.data}}/ >{{output.o}}
input.data = data
output.o = o.txt

[stage:whole]
command = ls {{input.data}} >{{output.o}}
input.data = all
output.o = o.txt

[stage:glob]
command = cat {{input.w}} >{{output.o}}
input.w = audio/**/*.wav
output.o = o.txt
INI
run_ok
run_ok
ran
changed() {
	run_ok run -n
	for stage in "$@"; do expect_out "$stage"; done
	run_ok
	ran "$@"
	run_ok
	ran
}
echo two >store/x.txt
changed dir whole
echo two >store/deep/y.wav
changed dir whole glob
echo two >../far/z.txt
changed dir whole
echo new >store/new.txt
changed dir whole
cp store/deep/y.wav store/deep/z.wav
changed dir whole glob
rm store/new.txt
changed dir whole
ln -sfn ../audio data/batch1 # retargeted
changed dir whole
ln -sfn ../store data/batch1
rm -r out/pipeline/.restage
changed dir whole
run_ok verify

# Circles, in all ways: told before anything runs.
for target in . ../far ../work/data ..; do
	ln -sfn $target ../far/self
	run_fails 2
	expect_err "pipeline.ini:[0-9]+: .*'data/batch2/self.*' is a link that leads back"
	run_fails 2 check
	expect_err 'self'
	rm ../far/self
done
ln -s ../audio audio/self
run_fails 2
expect_err "pipeline.ini:[0-9]*: .*'audio/self' is a link that leads back"
rm audio/self
run_ok
ran
