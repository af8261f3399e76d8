/* The logs that the library writes when there is no runner: stage.log in the stage's directory, and
 * the job's newest pipeline log, logs/99_pipeline_<time>.log, which gets all but DEBUG. */
#ifndef STAGEIO_LOGS_H
#define STAGEIO_LOGS_H

#include "base/logline.h"

struct place;

struct logs {
	int stage, pipeline; /* descriptors, -1 until something is written */
};

int logs_begin(const struct place *place); /* an empty stage.log */
int logs_write(
	struct logs *logs, const struct place *place, enum log_level level, const char *message);
/* One line into the pipeline log only, which is the pipeline's own: no stage's. */
int logs_write_pipeline(
	struct logs *logs, const struct place *place, enum log_level level, const char *line);
void logs_close(struct logs *logs);

#endif
