#include "base/kept.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/mem.h"

#define FILE_MAX ((size_t)1 << 30)

static char *row_at(const struct kept *kept, uint32_t at)
{
	return kept->rows + (size_t)at * kept->form->row_size;
}

const void *kept_row(const struct kept *kept, uint32_t at)
{
	return row_at(kept, at);
}

static struct digest check_of(const struct kept *kept, const void *row)
{
	return digest_bytes(row, kept->form->row_size - sizeof(struct digest));
}

static bool is_whole(const struct kept *kept, const char *row)
{
	struct digest check = check_of(kept, row);

	return memcmp(row + kept->form->row_size - sizeof check, &check, sizeof check) == 0;
}

struct wanted {
	const struct kept *kept;
	const struct digest *key;
};

static bool is_same_key(const void *ctx, uint32_t at)
{
	const struct wanted *wanted = ctx;

	return memcmp(row_at(wanted->kept, at), wanted->key, sizeof *wanted->key) == 0;
}

uint32_t kept_find(const struct kept *kept, const struct digest *key)
{
	const struct wanted wanted = {kept, key};

	return table_get(&kept->table, table_hash(key, sizeof *key), is_same_key, &wanted);
}

bool kept_put(struct kept *kept, const void *row, uint32_t *at)
{
	const size_t size = kept->form->row_size;
	struct digest key, check = check_of(kept, row);

	memcpy(&key, row, sizeof key);
	*at = kept_find(kept, &key);
	if (*at == NONE) {
		if (kept->count == kept->cap) {
			kept->cap = kept->cap ? kept->cap * 2 : 16;
			kept->rows = mem_grow(kept->rows, kept->cap, size);
			kept->is_used = mem_enlarge(
				kept->is_used, kept->count, kept->cap, sizeof *kept->is_used);
		}
		*at = kept->count++;
		table_add(&kept->table, table_hash(&key, sizeof key), *at);
	} else if (memcmp(row_at(kept, *at), row, size - sizeof check) == 0) {
		return false;
	}
	memcpy(row_at(kept, *at), row, size - sizeof check);
	memcpy(row_at(kept, *at) + size - sizeof check, &check, sizeof check);
	return true;
}

void kept_read(struct kept *kept, const char *path)
{
	struct buf text BUF_LOCAL = BUF_SOFT;
	size_t at = strlen(kept->form->magic);
	uint32_t place;

	if (fs_read(path, FILE_MAX, &text, NULL) < 0 || text.len < at ||
		memcmp(text.data, kept->form->magic, at) != 0)
		return;
	for (; text.len - at >= kept->form->row_size; at += kept->form->row_size) {
		if (is_whole(kept, text.data + at))
			kept_put(kept, text.data + at, &place);
	}
}

void kept_write(struct kept *kept, int dir_fd, const char *name)
{
	struct buf out BUF_LOCAL = BUF_SOFT;
	char path[64];
	uint32_t used = 0;

	if (!kept->has_new || dir_fd < 0)
		return;
	for (uint32_t i = 0; i < kept->count; i++)
		used += kept->is_used[i];
	bool is_all = kept->count <= used + kept->form->spare;
	buf_str(&out, kept->form->magic);
	for (uint32_t i = 0; i < kept->count; i++) {
		if (is_all || kept->is_used[i])
			buf_add(&out, row_at(kept, i), kept->form->row_size);
	}
	snprintf(path, sizeof path, "/proc/self/fd/%d/%s", dir_fd, name);
	if (!out.failed && fs_replace(path, out.data, out.len, NULL) == 0)
		kept->has_new = false;
}

void kept_free(struct kept *kept)
{
	table_free(&kept->table);
	free(kept->rows);
	free(kept->is_used);
}
