/* `accept NEW --was OLD`: a stage that the definition calls otherwise now takes over what it made
 * under its former name. The graph as it would be under the old name says what is still up to date;
 * manifests, of the stage itself and of those that read its files, then get the new one. */
#ifndef RUN_ACCEPT_RENAME_H
#define RUN_ACCEPT_RENAME_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct buf;
struct err;
struct graph;

struct renaming {
	const struct graph *before, *now; /* alike but for the name and its places */
	const char *was, *is;             /* names of the declaration */
	const char *old_dir, *new_dir;    /* its directories */
};

/* `wanted` are all stages of one declaration. EXIT_USAGE, with the remedy, where that cannot have
 * been `was`. Everything is in the arena. */
int rename_find(struct arena *arena, const struct graph *graph, const bool *wanted, const char *was,
	struct renaming *out, struct err *err);
/* Does the stage have to do with the old name: is it the one, or does it read its files? */
bool rename_concerns(const struct renaming *rename, uint32_t stage);
/* Puts the new name into the manifest in `text`. is_accepted: its acceptance is of just now. */
int rename_manifest(struct arena *arena, const struct renaming *rename, uint32_t stage,
	bool is_accepted, struct buf *text, struct err *err);

#endif
