#!/usr/bin/env bash
# What a site says of Slurm stands in a profile, in front of the pipeline file; what stages are is none of its
# business. Whatever it says, nothing runs again.
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[slurm]
account = ours

[stage:a]
command = echo 1 > {{output.o}}
output.o = o.txt
slurm.qos = high
INI
cat >site.ini <<'INI'
[slurm]
partition = long
account = theirs
qos = low
INI
run_ok
ran a
run_ok --profile site.ini show a
expect_out '^partition +long$'
expect_out '^account +ours$'
expect_out '^qos +high$'
RESTAGE_PROFILE=site.ini run_ok run
expect_err 'nothing to do'
sed -i 's/long/short/' site.ini
mkdir sub
cd sub
RESTAGE_PROFILE=../site.ini run_ok show a
expect_out '^partition +short$'
cd ..
RESTAGE_PROFILE='' run_ok show a
expect_no_out '^partition'
echo 'slurm.partition = other' >>pipeline.ini
run_ok run
expect_err 'nothing to do'

cat >site.ini <<'INI'
[slurm]
partiton = long
[defaults]
threads = 4
[params]
x = 1
[stage:b]
command = date
INI
run_fails 2 --profile site.ini check
expect_err "/site.ini:2: .*did you mean 'partition'"
expect_err '/site.ini:4: .* takes .executor., and no .threads.'
expect_err '/site.ini:5: a profile has no \[params\]'
expect_err '/site.ini:7: a profile has no \[stage:b\]'
run_fails 2 --profile nowhere.ini check
expect_err 'nowhere.ini.*No such file'
