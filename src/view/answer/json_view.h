/* What `--json` prints: one document each, with a newline behind it, whose first member `schema`
 * names its form ("restage.status/1"). Members are only ever added to a schema; one that changes
 * its meaning gets a new number. Each is described in the file of its writer. File names as in
 * manifests (base/name.h); what is not known is null. */
#ifndef VIEW_JSON_VIEW_H
#define VIEW_JSON_VIEW_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct graph;
struct plan;
struct plan_stage;
struct why;

void json_status(struct buf *out, const struct plan *plan);            /* restage.status/1 */
void json_plan(struct buf *out, const struct plan *plan);              /* restage.plan/1: run -n */
void json_why(struct buf *out, const struct why *why, uint32_t stage); /* restage.why/1 */
/* restage.list/1; wanted NULL: all. */
void json_list(struct buf *out, const struct graph *graph, const bool *wanted);
/* restage.show/1; planned may be NULL. */
void json_show(struct buf *out, const struct graph *graph, uint32_t stage,
	const struct plan_stage *planned);

#endif
