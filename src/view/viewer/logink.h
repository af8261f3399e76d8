/* The colours and other attributes of a text on a terminal: SGR sequences read and written. */
#ifndef VIEW_LOGINK_H
#define VIEW_LOGINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

enum ink_attribute {
	INK_BOLD = 1,
	INK_FAINT = 2,
	INK_ITALIC = 4,
	INK_UNDERLINE = 8,
	INK_REVERSE = 16,
	INK_STRIKE = 32,
};

struct ink {
	uint32_t fore, back; /* 0: the terminal's own; 1 to 256: of the palette; INK_RGB | 0xrrggbb */
	uint32_t attributes;
};

#define INK_RGB 0x1000000u
#define INK_PALETTE(n) ((uint32_t)(n) + 1)

/* Bytes of the SGR sequence at text, 0 if none is there. */
size_t ink_sequence(const char *text, size_t len);
/* What such a sequence makes of the ink; a reset gives `plain`. What hides text or makes it blink is
 * passed over. */
void ink_apply(struct ink *ink, const struct ink *plain, const char *sequence, size_t len);
bool ink_eq(const struct ink *a, const struct ink *b);
/* Appends the sequence that sets just this. */
void ink_add(struct buf *out, const struct ink *ink);

#endif
