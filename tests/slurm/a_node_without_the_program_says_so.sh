#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[slurm]
restage = /opt/nowhere/restage-attempt
[stage:a]
command = touch {{output.o}}
output.o = o
INI
run_fails 1 run --executor slurm
expect_err '/opt/nowhere/restage-attempt.*not found'
expect_manifest a '.errors | tojson | test("not found")'

# it is there, and cannot be loaded
: | cc -shared -x c - -o "$temp/libgone.so"
echo 'int main(void) { return 0; }' | cc -x c - -Wl,--no-as-needed -L"$temp" -lgone -Wl,-rpath,"$temp" -o "$temp/restage-attempt"
rm "$temp/libgone.so"
sed -i "s|^restage = .*|restage = $temp/restage-attempt|" pipeline.ini
run_fails 1 run --executor slurm
expect_err 'error while loading shared libraries: libgone.so'
expect_manifest a '.errors | tojson | test("error while loading shared libraries: libgone.so")'
