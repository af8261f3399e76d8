#include "record/stamp_cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/map.h"
#include "base/mem.h"

#define CACHE_MAGIC "restage stat 1\n"
#define CACHE_MAX ((size_t)2 << 30)

struct disk_head {
	char magic[16];
	uint64_t text_size;
	uint32_t count;
	uint32_t entry_size;  /* sizeof (struct disk_entry): another build's layout is not ours */
	struct digest digest; /* of what follows the header */
};

struct disk_entry {
	uint64_t stat_size, ino, size;
	int64_t mtime_ns, ctime_ns;
	struct digest sum;
	uint32_t path; /* offset in the text behind the entries */
	char type;
	char zero[3];
};

struct stamp_cache {
	struct cache_entry *entries;
	uint32_t count;
	struct buf file;  /* keeps the paths */
	struct map paths; /* made when a hint misses */
	bool is_mapped;
};

struct stamp_cache *cache_new(void)
{
	return mem_alloc(sizeof(struct stamp_cache));
}

static void cache_clear(struct stamp_cache *cache)
{
	free(cache->entries);
	buf_free(&cache->file);
	map_free(&cache->paths);
	memset(cache, 0, sizeof *cache);
}

void cache_free(struct stamp_cache *cache)
{
	if (!cache)
		return;
	cache_clear(cache);
	free(cache);
}

static bool take_entries(struct stamp_cache *cache, const struct disk_head *head)
{
	const char *base = cache->file.data + sizeof *head;
	const char *text = base + (size_t)head->count * sizeof(struct disk_entry);
	cache->entries = mem_grow(NULL, (size_t)head->count + 1, sizeof *cache->entries);
	for (uint32_t i = 0; i < head->count; i++) {
		struct disk_entry disk;
		memcpy(&disk, base + (size_t)i * sizeof disk, sizeof disk);
		if (disk.path >= head->text_size)
			return false;
		cache->entries[i] = (struct cache_entry){
			.stat = {.size = disk.stat_size,
				.mtime_ns = disk.mtime_ns,
				.ctime_ns = disk.ctime_ns,
				.ino = disk.ino,
				.type = disk.type},
			.sum = disk.sum,
			.size = disk.size,
			.path = text + disk.path,
		};
	}
	cache->count = head->count;
	return true;
}

static bool take_file(struct stamp_cache *cache)
{
	struct disk_head head;
	const struct buf *file = &cache->file;
	if (file->len < sizeof head)
		return false;
	memcpy(&head, file->data, sizeof head);
	if (memcmp(head.magic, CACHE_MAGIC, sizeof head.magic) != 0 ||
		head.entry_size != sizeof(struct disk_entry) || head.text_size > file->len)
		return false;
	uint64_t need =
		sizeof head + (uint64_t)head.count * sizeof(struct disk_entry) + head.text_size;
	if (need != file->len ||
		(head.count && (head.text_size == 0 || file->data[file->len - 1] != 0)))
		return false;
	struct digest digest = digest_bytes(file->data + sizeof head, file->len - sizeof head);
	return digest_eq(&digest, &head.digest) && take_entries(cache, &head);
}

int cache_load(struct stamp_cache *cache, const char *path)
{
	cache_clear(cache);
	struct err why = {0};
	if (fs_read(path, CACHE_MAX, &cache->file, &why) == 0 && take_file(cache))
		return 0;
	bool is_absent = why.sys != 0;
	cache_clear(cache);
	return is_absent ? 0 : -1;
}

const struct cache_entry *cache_find(struct stamp_cache *cache, uint32_t hint, const char *path)
{
	if (hint < cache->count && strcmp(cache->entries[hint].path, path) == 0)
		return &cache->entries[hint];
	if (!cache->is_mapped) {
		for (uint32_t i = 0; i < cache->count; i++)
			map_put(&cache->paths, cache->entries[i].path, i);
		cache->is_mapped = true;
	}
	uint32_t index = map_get(&cache->paths, path);
	return index == MAP_NONE ? NULL : &cache->entries[index];
}

uint32_t cache_count(const struct stamp_cache *cache)
{
	return cache->count;
}

const struct cache_entry *cache_at(const struct stamp_cache *cache, uint32_t index)
{
	return &cache->entries[index];
}

int cache_write(
	const char *path, const struct cache_entry *entries, uint32_t count, struct err *err)
{
	struct buf file = {0}, text = {0};
	struct disk_head head = {.count = count, .entry_size = sizeof(struct disk_entry)};
	memcpy(head.magic, CACHE_MAGIC, sizeof head.magic);
	buf_add(&file, &head, sizeof head);
	for (uint32_t i = 0; i < count; i++) {
		struct disk_entry disk;
		memset(&disk, 0, sizeof disk);
		disk.stat_size = entries[i].stat.size;
		disk.ino = entries[i].stat.ino;
		disk.size = entries[i].size;
		disk.mtime_ns = entries[i].stat.mtime_ns;
		disk.ctime_ns = entries[i].stat.ctime_ns;
		disk.sum = entries[i].sum;
		disk.type = entries[i].stat.type;
		disk.path = (uint32_t)text.len;
		buf_add(&text, entries[i].path, strlen(entries[i].path) + 1);
		buf_add(&file, &disk, sizeof disk);
	}
	buf_add(&file, text.data, text.len);
	head.text_size = text.len;
	head.digest = digest_bytes(file.data + sizeof head, file.len - sizeof head);
	memcpy(file.data, &head, sizeof head);
	int status = text.len > UINT32_MAX ? 0 : fs_replace(path, file.data, file.len, err);
	buf_free(&text);
	buf_free(&file);
	return status;
}
