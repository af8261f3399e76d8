/* Plain text searched for in lines, as less -i does: capitals are the same as small letters unless the
 * sought text has a capital. Letters beyond ASCII too: Latin, Greek, Cyrillic. */
#ifndef VIEW_LOGMATCH_H
#define VIEW_LOGMATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct logmatch {
	struct buf text; /* empty: nothing is sought */
	bool folds;
};

void logmatch_set(struct logmatch *match, const char *text, size_t len);
void logmatch_free(struct logmatch *match);

/* Makes small letters of capitals, in place, if the search wants it: once for each text that is
 * searched. No byte moves. */
void logmatch_prepare(const struct logmatch *match, char *text, size_t len);
/* Where the next match begins in a prepared text, SIZE_MAX if there is none; it is text.len long. */
size_t logmatch_find(const struct logmatch *match, const char *text, size_t len, size_t from);

#endif
