/* A file to which lines are appended while a run goes on: collected, and written when the last
 * writing was a moment ago, else within that moment, or when there are many. The first failure is
 * kept, and nothing is written after it. */
#ifndef VIEW_LOGSINK_H
#define VIEW_LOGSINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "run/engine/listener.h"

/* All zero, but for fd -1 and moment_ns, before logsink_open. */
struct logsink {
	struct buf text; /* whole lines, not written yet */
	struct err err;
	char *path; /* owned; NULL: not opened yet */
	int fd;
	int64_t moment_ns;  /* between two writings, at least */
	int64_t written_ns; /* monotonic: of the last one */
};

/* Creates the file, with its directory. What was collected before goes behind what is collected
 * next: gives it, the caller's. flags: of open, beside those to append. */
struct buf logsink_open(struct logsink *sink, const char *path, int flags);
/* Is there a lot to write? */
bool logsink_is_full(const struct logsink *sink);
/* Writes now. */
void logsink_write(struct logsink *sink, int64_t mono_ns);
/* After something was added: is it time to write? */
bool logsink_is_due(const struct logsink *sink, int64_t mono_ns);
/* In how many milliseconds it is, at least 1; 0: now. */
int logsink_left_ms(const struct logsink *sink, int64_t mono_ns);
/* Quotas and network file systems tell of what they could not keep only when a file is closed. */
void logsink_close(struct logsink *sink);
void logsink_free(struct logsink *sink); /* writes what is left, and closes */

/* Stages that are up to date or disabled: held back as numbers until the first stage starts. */
struct held {
	int64_t ns; /* by the clock of whoever holds it */
	uint32_t stage;
	bool is_disabled;
};

struct held_list {
	struct held *items;
	uint32_t count, cap;
};

void held_add(struct held_list *list, const struct run_event *event, int64_t ns);
void held_free(struct held_list *list);
/* Does the event show that this is more than a run in which nothing had to run? */
bool held_is_start(const struct run_event *event);

#endif
