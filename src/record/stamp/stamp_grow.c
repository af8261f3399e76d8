/* The graph of a run has more files than before. */
#include <string.h>

#include "base/mem.h"
#include "model/graph/graph.h"
#include "record/stamp/stamp_part.h"

void stamps_grow(struct stamps *stamps)
{
	uint32_t old = stamps->known, first = stamps->count, count = stamps->graph->file_count;

	if (count > stamps->cap) {
		stamps->items = mem_grow(stamps->items, count, sizeof *stamps->items);
		stamps->cap = count;
	}
	memset(stamps->items + first, 0, (count - first) * sizeof *stamps->items);
	if (stamps->spent)
		stamps->spent = mem_enlarge(stamps->spent, old, count, sizeof *stamps->spent);
	if (stamps->absent)
		stamps->absent = mem_enlarge(stamps->absent, old, count, sizeof *stamps->absent);
	if (stamps->lent)
		stamps->lent = mem_enlarge(stamps->lent, old, count, sizeof *stamps->lent);
	stamps->known = stamps->count = count;
	for (uint32_t i = first; i < count; i++)
		stamps_add_key(stamps, i);
}
