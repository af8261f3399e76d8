#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

cat >p.yaml <<'Y'
id: 1234567890123456789
rate: 0.20
unused: 1.0
train: {lr: 1e-5, seed: 07}
samples: [s1, "s 2"]
Y
pipeline <<'INI'
[pipeline]
params_file = p.yaml
[params]
id = 1
[stage:a]
command = printf '%s\n' {{params.id}} {{params.rate}} {{config.t.lr}} {{params.samples}} > {{output.o}}
config.t = {{params.train}}
output.o = a.txt
[stage:per]
command = echo {{each.s}} > {{output.o}}
foreach.s = {{params.samples}}
output.o = o.txt
INI
run_ok
expect_file "$(stage_dir a)/a.txt" $'1234567890123456789\n0.20\n1e-5\ns1\ns 2'
same "$(manifest a '.config["t.seed"]')" 07
run_ok
ran

# Only the text of a value that a stage uses counts.
sed -i 's/unused: 1.0/# more\nunused: 1.00/; s/rate: 0.20/rate:   0.20/' p.yaml
run_ok
ran
sed -i 's/0.20/0.2/' p.yaml
run_ok
ran a
expect_reasons a command_changed

# A list of the command line, and one of a file beside us.
run_ok -p $'samples=s1\nnew'
ran a per/new
mkdir lists
printf 's1\r\n\nx y\r\n' >lists/l.txt
run_ok -C lists -f ../pipeline.ini -p samples=@l.txt
ran a per/x_y
run_ok -p samples=@@home
ran a per/@home
expect_file "$(stage_dir per)/@home/o.txt" @home
run_fails 2 -p samples=@none.txt
expect_err "none.txt"

printf 'rate: 1\nrate: 2\n' >p.yaml
run_fails 2
expect_err "^p.yaml:2: parameter 'rate' is given twice, first in line 1$"
