#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

: "${SOURCE:?}"
mkdir bin
cat >bin/apt-get <<'SH'
#!/bin/sh
echo "$*" >>"$CALLS"
[ "$(wc -l <"$CALLS")" -gt 2 ] && exit "${APT_CODE:-0}"
echo "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 1 (apt)" >&2
exit 100
SH
printf '#!/bin/sh\nexit 1\n' >bin/dpkg-query
printf '#!/bin/sh\nexec "$@"\n' >bin/sudo
printf '#!/bin/sh\n' >bin/sleep
chmod +x bin/*
export PATH=$PWD/bin:$PATH CALLS=$PWD/calls
install() {
	rm -f calls
	sh -c '. "$1/examples/packages.sh"; need_packages one two' sh "$SOURCE" 2>"$err"
}
install || fail "it gave up"
expect_err 'installing one two'
same "$(grep -c update calls) $(grep -c 'install .*one two' calls)" "3 1"
same "$(grep -c 'waiting for another apt' "$err")" 1

# any other error ends it at once, and is shown
cat >bin/apt-get <<'SH'
#!/bin/sh
echo "$*" >>"$CALLS"
echo "E: Unable to locate package one" >&2
exit 100
SH
install && fail "it went on"
expect_err 'Unable to locate package one'
same "$(wc -l <calls)" 1
