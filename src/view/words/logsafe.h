/* A log as a terminal may have it, whatever a command has printed: colours (SGR sequences) stay,
 * and any other escape, control byte, invalid byte, and what turns the writing direction, is shown
 * as text ("\x1b"). */
#ifndef VIEW_LOGSAFE_H
#define VIEW_LOGSAFE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct logsafe {
	struct buf rest; /* has come, and may go on with what comes next */
	bool color;      /* or else colours are left out */
};

/* Appends what the next piece of the log adds to it: pieces may end anywhere. */
void logsafe_add(struct logsafe *safe, struct buf *out, const char *data, size_t len);
/* The log ends here; frees what was held. */
void logsafe_end(struct logsafe *safe, struct buf *out);

#endif
