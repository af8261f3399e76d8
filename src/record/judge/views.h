/* Views: by what an output is judged where those who read it are concerned, if its bytes hold dates
 * or command lines.
 *
 * A view is a command, and says of a content what it prints. The digests of the two are a pair, by
 * which contents are the same for a reader. Pairs stand in manifests, the maker's and the readers',
 * and are remembered in the job's .restage: those of a view that is new, or another than when the
 * manifests were written. Where a view failed the pair is of the content and itself: the bytes
 * count. */
#ifndef RECORD_VIEWS_H
#define RECORD_VIEWS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/digest.h"

struct attempt_file;
struct buf;
struct graph;
struct judge;
struct record;
struct verdict;
struct views;

/* Borrows the graph, whose places are where things are. NULL: it has no views, and all of what
 * follows may be given that. */
struct views *views_new(const struct graph *graph);
void views_free(struct views *views);
/* The graph has grown: it had `old` stages. */
void views_grow(struct views *views, uint32_t old);
const struct graph *views_graph(const struct views *views);

/* What the view of the file prints of that content. False: not known, or it has no view. */
bool views_find(
	struct views *views, uint32_t file, const struct digest *content, struct digest *out);
/* Which pair it is, for those who ask for it. */
struct digest views_key(const struct views *views, uint32_t file, const struct digest *content);
void views_add(struct views *views, uint32_t file, const struct digest *content,
	const struct digest *view);
/* Takes the pairs that the record has of what the stage reads. */
void views_learn(struct views *views, uint32_t stage, const struct record *record);
/* Takes what is to be recorded of the file beside its checksum, if that is known. */
void views_take(struct views *views, uint32_t file, struct attempt_file *attempt_file);

/* Recorded inputs whose bytes are others now, but which their views show as the same, count as they
 * are now. Those of which that is not known are asked for, if the judge may, or hoped to be the
 * same, if it may: out->unsure. The files have been looked at. */
void views_adopt(const struct judge *judge, uint32_t stage, const struct record *record,
	struct verdict *out);

/* Where views are others than in the stage's manifest in `dir`, and what they print of the recorded
 * contents is known: makes the manifest's text with that. False: there is nothing to renew. */
bool views_renew(struct views *views, uint32_t stage, const struct record *record, const char *dir,
	struct buf *out);

/* Are there pairs that are not remembered yet? */
bool views_are_new(const struct views *views);
/* Remembers the pairs that are new. state_fd: the job's .restage. What cannot be written is asked
 * again. */
void views_write(struct views *views, int state_fd);

#endif
