/* What a stage says by StageIO, as its log has it: what it logged and then notes for its manifest,
 * or the other way round, stands there once. */
#ifndef BASE_SAID_H
#define BASE_SAID_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/logline.h"

struct said {            /* the warning or error that came last */
	struct buf text; /* "": none did */
	enum log_level level;
	bool is_note; /* it was noted, not only logged */
};

/* Is it what came last, told in the other way? detail: of a note's exception; "": none. */
bool said_again(struct said *said, bool is_note, enum log_level level, const char *text,
	const char *detail);
void said_free(struct said *said);

#endif
