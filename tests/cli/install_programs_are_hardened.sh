#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

hardened() {
	{
		readelf -hldW "$1"
		readelf --dyn-syms -W "$1"
	} >elf
	found -E '^ +Type: +DYN' elf || fail "$1 lies at a fixed address"
	found GNU_RELRO elf || fail "$1 leaves its tables writable"
	found -E 'BIND_NOW|Flags:.* NOW' elf || fail "$1 binds symbols later, through writable tables"
	found -E 'GNU_STACK .* RW ' elf || fail "$1 has an executable stack"
	found __stack_chk_fail elf || fail "$1 was compiled without stack protector"
	found -E '__(memcpy|vsnprintf|snprintf|read|realpath|readlink)_chk' elf || fail "$1 was compiled without FORTIFY"
}
hardened "$RESTAGE"
hardened "$BUILD/restage-attempt"
hardened "$BUILD/stageio"
hardened "$BUILD/lib/libstageio.so"
found -E 'Flags:.* PIE' elf && fail 'a library is no program'
readelf -dW "$RESTAGE" | found -E 'Flags:.* PIE'
