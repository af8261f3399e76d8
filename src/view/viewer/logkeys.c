#include "view/viewer/logkeys.h"

#include <string.h>

#include "base/text.h"

#define SEQUENCE_MAX 32

static enum key_kind of_letter(char letter)
{
	switch (letter) {
	case 'A':
		return KEY_UP;
	case 'B':
		return KEY_DOWN;
	case 'C':
		return KEY_RIGHT;
	case 'D':
		return KEY_LEFT;
	case 'H':
		return KEY_HOME;
	case 'F':
		return KEY_END;
	default:
		return KEY_UNKNOWN;
	}
}

/* "\033[5~" */
static enum key_kind of_number(const char *digits)
{
	switch (*digits) {
	case '1':
	case '7':
		return digits[1] == '~' || digits[1] == ';' ? KEY_HOME : KEY_UNKNOWN;
	case '4':
	case '8':
		return KEY_END;
	case '5':
		return KEY_PAGE_UP;
	case '6':
		return KEY_PAGE_DOWN;
	default:
		return KEY_UNKNOWN;
	}
}

/* Behind the escape: "[A", "OA", "[1;5A", "[5~". */
static size_t take_sequence(const char *bytes, size_t len, bool is_idle, struct key *key)
{
	if (bytes[1] == 'O') {
		if (len < 3)
			return is_idle ? len : 0;
		key->kind = of_letter(bytes[2]);
		return 3;
	}
	for (size_t i = 2; i < len && i < SEQUENCE_MAX; i++) {
		if (bytes[i] < 0x40 || bytes[i] > 0x7e)
			continue;
		key->kind = bytes[i] == '~' ? of_number(bytes + 2) : of_letter(bytes[i]);
		return i + 1;
	}
	return is_idle || len >= SEQUENCE_MAX ? len : 0;
}

static size_t take_text(const char *bytes, size_t len, bool is_idle, struct key *key)
{
	static const unsigned char lengths[] = {1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 3, 4};
	size_t expected = lengths[(unsigned char)bytes[0] >> 4];
	size_t valid = text_utf8_len((const unsigned char *)bytes, len);

	if (!valid)
		return expected > len && !is_idle ? 0 : 1;
	key->kind = KEY_TEXT;
	memcpy(key->text, bytes, valid);
	return valid;
}

size_t logkeys_take(const char *bytes, size_t len, bool is_idle, struct key *key)
{
	*key = (struct key){.kind = KEY_UNKNOWN};
	if (!len)
		return 0;
	switch (bytes[0]) {
	case '\033':
		if (len > 1 && (bytes[1] == '[' || bytes[1] == 'O'))
			return take_sequence(bytes, len, is_idle, key);
		if (len == 1 && !is_idle)
			return 0;
		key->kind = KEY_ESCAPE;
		return 1;
	case '\r':
	case '\n':
		key->kind = KEY_ENTER;
		return 1;
	case '\t':
		key->kind = KEY_TAB;
		return 1;
	case 0x7f:
	case '\b':
		key->kind = KEY_BACKSPACE;
		return 1;
	default:
		break;
	}
	if (bytes[0] > 0 && bytes[0] < 27) {
		key->kind = KEY_CONTROL;
		key->text[0] = (char)(bytes[0] + 'a' - 1);
		return 1;
	}
	if ((unsigned char)bytes[0] < ' ')
		return 1;
	return take_text(bytes, len, is_idle, key);
}
