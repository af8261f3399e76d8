/* Keys of a terminal, from the bytes that it sends. */
#ifndef VIEW_LOGKEYS_H
#define VIEW_LOGKEYS_H

#include <stdbool.h>
#include <stddef.h>

enum key_kind {
	KEY_TEXT,    /* a character: its bytes are in text */
	KEY_CONTROL, /* with Ctrl: text[0] is the letter, 'c' */
	KEY_ENTER,
	KEY_TAB,
	KEY_BACKSPACE,
	KEY_ESCAPE,
	KEY_UP,
	KEY_DOWN,
	KEY_LEFT,
	KEY_RIGHT,
	KEY_PAGE_UP,
	KEY_PAGE_DOWN,
	KEY_HOME,
	KEY_END,
	KEY_UNKNOWN, /* a sequence that means nothing here */
};

struct key {
	enum key_kind kind;
	char text[5];
};

/* The first key in bytes[len]: returns how many bytes it took, 0 if it is not whole yet. is_idle: no
 * more bytes are on their way, so that an escape alone is the key Esc. */
size_t logkeys_take(const char *bytes, size_t len, bool is_idle, struct key *key);

#endif
