/* Up to date by the index alone: the key, the manifest and every file are as they were when the stage was
 * last found up to date. Then its manifest need not be read. Anything else is judged by the manifest. */
#ifndef RECORD_FRESH_H
#define RECORD_FRESH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct fs_stat;
struct graph;
struct index;
struct stamps;
struct verdict_files;

struct fresh {
	const struct graph *graph;
	const struct index *index; /* of this very graph, which the stamps have adopted; NULL: nothing may be */
	struct stamps *stamps;
	const bool *forced;         /* by stage; NULL: none is */
	const bool *is_interrupted; /* by stage; NULL: none is */
	struct fs_stat *manifests;  /* by stage, filled in by fresh_prefetch; owned */
};

/* Whether it is worth looking at the stage's files to find out. */
bool fresh_may_be(const struct fresh *fresh, uint32_t stage);
/* stamps_look for the files, and with them stat of the manifests of wanted stages, each right after an output
 * beside it, while the directory is at hand. Waits. */
void fresh_prefetch(struct fresh *fresh, const bool *wanted, const uint32_t *ids, size_t count);
/* What has to be known for fresh_is(): files of which content counts, and such as need only be seen. In the
 * arena. */
void fresh_files(const struct fresh *fresh, uint32_t stage, struct arena *arena, struct verdict_files *files);
/* versions: outputs of the stage's version commands, NULL without any. All its files are known. */
bool fresh_is(const struct fresh *fresh, uint32_t stage, const char *const *versions);
void fresh_end(struct fresh *fresh);

#endif
