/* What the pipeline log says of a stage when there is no runner to say it: the lines of a runner,
 * as far as they can be known. */
#ifndef STAGEIO_NARRATE_H
#define STAGEIO_NARRATE_H

#include "base/json.h"

struct logs;
struct place;

/* They give a code. */
int narrate_begin(struct logs *logs, const struct place *place);
/* The newest input of the manifest; the first twenty are named. */
int narrate_input(struct logs *logs, const struct place *place, const json *manifest);
/* The outputs, and how it ended. manifest: NULL if none is kept. */
int narrate_end(struct logs *logs, const struct place *place, const json *manifest,
	const char *status, double seconds);

#endif
