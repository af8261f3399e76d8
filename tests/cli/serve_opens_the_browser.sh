#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = true
INI
mkdir bin
cat >bin/look <<SH
#!/bin/sh
echo "\$1" >$PWD/opened
exec sleep 1
SH
chmod +x bin/look

# what it starts holds it up with nothing, and gets the address that is printed
BROWSER="$PWD/bin/look" "$RESTAGE" serve --open >address 2>told &
server=$!
wait_until test -s opened
same "$(cat opened)" "$(cat address)"
same "$(cat told)" ""
kill $server
wait $server || true

BROWSER=nosuch "$RESTAGE" serve --open >address 2>told &
server=$!
wait_until grep -q "cannot start 'nosuch' (No such file or directory): open the address yourself" told
grep -q '^http://127' address
kill $server
wait $server || true
