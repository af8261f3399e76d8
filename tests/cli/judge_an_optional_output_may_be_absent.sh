#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}; if grep -q more {{input.i}}; then cp {{input.i}} {{output.p}}; fi
input.i = in.txt
output.o = a.txt
output.p = p.txt
output.p.optional = yes
INI
echo 1 >in.txt
run_ok
expect_no_file "$(stage_dir a)/p.txt"
run_ok
ran
echo more >in.txt
run_ok
expect_file "$(stage_dir a)/p.txt" more
run_ok
ran
echo less >in.txt
run_ok
expect_no_file "$(stage_dir a)/p.txt"
run_ok
ran

# What lies there and is not the stage's is kept aside, whether somebody changed what it made, or put it there.
echo more >in.txt
run_ok
echo mine >"$(stage_dir a)/p.txt"
echo less >in.txt
run_ok
expect_err 'a.*p.txt.*is kept as .out/pipeline/replaced'
expect_no_file "$(stage_dir a)/p.txt"
same "$(cat out/pipeline/replaced/*/01_a/p.txt)" mine
run_ok
ran
echo 'mine, too' >"$(stage_dir a)/p.txt"
run_ok status
expect_out 'p.txt is there now'
run_ok
ran a
expect_no_file "$(stage_dir a)/p.txt"
same "$(cat out/pipeline/replaced/*/01_a/p.txt | sort)" "$(printf '%s\n' mine 'mine, too')"
run_ok
ran
mkdir -p "$(stage_dir a)/p.txt"
echo deep >"$(stage_dir a)/p.txt/x"
run_ok
expect_no_file "$(stage_dir a)/p.txt"
grep -rq deep out/pipeline/replaced || fail 'what lay in the directory is lost'
run_ok
ran
