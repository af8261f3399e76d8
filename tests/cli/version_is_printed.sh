#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

run_ok --version
expect_out '^restage [0-9]+\.[0-9]+\.[0-9]+$'
