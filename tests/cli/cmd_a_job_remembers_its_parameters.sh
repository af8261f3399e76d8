#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

cat >params.yaml <<'YAML'
model: small
YAML
pipeline <<'INI'
[pipeline]
params_file = params.yaml
[params]
language = en
model = tiny
title = {{params.language}} talk
words = a
[stage:a]
command = echo {{params.title}} >{{output.o}}
output.o = o.txt
[stage:b]
command = cat {{input.i}} >{{output.o}}; echo {{params.model}} {{params.words}} >>{{output.o}}
input.i = {{a.o}}
output.o = o.txt
INI
o() { echo "out/$1/02_b/o.txt"; }

# what is not run is not remembered, nor what is no parameter
run_ok --job two -p language=de run -n
run_fails 2 --job two -p lang=de run
expect_no_file out/two/params.json
run_ok --job two -p language=de run
expect_no_err remembers
same "$(jq -c . out/two/params.json)" '{"language":"de"}'
same "$(stat -c %a out/two/params.json)" 600
same "$(stat -c %a out/two/.restage/index)" 600

# every command starts from it, and says so
run_ok --job two run
expect_err "^restage: job 'two' remembers language=de$"
ran
run_ok --job two status -q
run_ok --job two replay b
expect_out 'all inputs are as recorded'
expect_file "$(o two)" "de talk
small a"
run_ok run
expect_file "$(o pipeline)" "en talk
small a"

# another value is changed for good; one for a look is not; a list is a list
run_ok --job two -p model=large -p words="$(printf 'x\ny z')" run
run_ok --job two run
ran
expect_err "remembers language=de, model=large \(params.yaml has small\), words=x.ny z$"
expect_file "$(o two)" "de talk
large x y z"
run_fails 1 --job two -p language=fr status -q
same "$(jq -r .language out/two/params.json)" de
run_ok --job two -p language=fr run
expect_no_err 'language=fr'
same "$(jq -c keys_unsorted out/two/params.json)" '["language","model","words"]'

# forgotten
run_fails 2 --job two --forget modell run
expect_err "job 'two' does not remember 'modell'"
run_fails 1 --job two --forget model status -q
run_ok --job two --forget model --forget words run
same "$(jq -c . out/two/params.json)" '{"language":"fr"}'
run_ok --job two --forget all run
expect_no_err remembers
expect_file "$(o two)" "en talk
small a"
run_ok --job two status -q

# a parameter that is not there any more is dropped by the next run that has one to add
run_ok --job two -p words=w run
sed -i 's/^words = a$/wörter = a/; s/params.words/params.wörter/' pipeline.ini
run_ok --job two run
run_ok --job two run
expect_no_err remembers
same "$(jq -c . out/two/params.json)" '{}'

# and one that is damaged is a mistake until it is dropped
echo '[1' >out/two/params.json
run_fails 2 --job two run
expect_err 'out/two/params.json: .*; --forget all begins anew'
run_ok --job two --forget all run
run_ok --job two run
