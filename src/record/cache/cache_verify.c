/* Every object of a cache's directory against its name. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/dir.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/path.h"
#include "record/cache/cache_part.h"
#include "record/cache/dir_store.h"

struct verification {
	const struct cache_check *check;
	const struct entry_key *key;
	struct cache_counts *counts;
};

/* *is_kept: it is wrong for us alone. */
static const char *look_at_entry(
	const struct verification *v, const char *path, const struct sha256 *name, bool *is_kept)
{
	struct arena arena ARENA_LOCAL = {0};
	struct entry *entry = arena_alloc(&arena, sizeof *entry);
	struct buf text BUF_LOCAL = {0};
	struct err err = {0};
	const char *wrong = NULL;

	if (fs_read(path, ENTRY_SIZE_MAX, &text, &err) < 0)
		wrong = err.sys == ENOENT ? NULL : "cannot be read";
	else if (entry_is_foreign(buf_text(&text), text.len))
		wrong = "is an entry of another version of restage";
	else if (entry_parse(&arena, buf_text(&text), text.len, name, NULL, entry, NULL) < 0)
		return "is no entry";
	else if (entry_parse(&arena, buf_text(&text), text.len, name, v->key, entry, NULL) < 0)
		wrong = "is not signed by our key_file";
	*is_kept = wrong != NULL;
	return wrong;
}

static const char *look_at_content(const char *path, const struct sha256 *name)
{
	struct content content;
	int fd FD_LOCAL = dir_open(AT_FDCWD, path, O_RDONLY | O_NOFOLLOW);

	if (fd < 0)
		return errno == ENOENT ? NULL : "cannot be read";
	if (content_fd(fd, NULL, &content) != CONTENT_READ)
		return "cannot be read";
	return sha256_eq(&content.sum, name) ? NULL : "is not what its name says";
}

static void look(void *ctx, const struct dir_object *object)
{
	const struct verification *v = ctx;
	bool is_kept = false;
	const char *wrong;
	struct sha256 name;

	v->counts->objects++;
	v->counts->bytes += object->bytes;
	if (!sha256_parse(object->name, &name))
		wrong = "has no name of an object";
	else
		wrong = object->is_entry ? look_at_entry(v, object->path, &name, &is_kept)
					 : look_at_content(object->path, &name);
	if (!wrong)
		return;
	v->counts->wrong++;
	if (v->check->removes && !is_kept && unlink(object->path) == 0)
		v->counts->removed++;
	v->check->tell(v->check->ctx, object->path, wrong);
}

int cache_verify(struct cache *cache, const struct cache_check *check, struct cache_counts *counts,
	struct err *err)
{
	struct verification v = {check, cache_key(cache), counts};

	return dir_store_each(cache_dir(cache), look, &v, err);
}
