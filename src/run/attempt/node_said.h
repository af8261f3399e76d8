/* What a stage says by StageIO while it runs on a node: lines for its log, at their time, as
 * engine/stage_events.c makes them of what runs here. All else that a stage reports is left to the
 * head. */
#ifndef RUN_NODE_SAID_H
#define RUN_NODE_SAID_H

#include <stdbool.h>
#include <stdint.h>

#include "base/logline.h"

struct launch;
struct node_said;

/* Called for each line, with the time that the stage gave it. */
typedef void node_said_fn(void *ctx, enum log_level level, int64_t wall_ns, const char *text);

/* The launch is borrowed until the end. */
struct node_said *node_said_begin(const struct launch *launch, node_said_fn *take, void *ctx);
/* Takes a piece of what is new; tells whether there may be more. at_end: it has ended. */
bool node_said_read(struct node_said *said, bool at_end);
void node_said_end(struct node_said *said);

#endif
