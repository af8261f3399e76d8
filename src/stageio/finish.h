/* The end of a stage without a runner: what it made is looked at, what need not be kept is
 * removed. */
#ifndef STAGEIO_FINISH_H
#define STAGEIO_FINISH_H

#include <stdint.h>

#include "base/json.h"

struct place;

/* Puts status, duration and completed_at into the manifest. status: "success", "failed" or
 * "skipped"; a success whose outputs cannot all be found becomes failed, and the code says so.
 * begun_mono_ns 0: the beginning is what the manifest's timestamp says. */
int finish_manifest(
	json *manifest, const struct place *place, const char *status, int64_t begun_mono_ns);

#endif
