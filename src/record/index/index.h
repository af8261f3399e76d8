/* The state index: everything that a run in which nothing has to run needs, in one file.
 *
 * It holds the compiled definition (the graph, with what it was made from), per file what stat said when its
 * content was last known, with that content's digest, and per stage whether it was up to date by just those
 * digests, under which key, with which manifest. Then a no-op is: the definition's files unchanged, and
 * every tracked file and manifest unchanged, by one statx each; nothing is parsed.
 *
 * The index is derived: the manifests are the truth. Whatever is wrong with it (damaged, older, of another
 * build or machine, of another request), it is dropped, and everything is read anew. It is written whole,
 * aside and renamed, or what changed is appended (index_append). A stage of which anything differs from what
 * the index says is judged by its manifest.
 *
 * Nothing is synced, here or at the end of a run: after a power loss a file can have lost its content and
 * look as it did in every other respect. So what an index of an earlier boot says of contents and stages is
 * not believed: manifests and files are read once. A file that is then found with the content that it had
 * before is on disk (INDEX_FILE_DURABLE), and later boots do not read it again.
 *
 * Form: a head (magic, sizes, digest of all that follows, seal), the graph (graph_io.h), then arrays of struct
 * index_file, index_stage, uint32_t (extras), index_source, and the paths of files beyond the graph's, all
 * aligned: an index that was read is one block of memory, in which everything is used where it lies. Behind it
 * come records of what changed since (index_tail.c). */
#ifndef RECORD_INDEX_H
#define RECORD_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/fs.h"

struct err;
struct graph;

#define INDEX_FILE_KNOWN 1u   /* stat and sum are those of one moment */
#define INDEX_FILE_SETTLED 2u /* a later change must show in stat */
#define INDEX_FILE_DURABLE 4u /* read with this content in a later boot than it was written in */

struct index_file {
	struct fs_stat stat;
	struct digest sum;
	uint64_t size; /* bytes of content */
	uint32_t flags;
	uint32_t path; /* offset in extra_text for files beyond the graph's; 0 for the graph's */
};

#define INDEX_STAGE_FRESH 1u /* up to date if nothing differs from what the index says */
#define INDEX_STAGE_PLAIN 2u /* its last attempt left no warnings to show */

struct index_stage {
	struct digest key;       /* key_all of the recorded success */
	struct digest guard;     /* of the rest of this entry and of the files that it rests on */
	struct fs_stat manifest; /* of its manifest.json */
	double seconds;          /* what its last success took; negative: not known */
	uint32_t flags;
	uint32_t first_extra,
		extra_count; /* in extras: files beyond the graph's that it is judged by */
	uint32_t zero;
};

struct index_source {
	struct fs_stat stat; /* of a definition or parameter file */
	uint32_t flags;      /* INDEX_FILE_* */
	uint32_t zero;
};

struct index {
	struct graph *graph;      /* owned, unless taken; owns the block in which the rest lies */
	struct index_file *files; /* the graph's in its order, then extra ones */
	struct index_stage *stages;
	struct index_source *sources; /* by graph->sources */
	uint32_t *extras;             /* numbers in files */
	char *extra_text;             /* NUL-terminated paths */
	uint32_t file_count, extra_count, extra_size;
	struct digest request; /* of what was asked for: see index_request */
	char boot[40];         /* boot id of the machine's run in which it was written */
	/* What is in the file. Set by index_read, index_write, index_append: */
	struct digest last;      /* of its head or its last record */
	uint64_t size;           /* bytes of the whole, without the records */
	uint64_t end;            /* bytes with them */
	bool is_of_this_boot;    /* false also if that cannot be known */
	bool is_of_earlier_boot; /* surely */
	bool is_torn;            /* the last record is not whole */
};

/* NULL without an index that can be used; *notice (static text, or NULL) says so if there was one. */
struct index *index_read(const char *path, const char **notice);
/* Fills in guards and writes it whole. */
int index_write(struct index *index, const char *path, struct err *err);
/* The same, by adding to the file at path, which holds `old` (of the same graph), what is not as there. Returns
 * 1; or 0 if it has to be written whole: more than entries differ, much was appended already, or the file is
 * another by now; or -1. */
int index_append(const struct index *old, struct index *index, const char *path, struct err *err);
void index_free(struct index *index);

/* Path of a file of the index. */
const char *index_path(const struct index *index, uint32_t file);

/* What a graph depends on beside its sources: file, parameters, job, root, this build of the program. */
struct digest index_request(const char *file, const char *const *params, size_t param_count,
	const char *job, const char *root);

#endif
