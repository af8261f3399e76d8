/* Where things lie: absolute paths, and the numbered directories of a job. Paths that are returned
 * are allocated, or NULL with error_code(); functions that return int give a code. */
#ifndef STAGEIO_PLACE_H
#define STAGEIO_PLACE_H

#include <stdbool.h>

/* What is known of the stage that a handle records. All paths absolute; owned by the handle. */
struct place {
	char *stage; /* "asr" or "asr/ep1" */
	char *job_dir;
	char *stage_dir;
	char *output_dir; /* where outputs go while the stage runs */
	char *root;       /* paths below it are recorded relative to it; NULL: all are absolute */
	unsigned number;  /* of the stage; UINT_MAX if its directory has none */
};

void place_free(struct place *place);

/* The root is the current directory if the stage's directory lies under it. */
int place_find_root(struct place *place);
/* The root that an earlier process had: the stage's directory was recorded as `recorded`. */
int place_take_root(struct place *place, const char *recorded);

/* The path from the root of the file system, without "." and empty components. Where it has "..",
 * links are resolved if it exists, otherwise each takes back the component before it. */
char *place_absolute(const char *path);
char *place_join(const char *dir, const char *name);

/* "asr" or "asr/ep1": components that are no ".", ".." and not empty. */
bool place_is_stage_name(const char *name);
/* A relative path that stays below where it starts. */
bool place_is_inside(const char *name);

/* Fills in the stage's directory, job_dir/NN_name[/instance], and its number: the highest if there
 * are several. It is made with the next free number if there is none. */
int place_make_stage(struct place *place);
/* File `name` of stage `from`, or with from NULL of the nearest stage before this one that has
 * it. */
char *place_find_input(const struct place *place, const char *name, const char *from);
/* The number in the first component of stage_dir below job_dir; UINT_MAX if there is none. */
unsigned place_number(const char *job_dir, const char *stage_dir);

#endif
