/* The parts of the run record, for its own files only: runrecord.c listens and writes,
 * runrecord_stage.c has the lines about stages. */
#ifndef VIEW_RUNRECORD_PART_H
#define VIEW_RUNRECORD_PART_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json_write.h"
#include "view/files/files.h"
#include "view/files/logsink.h"

#define RUNRECORD_FILES_MAX 1000 /* of one kind in one line */

struct runrecord {
	struct logsink sink;
	const struct history *history; /* NULL: none */
	struct json_writer line;       /* into the sink */
	int64_t begin_ns;              /* mono: of RUN_BEGIN */
	int signal;                    /* the first that came, 0: none */
};

/* A line with event, at and the stage's name, to be filled further and finished. */
struct json_writer *runrecord_stage_line(
	struct runrecord *record, const struct run_event *event, const char *name);

void runrecord_start(struct runrecord *record, const struct run_event *event);
void runrecord_sample(struct runrecord *record, const struct run_event *event);
void runrecord_retry(struct runrecord *record, const struct run_event *event);
void runrecord_done(struct runrecord *record, const struct run_event *event);
void runrecord_fail(struct runrecord *record, const struct run_event *event);
/* A stage that is disabled (no attempt), or said itself that there was nothing to do. */
void runrecord_skip(struct runrecord *record, const struct run_event *event);

#endif
