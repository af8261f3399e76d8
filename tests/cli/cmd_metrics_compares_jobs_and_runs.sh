#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[pipeline]
job = {{params.model}}
[params]
model = small
rate = 0.1
same = 1
[stage:train]
command = cp {{config.rate}}.json {{output.scores}}
output.scores = scores.json
config.rate = {{params.rate}}
metrics = scores
[stage:eval]
command = cp table.csv {{output.table}}; echo x >{{output.x}}
input.t = table.csv
output.table = table.csv
output.x = {{root}}/dist/x.txt
INI
echo '{"wer": 0.25, "by": {"de": 3, "name": "a"}, "list": [1, 2], "none": null}' >0.1.json
echo '{"wer": 0.20, "by": {"de": 3}}' >0.2.json
printf 'epoch,loss\n1,3\n2,1.5\n' >table.csv
run_ok metrics
expect_err 'no numbers'
run_ok
run_ok -p model=large -p rate=0.2 run
same "$(jq -c .metrics out/large/01_train/manifest.json)" '{"wer":0.2,"by.de":3}'

# jobs beside each other, with the parameters that differ
run_ok metrics
same "$(cat "$out")" "job    model  rate  train.wer  train.by.de
large  large  0.2         0.2            3
small  small  0.1        0.25            3"
run_ok metrics --sort=-wer --csv
same "$(tr -d '\r' <"$out")" "job,model,rate,train.wer,train.by.de
small,small,0.1,0.25,3
large,large,0.2,0.2,3"
run_ok metrics --sort rate
expect_out '^job'
same "$(sed -n 2p "$out" | cut -d' ' -f1)" small
run_ok --job small,large metrics
expect_out '^large +large'
expect_out '^small +small'
run_ok --job all metrics
expect_out '^large +large'
run_ok metrics --diff small large
expect_out '^rate +0.1 -> 0.2$'
expect_out '^train.wer +0.25 -> 0.2  -0.05 \(-20%\)$'
expect_no_out 'by.de'
run_ok metrics --diff --json small large
jq -e '.schema == "restage.metrics/1" and .rows[1].params.same == "1"
	and (.changes | map(select(.metric)) == [{"metric": "train.wer", "before": 0.25, "after": 0.2, "change": -0.04999999999999999}])' "$out" >/dev/null
run_ok metrics small
same "$(cat "$out")" "train.wer    0.25
train.by.de  3"
run_ok diff small large
expect_out '^ *metric +wer: 0.25 -> 0.2 \(-20%\)$'

run_ok --job small report -o page.html
python3 - <<'PY'
import json, re
data = json.loads(re.search(r'<script[^>]*id="data"[^>]*>(.*?)</script>', open("page.html").read(), re.S)[1])
train = next(one for one in data["stages"] if one["name"] == "train")
assert train["manifest"]["metrics"] == {"wer": 0.25, "by.de": 3}, train["manifest"]
done = [line for run in data["runs"] for line in run["record"] if line["event"] == "done" and line["stage"] == "train"]
assert done[0]["metrics"] == {"wer": 0.25, "by.de": 3}, done
assert data["runs"][0]["record"][0]["params"]["rate"] == "0.1"
PY

# files that are called metrics only later are read where they are
sed -i 's/^output.table.*/&\nmetrics = table.csv/' pipeline.ini
run_ok status -q
run_ok metrics --metric 'eval.*' small
same "$(cat "$out")" "eval.epoch  2
eval.loss   1.5"

# over the runs of a job; one that made no numbers is left out, and one that reported less has less
echo '{"wer": 0.5}' >0.1.json
run_ok
run_ok
printf 'set,wer,cer\ndev,3,4\ntest,5,x\n' >table.csv
run_ok
run_ok metrics --runs
same "$(sed 's/[0-9]*_[0-9_]*/RUN/; s/  *$//' "$out" | tr -s ' ')" "run eval.dev.cer eval.dev.wer eval.test.wer train.by.de train.wer
RUN - - - 3 0.25
RUN - - - - 0.5
RUN 4 3 5 - 0.5"
rm -r out/small/.restage
run_ok metrics --runs --diff --metric wer
expect_out '^no metric differs$'
run_ok metrics --runs --diff
expect_out '^eval.dev.cer +- -> 4$'
run_ok diff
expect_out '^ *metric +dev.wer: added, .*3'

# a broken file is a warning, never a failed stage
echo '{"wer": 0.5' >0.1.json
run_ok
expect_err "train: warning: metrics of 'out/small/01_train/scores.json' are not recorded: line 2: "
same "$(jq -c 'has("metrics")' out/small/01_train/manifest.json)" false
run_ok metrics small
expect_no_out train
expect_err 'not recorded'

run_fails 2 metrics smal
expect_err "job 'smal' was never run; did you mean 'small'"
run_fails 2 --job smal metrics
expect_err "never run"
run_fails 2 metrics --sort dev
expect_err "no metric or parameter 'dev'"
run_fails 2 metrics --runs a b
run_fails 2 metrics --runs --diff --sort wer
run_ok metrics --runs --sort wer
same "$(sed 's/^[0-9_]* *//; 1d; s/  */ /g' "$out" | awk '{ print $NF }' | xargs)" "0.25 0.5 0.5 -"
run_ok -C out metrics small
sed -i 's/metrics = table.csv/metrics = x tabel/' pipeline.ini
run_fails 2 check
expect_err "pipeline.ini:[0-9]+: .*takes files called .json"
expect_err "'metrics' is 'tabel', which is no output of the stage; did you mean 'table'"
