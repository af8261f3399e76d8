/* From a path to the directories above it, and to what is known of them, while a graph is
 * finished. */
#ifndef MODEL_BUILD_ABOVE_H
#define MODEL_BUILD_ABOVE_H

#include <stdbool.h>
#include <stddef.h>

#include "model/graph/build_parts.h"

#define ABOVE_SEEN 64

struct above_seen {
	const char *path;
	size_t len;
	uint32_t text;
};

struct above_index {
	const struct build *build;
	struct table dirs; /* offset of a path -> the stage whose directory it is */
	/* neighbours in a definition have directories in common: these were looked up last, by
	 * length */
	struct above_seen seen[ABOVE_SEEN];
};

/* Where a walk is. */
struct above {
	const char *path; /* the first `len` bytes of it */
	size_t len;
	uint32_t text; /* offset of this path; NONE: nobody has named it */
};

void above_init(struct above_index *index, const struct build *build);
void above_free(struct above_index *index);

struct above above_start(const struct above_index *index, uint32_t path); /* at the path itself */
bool above_up(struct above_index *index, struct above *above); /* false: there is nothing above */
/* The directory where the next walks are likely to come by. */
void above_expect(struct above_index *index, uint32_t path);

/* Whose directory that path is, NONE if it is no stage's. */
uint32_t above_owner(const struct above_index *index, uint32_t path);
/* The stage that makes the file or directory of that path, NONE if no stage does. */
uint32_t above_producer(const struct above_index *index, uint32_t path);

#endif
