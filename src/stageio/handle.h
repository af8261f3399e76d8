/* What is behind the opaque handle. */
#ifndef STAGEIO_HANDLE_H
#define STAGEIO_HANDLE_H

#include <pthread.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/said.h"
#include "stageio.h"
#include "stageio/event.h"
#include "stageio/logs.h"
#include "stageio/manifest.h"
#include "stageio/place.h"

struct phase {
	char *name; /* NULL: there is none */
	int64_t begun_mono_ns;
	struct usage begun;
	double resident_mb; /* at its beginning */
};

struct stageio {
	/* guards all but flags and place, which (place.root apart) never change */
	pthread_mutex_t lock;
	struct place place;
	unsigned flags;
	enum stageio_level level;
	struct buf said; /* what is said once, a line each */
	struct phase phase;
	int events; /* descriptor of the runner's events file; -1 without a runner */
	/* without a runner */
	struct logs logs;
	struct said last;
	struct manifest manifest;
	int64_t begun_mono_ns;
};

/* Ends the event, and tells the runner, or takes it into the manifest and logs. `code` is that of
 * making it: other than STAGEIO_OK, nothing is told. */
int handle_deliver(stageio *io, struct event *event, int code);
/* Is it the first time that this is to be said? True if memory runs out. */
bool handle_says_first(stageio *io, const char *text);

#endif
