/* The state index: everything that a run in which nothing has to run needs, in one file.
 *
 * It holds the compiled definition (the graph, with what it was made from); per file what stat said
 * when its content was last known, with that content's digest; and per stage what its manifest
 * records of its last success, as far as judging goes by it: the key, and the versions of the files
 * that it rests on. A version is a file, and what some success recorded of it; each is kept once,
 * so that 300 headers that 10,000 stages include are 300 versions. Then a no-op is: the
 * definition's files unchanged, and every tracked file and manifest unchanged, by one statx each;
 * nothing is parsed. Nothing in here says whether a stage is up to date: that is judged each time
 * (record/judge), with the same result as by the manifest.
 *
 * The index is derived: the manifests are the truth. Whatever is wrong with it (damaged, older, of
 * another build or machine, of another request), it is dropped, and everything is read anew. It is
 * written whole, aside and renamed, or what changed is appended (index_append). A stage whose
 * manifest is not the one that the index saw is judged by its manifest.
 *
 * Nothing is synced, here or at the end of a run: after a power loss a file can have lost its
 * content and look as it did in every other respect. So what an index of an earlier boot says of
 * contents and stages is not believed: manifests and files are read once. A file that is then found
 * with the content that it had before is on disk (INDEX_FILE_DURABLE), and later boots do not read
 * it again.
 *
 * Form: a head (magic, sizes, digest of all that follows, seal), the graph (graph_io.h), then
 * arrays of struct index_file, version, index_stage, uint32_t (uses), index_source, and the paths
 * of files beyond the graph's, all aligned: an index that was read is one block of memory, in which
 * everything is used where it lies. Behind it come records of what changed since (index_tail.c).
 * The digest tells damage. The seal is a salted digest of that digest: an index whose checksum
 * somebody mended is no index. Whoever mends the seal as well could as well write manifests. */
#ifndef RECORD_INDEX_H
#define RECORD_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/fs.h"

struct graph;

#define INDEX_FILE_KNOWN 1u   /* stat and sum are those of one moment */
#define INDEX_FILE_SETTLED 2u /* a later change must show in stat */
#define INDEX_FILE_DURABLE 4u /* read with this content in a later boot than it was written in */

#define INDEX_FILES_MAX ((1u << 28) - 1)

struct index_file {
	struct fs_stat stat;
	struct digest sum;
	uint64_t size; /* bytes of content */
	uint32_t flags : 4;
	uint32_t files : 28; /* of a directory: how many lie in it, INDEX_FILES_MAX: at least */
	uint32_t path; /* offset in extra_text for files beyond the graph's; 0 for the graph's */
};

/* What a success recorded of a file. judge/same.c makes and compares them. */
struct version {
	struct digest is; /* what it is: content, time ... as `kind` says */
	uint32_t file;    /* number in files: the id of its stamp */
	uint8_t track;    /* enum file_track: how the file is looked at */
	uint8_t kind;     /* enum version_kind */
	uint8_t mode;     /* enum version_mode */
	uint8_t zero;
};

#define INDEX_STAGE_RECORDED 1u    /* there is a success, and the rest of the entry tells of it */
#define INDEX_STAGE_NO_WARNINGS 2u /* its last attempt left none to show */
#define INDEX_STAGE_SKIPPED 4u     /* the stage said so itself: outputs need not have been made */

struct index_stage {
	struct digest key;       /* key_all of the recorded success */
	struct fs_stat manifest; /* of its manifest.json */
	double seconds;          /* what its last success took; negative: not known */
	int64_t completed_ns;    /* when that was, if the stage has a max_age; 0: not known */
	uint32_t flags;          /* INDEX_STAGE_* */
	/* In uses: numbers of versions of the declared inputs, as the graph has them; of further
	 * inputs, `further` of them; of the declared outputs, NONE for one that was not recorded;
	 * of further outputs. */
	uint32_t first, count, further;
};

struct index_source {
	struct fs_stat stat; /* of a definition or parameter file */
	uint32_t flags;      /* INDEX_FILE_* */
	uint32_t zero;
};

struct index {
	struct graph *graph;      /* owned, unless taken; owns the block in which the rest lies */
	struct index_file *files; /* the graph's in its order, then extra ones */
	struct version *versions;
	struct index_stage *stages;
	uint32_t *uses;               /* numbers of versions */
	struct index_source *sources; /* by graph->sources */
	char *extra_text;             /* NUL-terminated paths */
	uint32_t file_count, version_count, use_count, extra_size;
	struct digest request;   /* of what was asked for: see index_request */
	char boot[40];           /* boot id of the machine's run in which it was written */
	struct digest last;      /* of its head or its last record */
	uint64_t size;           /* bytes of the whole, without the records */
	uint64_t end;            /* bytes with them */
	bool is_of_this_boot;    /* false also if that cannot be known */
	bool is_of_earlier_boot; /* surely */
	bool is_torn;            /* the last record is not whole */
	void *grown[2];          /* versions and uses, if records added some; owned */
};

/* NULL without an index that can be used; *notice (static text, or NULL) says so if there was
 * one. */
struct index *index_read(const char *path, const char **notice);
/* Writes it whole. */
int index_write(struct index *index, const char *path, struct err *err);
void index_free(struct index *index);

/* What is in the file at some moment, for appending to it. */
struct index_state {
	struct digest request, sources, last;
	uint64_t size, end;
	uint32_t file_count, version_count, use_count, extra_size;
	/* lent; or their marks, by which a changed one is known */
	const struct index_file *files;
	const struct index_stage *stages;
	uint64_t *file_marks, *stage_marks; /* owned */
	bool is_open;                       /* more may be appended */
};

/* As index_read left it; the index is lent for as long as the state is used. */
void index_state_lend(struct index_state *state, const struct index *index);
/* As index_write or index_append left it; the index is not needed any more. */
void index_state_mark(struct index_state *state, const struct index *index);
void index_state_free(struct index_state *state);
/* The same as index_write, by adding to the file what is not in it. `state` is of the same graph;
 * versions and uses have only been added to since. Returns 1; or 0 if it has to be written whole:
 * the files are others, much was appended already, or the file is another by now; or -1. */
int index_append(
	const struct index_state *state, struct index *index, const char *path, struct err *err);

/* Path of a file of the index. */
const char *index_path(const struct index *index, uint32_t file);

/* What a graph depends on beside its sources: file, parameters, job, root, this build of the
 * program. */
struct digest index_request(const char *file, const char *const *params, size_t param_count,
	const char *job, const char *root);

#endif
