/* File names in JSON.
 *
 * A Linux file name is any bytes but '/' and NUL; a JSON string is Unicode. Names that are valid
 * UTF-8 are written as they are. Every byte that is not part of a valid sequence is written as one
 * character of U+EF80..U+EFFF (0xEF80 + (byte - 0x80)), a private range that MirBSD's OPTU encoding
 * uses for the same purpose; a name that contains such a character itself has the three bytes of it
 * escaped in the same way, so that the mapping can be undone for every name. */
#ifndef BASE_NAME_H
#define BASE_NAME_H

#include <stddef.h>

struct arena;
struct buf;

void name_to_json(struct buf *out, const char *name);   /* bytes -> valid UTF-8 */
void name_from_json(struct buf *out, const char *text); /* the inverse */
/* The same, in the arena; NULL for NULL. */
const char *name_decoded(struct arena *arena, const char *text);

#endif
