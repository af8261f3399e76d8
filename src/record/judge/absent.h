/* Files that count as absent although something may lie there: those of a stage that was skipped,
 * or failed where that is allowed, and a file that is read only in the place of such ones. */
#ifndef RECORD_ABSENT_H
#define RECORD_ABSENT_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct graph;
struct record;
struct stamp;
struct stamps;

/* Does the stage that left this record make nothing? One that is up to date goes by its last
 * success, whatever came of later attempts. */
bool absent_is_maker(
	const struct graph *graph, uint32_t stage, const struct record *record, bool is_fresh);
/* Does the stage make the file, or the directory in which it lies? */
bool absent_makes(const struct graph *graph, uint32_t maker, uint32_t file);
/* What the stage reads of what `maker` makes, or of what lies in that, is absent from now on. */
void absent_set(const struct graph *graph, struct stamps *stamps, uint32_t maker, uint32_t stage);
/* The same by the records of all stages that this one needs. */
void absent_look(
	struct arena *arena, const struct graph *graph, struct stamps *stamps, uint32_t stage);
/* The file of an input as the stage sees it. `use` is an index in graph->uses. */
const struct stamp *absent_stamp(
	const struct graph *graph, const struct stamps *stamps, uint32_t stage, uint32_t use);
/* Is an input that is absent in this way no mistake, since others of its label are there? */
bool absent_is_left_out(
	const struct graph *graph, const struct stamps *stamps, uint32_t stage, uint32_t use);

#endif
