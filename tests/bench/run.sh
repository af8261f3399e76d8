#!/usr/bin/env bash
# The benchmark: the same graphs built by restage and by each peer on PATH, as a table in Markdown. It is
# no test: nothing waits for it and nothing limits its time. The figures of a busy machine mean little.
#
#   tests/bench/run.sh [--sizes 100,1000,10000,100000] [--runs 5] [--peers ninja,make] [--out FILE] …
#   tests/bench/run.sh --render A.json B.json
#   tests/bench/run.sh --help
#
# With --out FILE, what is measured so far can be read there, and each single figure in FILE.json: --render
# makes one report of several sittings.
# Without --restage FILE, the release build is made first. Hashing is compared with xxhsum (xxhash).
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)

case " $* " in
*" --restage"* | *" --render "* | *" --help "* | *" -h "*) ;;
*)
	(cd "$root" && cmake --preset release -B build/bench && cmake --build build/bench) >&2
	;;
esac
exec python3 "$root/tests/bench/bench.py" "$@"
