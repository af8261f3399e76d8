/* What a job remembers: the -p values that it was run with, in out/<job>/params.json, an object of
 * texts. Its owner alone may read it. Lists are of texts "NAME=VALUE", in the arena. */
#ifndef MODEL_REMEMBERED_H
#define MODEL_REMEMBERED_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct err;
struct json_writer;

struct remembered {
	const char **items;
	size_t count;
};

/* A file that is not there holds nothing. What `forget` names ("all": everything) is left out. -1
 * with err: it cannot be read, or is none. */
int remembered_read(struct arena *arena, const char *job_dir, const char *const *forget,
	size_t forget_count, struct remembered *out, struct err *err);
/* With what -p says now on top, in the order in which they were first given. */
void remembered_merge(struct arena *arena, struct remembered *list, const char *const *params,
	size_t param_count);
/* Have the two one name? What has no '=' is all name. */
bool remembered_is_same(const char *a, const char *b);
/* Has the list, or an array of -p, a value of this name? Then that text, the last one. */
const char *remembered_find(const char *const *items, size_t count, const char *item);
/* As members of an object. */
void remembered_put(struct json_writer *w, const struct remembered *list);
/* Writes what differs from what the file has. */
int remembered_write(const char *job_dir, const struct remembered *list, struct err *err);

#endif
