#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
# Modules below the root: with StageIO those that were imported, without it those that the command shows.
export PYTHONPATH=$SOURCE/src/stageio PYTHONDONTWRITEBYTECODE=1
mkdir -p stages/tools .venv/lib/python3/site-packages
touch stages/__init__.py stages/tools/__init__.py
echo 'value = 1' | tee stages/tools/text.py unused.py >.venv/lib/python3/site-packages/installed.py
cat >stages/asr.py <<'PY'
import os, sys
from stageio import StageIO
from stages.tools import text
sys.path.append(".venv/lib/python3/site-packages")
import installed
io = StageIO()
with open(io.get_output_path("o.txt"), "w") as file:
    file.write(str(text.value))
if "late" in sys.argv:
    import unused
if "end" in sys.argv:
    io.finalize("success")
PY
cat >stages/__main__.py <<'PY'
import importlib, sys
importlib.import_module("stages." + sys.argv[1])
PY
mkdir plain
echo 'import plain.words' >plain/__main__.py
touch plain/__init__.py plain/words.py
pipeline <<'INI'
[stage:asr]
command = python3 -m stages asr end
output.o = o.txt
[stage:late]
command = cd / && cd {{root}} && python3 -m stages asr late
output.o = o.txt
[stage:plain]
command = python3 -m plain && touch {{output.o}}
output.o = o.txt
INI
run_ok
inputs() {
	manifest "$1" '.inputs[] | "\(.type) \(.path) \(.origin)"' | sort
}
same "$(inputs asr)" 'program stages/__init__.py command
program stages/__main__.py command
program stages/asr.py reported
program stages/tools/__init__.py reported
program stages/tools/text.py reported'
same "$(inputs late)" "$(inputs asr)
program unused.py reported"
same "$(inputs plain)" 'program plain/__init__.py command
program plain/__main__.py command'
run_ok
ran

echo '# better' >>stages/tools/text.py
run_ok -n
expect_out 'asr .*input stages/tools/text.py changed'
run_ok
ran asr late
expect_reason asr input_changed stages/tools/text.py
echo '# other' | tee -a unused.py .venv/lib/python3/site-packages/installed.py plain/words.py >/dev/null
run_ok
ran late
echo '# other' >>plain/__init__.py
run_ok
ran plain
run_ok status -q
