/* `list` and `show`: what is defined. */
#ifndef VIEW_LIST_TEXT_H
#define VIEW_LIST_TEXT_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct graph;
struct plan_stage;

/* `list`: a line a stage: number, name, description. wanted NULL: all. */
void list_text(struct buf *out, const struct graph *graph, const bool *wanted, bool color);

/* `show`: everything about one stage: where it is defined, command, files, config, limits, edges;
 * with what its last run cost if `planned` (may be NULL) knows. */
void show_text(struct buf *out, const struct graph *graph, uint32_t stage,
	const struct plan_stage *planned, bool color);

#endif
