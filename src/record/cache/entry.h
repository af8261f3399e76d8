/* What the cache knows of one key: an object of the name space `ac`.
 *
 *	{"schema": "restage.cache/1", "variants": [
 *	  {"inputs": [{"path": "include/a.h", "size": 12, "sha256": "..."}],
 *	   "outputs": [
 *	    {"path": "out.txt", "size": 3, "sha256": "..."},
 *	    {"path": "tool", "size": 9, "sha256": "...", "executable": true},
 *	    {"path": "part", "size": 7, "sha256": "...", "checksum": "xxh3-128:..."},
 *	    {"path": "model", "tree": {"size": 300, "sha256": "..."}, "checksum": "xxh3-128:..."},
 *	    {"path": "latest", "link": "model/v2"}],
 *	   "log": {"size": ..., "sha256": "..."}, "manifest": {...},
 *	   "seconds": 12.5, "run": "...", "job": "...", "host": "...", "when": "..."}]}
 *	hmac-sha256 <64 hex digits>
 *
 * What a stage reads beyond its declared inputs is not known before it ran: each variant says what
 * that was, and with which contents; the first that fits is it. The newest comes first, and there
 * are at most ENTRY_VARIANTS. A directory among outputs is a tree: an object of `cas` that says
 * {"schema": "restage.cache-tree/1", "outputs": [...]} of all that is in it, its directories (with
 * "directory": true) before what they hold, paths from itself. Checksums are those of manifests,
 * for who does without the files; a directory that has one has them in its tree.
 *
 * The last line is there where whoever wrote the entry had a key; it is over the name of the entry
 * and the lines before it. Who reads with a key takes nothing without that line.
 *
 * Whoever can write to a cache may have written anything: what a reader here lets through has
 * relative paths without "..", each once and none below a file or a link, links that stay beneath
 * what they lie in, sizes and counts within limits. */
#ifndef RECORD_ENTRY_H
#define RECORD_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/content.h"
#include "base/digest.h"

struct arena;

#define ENTRY_VARIANTS 16
#define ENTRY_SIZE_MAX ((size_t)16 << 20) /* bytes of an entry; variants beyond it are dropped */
#define ENTRY_TREE_MAX ((size_t)64 << 20) /* bytes of a tree */
#define ENTRY_ITEMS_MAX 1000000u          /* outputs, or inputs, of one list */
#define ENTRY_DEPTH_MAX 128               /* names in a path */

/* A file of no content: it is not there, and its absence counts. */
#define ENTRY_ABSENT UINT64_MAX

/* What a stage read beyond its declared inputs. */
struct entry_input {
	/* as it was reported; whose it is and where it lies is the caller's matter */
	const char *path;
	/* size ENTRY_ABSENT: there was no such file; then the sum is zero */
	struct content content;
};

/* What a stage made. */
struct entry_output {
	const char *path; /* below what all of them lie in */
	/* 'f' file, 'l' link, 't' tree (a whole directory), 'd' directory (in trees only) */
	char type;
	bool is_executable;     /* of a file */
	struct content content; /* of a file; of a tree its object's */
	struct digest sum;      /* of a file or a tree; zero: not told */
	const char *target;     /* of a link */
};

struct entry_variant {
	struct entry_input *inputs;
	uint32_t input_count;
	struct entry_output *outputs;
	uint32_t output_count;
	struct content log, manifest;
	double seconds; /* that it took; negative: not known */
	/* where it comes from; NULL: not known */
	const char *run, *job, *host, *when;
};

struct entry {
	struct entry_variant variants[ENTRY_VARIANTS];
	uint32_t count;
};

/* The secret of a key_file; NULL or len 0: entries are neither signed nor checked. */
struct entry_key {
	const char *data;
	size_t len;
};

/* `name` is the entry's. What is read lies in the arena. -1 with err: it is none, or not signed
 * with this key. */
int entry_parse(struct arena *arena, const char *text, size_t len, const struct sha256 *name,
	const struct entry_key *key, struct entry *out, struct err *err);
/* Is it one of another version of restage, which alone can tell whether it is right? */
bool entry_is_foreign(const char *text, size_t len);
/* As many variants as ENTRY_SIZE_MAX lets in, from the first. */
void entry_write(const struct entry *entry, const struct sha256 *name, const struct entry_key *key,
	struct buf *out);
/* Puts a variant in front; one of the same inputs goes, else the last if there are too many. */
void entry_add(struct entry *entry, const struct entry_variant *variant);
/* Puts a variant behind, unless there is one of the same inputs, or no room. */
void entry_append(struct entry *entry, const struct entry_variant *variant);

int entry_parse_tree(struct arena *arena, const char *text, size_t len,
	struct entry_output **outputs, uint32_t *count, struct err *err);
void entry_write_tree(const struct entry_output *outputs, uint32_t count, struct buf *out);

#endif
