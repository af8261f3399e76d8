/* Temporary outputs: removed when all stages that read them are up to date, and made again only
 * when one of those must run. Nothing is written down when one goes: while it is not there it
 * counts as what the last success of its maker recorded, for the maker and for all that read it. */
#ifndef RECORD_SPENT_H
#define RECORD_SPENT_H

#include <stdbool.h>
#include <stdint.h>

#include "record/judge/judge.h"

struct version;

/* What the success recorded of the stage's output number k; false: no content of it. */
bool spent_version(const struct graph *graph, uint32_t stage, uint32_t k, const struct basis *basis,
	struct version *out);
/* Temporary outputs of the stage that are not there count as that; so do files in one that is a
 * directory, which `reader` reads (NONE: nobody does). */
void spent_note(const struct graph *graph, struct stamps *stamps, uint32_t stage, uint32_t reader,
	const struct basis *basis);
/* Are all files in the directory that the reader reads known, as they were recorded? */
bool spent_is_listed(const struct graph *graph, struct stamps *stamps, uint32_t file,
	uint32_t reader, const struct version *version);
/* Files in the directory that the reader reads are looked at again. */
void spent_forget_inside(
	const struct graph *graph, struct stamps *stamps, uint32_t file, uint32_t reader);
/* The stage that made a file which counts so, for one that reads it. */
uint32_t spent_maker(const struct graph *graph, uint32_t reader, uint32_t file);
/* The same of one file. */
void spent_set(struct stamps *stamps, uint32_t file, const struct version *version);
/* The same of the stage and all that it needs, by their manifests. */
void spent_look(
	struct arena *arena, const struct graph *graph, struct stamps *stamps, uint32_t stage);

/* The input (an index in uses) of a stage that is temporary and gone; NONE. `from`: where to look
 * on. */
uint32_t spent_input(
	const struct graph *graph, const struct stamps *stamps, uint32_t stage, uint32_t from);

#endif
