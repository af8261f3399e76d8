#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
export PATH=$BUILD:$PATH

pipeline <<'INI'
[prices]
stage_hour = 0
b.stage_hour = 360 EUR
b.gpu_hour = 720
currency = EUR
[pools]
gpu = 4
[stage:a]
command =
	stageio cost --quantity 1200 --unit requests 0.25 EUR calls
	stageio cost 1.5 USD storage
	for i in $(seq 300); do
		echo '{"event":"cost","amount":0.01,"currency":"USD","what":"tokens","quantity":2,"unit":"k"}'
	done >> $STAGEIO_EVENTS
[stage:b]
foreach.n = 1..2
command = sleep 0.1
gpu = 2
[stage:retried]
command = stageio cost 1 USD call; test -e once || { touch once; exit 1; }
track_command = no
retries = 1
retry_delay = 0
INI
run_ok
expect_manifest a '.resources | (has("cost") | not) and .costs[0] == {amount: 0.25, currency: "EUR",
	what: "calls", quantity: 1200, unit: "requests"} and (.costs | length) <= 101 and
	([.costs[] | select(.what == "tokens")] | ([.[].amount] | add * 100 | round) == 300 and
	([.[].quantity] | add) == 600)'
# a stage hour and two GPUs, for a tenth of a second and more
# shellcheck disable=SC2016 # jq's
expect_manifest b/1 '.duration_seconds as $s | .resources | .currency == "EUR" and
	([.costs[] | [.what, .unit]] == [["gpu_hour", "h"], ["stage_hour", "h"]]) and
	((.costs[0].amount - 0.4 * $s | fabs) < 1e-6) and ((.cost - 0.5 * $s | fabs) < 1e-6)'
expect_manifest retried '.resources.costs | length == 1'

# a and both attempts of the last stage paid USD
usd=6.50
expect_err "^4 ran in .*, cost ([0-9.]+ EUR, $usd USD|$usd USD, [0-9.]+ EUR)\$"
pipeline_log | found -E "💰 Cost: .*$usd USD"
log_of a | found -E '\] Cost: 0.25 EUR, 4.50 USD$'
same "$(run_record | jq -c 'select(.event == "run_end") | [.cost, .currency, .costs.USD]')" '[null,null,6.5]'
same "$(run_record | jq -c 'select(.event == "done" and .stage == "retried") | [.cost, .currency]')" '[1,"USD"]'
same "$(run_record | jq -c 'select(.event == "done" and .stage == "a").costs')" '{"EUR":0.25,"USD":4.5}'
run_ok show a
expect_out 'cost 0.25 EUR, 4.50 USD'
run_ok export --format prometheus
expect_out "^restage_run_cost\\{.*currency=\"USD\"\\} 6.5"

# the job's sum
run_ok -B run a retried
run_ok runs
expect_out "^[0-9_]+ +success .*, cost .*$usd USD"
expect_out '^cost of 2 runs: .* EUR, 12.00 USD$'
run_ok runs --json
same "$(jq -c '[.total.runs, .total.costs.USD, .runs[1].costs.USD]' "$out")" '[2,12,6.5]'

# names and amounts are looked at
pipeline <<'INI'
[pipeline]
budget = much
[prices]
gpu_hours = 1
asr.cpu_hour = 1
cpu_hour = -1
[stage:as]
command = true
INI
run_fails 2 check
expect_err "pipeline.ini:2: 'budget' is 'much': it takes what a run may cost, such as 5 EUR"
expect_err "pipeline.ini:4: \\[prices\\]: unknown key 'gpu_hours'; did you mean 'gpu_hour'\\?"
expect_err "pipeline.ini:5: \\[prices\\]: there is no stage 'asr'; did you mean 'as'\\?"
expect_err "pipeline.ini:6: 'cpu_hour' is '-1': it takes a price such as 0.05, or 0.05 EUR"
