#include "model/load/definition_source.h"

#include "base/arena.h"
#include "base/fs.h"

char source_probe(const char *path)
{
	struct fs_stat stat;

	if (fs_stat(path, &stat, NULL) != 0 || !stat.type)
		return '0';
	return stat.type;
}

struct digest source_probe_digest(char type)
{
	return digest_bytes(&type, 1);
}

struct digest source_list_digest(const char *const *paths, uint32_t count)
{
	struct hasher *hasher HASHER_LOCAL = hasher_new();

	for (uint32_t i = 0; i < count; i++)
		hasher_add_str(hasher, paths[i]);
	return hasher_done(hasher);
}

static int glob_digest(const char *pattern, struct digest *out, struct err *err)
{
	struct arena arena ARENA_LOCAL = {0};
	char **paths;
	size_t count;
	int rc = fs_glob(&arena, pattern, &paths, &count, err);

	if (rc == 0)
		*out = source_list_digest((const char *const *)paths, (uint32_t)count);
	return rc;
}

int source_digest(enum source_kind kind, const char *path, struct digest *out, struct err *err)
{
	uint64_t size;

	if (kind == SOURCE_PROBE) {
		*out = source_probe_digest(source_probe(path));
		return 0;
	}
	if (kind == SOURCE_GLOB)
		return glob_digest(path, out, err);
	return digest_file(path, out, &size, err);
}
