/* The parts of a crate (export_rocrate.c has the essay): what its files have in common. */
#ifndef VIEW_EXPORT_ROCRATE_PART_H
#define VIEW_EXPORT_ROCRATE_PART_H

#include "base/arena.h"
#include "base/json_write.h"
#include "base/map.h"
#include "view/export/export.h"

struct crate_file {
	const struct past_file *file;
	const char *id;
	bool is_made, is_dir; /* made by an attempt of this run */
};

struct crate {
	const struct export_run *run;
	struct json_writer w;
	struct arena arena;
	struct map by_path; /* index in files */
	struct crate_file *files;
	uint32_t file_count, file_cap;
	const char *workflow; /* @id */
	uint32_t *previous;   /* by attempt: that of the same stage before it */
};

/* Entities to refer to. */
struct refs {
	const char **ids;
	uint32_t count, cap;
};

/* "#kind/a/b", parts that are NULL left out. */
const char *crate_id(
	struct crate *crate, const char *kind, const char *a, const char *b, const char *c);
const char *crate_number(struct crate *crate, uint32_t number);
void crate_write_ref(struct crate *crate, const char *key, const char *id);
void crate_refs_add(struct refs *refs, const char *id);
/* Takes them. A list that is empty is left out: it says nothing. */
void crate_write_refs(struct crate *crate, const char *key, struct refs refs);
/* Opens an entity. */
struct json_writer *crate_begin(struct crate *crate, const char *id, const char *type);
void crate_write_time(struct crate *crate, const char *key, double at);
/* Failed attempts made nothing that is still there. */
uint32_t crate_made_count(const struct past_attempt *attempt);
void crate_add_files(const struct crate *crate, struct refs *refs, const struct past_file *files,
	uint32_t count);
const char *crate_status(const char *outcome);

/* export_rocrate_attempt.c: the attempts, with what made what they restored. */
void crate_put_attempts(struct crate *crate);
void crate_mention_origins(struct crate *crate);

#endif
