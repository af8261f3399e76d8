#include "model/load/match_cache.h"

#include <stdlib.h>

#include "base/mem.h"
#include "model/load/sheet.h"

struct match_caches {
	struct match_column *columns;
	struct match_tuples *tuples;
	uint32_t column_count, column_cap, tuple_count, tuple_cap;
};

static struct match_caches *caches(struct loader *loader)
{
	if (!loader->match_caches)
		loader->match_caches = mem_alloc(sizeof *loader->match_caches);
	return loader->match_caches;
}

const struct match_column *match_column(
	struct loader *loader, const struct sheet *sheet, uint32_t column)
{
	struct match_caches *all = caches(loader);

	for (uint32_t i = 0; i < all->column_count; i++) {
		if (all->columns[i].sheet == sheet && all->columns[i].column == column)
			return &all->columns[i];
	}
	struct match_column made = {.sheet = sheet, .column = column};
	made.next = mem_alloc(((size_t)sheet->row_count + 1) * sizeof *made.next);
	for (uint32_t row = sheet->row_count; row-- > 0;) {
		const char *cell = sheet_cell(sheet, row, column);
		made.next[row] = map_get(&made.first, cell);
		map_set(&made.first, cell, row);
	}
	MEM_ROOM(all->columns, all->column_count, all->column_cap);
	all->columns[all->column_count] = made;
	return &all->columns[all->column_count++];
}

static uint32_t masked_hash(const struct decl *decl, const uint32_t *tuple, uint64_t mask)
{
	uint32_t hash = 0;

	for (uint32_t i = 0; i < decl->each_count; i++) {
		if (mask >> i & 1)
			hash = table_hash((uint32_t[]){hash, tuple[i]}, 2 * sizeof hash);
	}
	return hash;
}

struct masked {
	const struct decl *decl;
	const uint32_t *tuple;
	uint64_t mask;
};

static bool is_same_tuple(const void *ctx, uint32_t nth)
{
	const struct masked *masked = ctx;
	const uint32_t *other = masked->decl->tuples + (size_t)nth * masked->decl->each_count;

	for (uint32_t i = 0; i < masked->decl->each_count; i++) {
		if (masked->mask >> i & 1 && other[i] != masked->tuple[i])
			return false;
	}
	return true;
}

const struct match_tuples *match_tuples(
	struct loader *loader, const struct decl *decl, uint64_t mask)
{
	struct match_caches *all = caches(loader);

	for (uint32_t i = 0; i < all->tuple_count; i++) {
		if (all->tuples[i].decl == decl && all->tuples[i].mask == mask)
			return &all->tuples[i];
	}
	struct match_tuples made = {.decl = decl, .mask = mask};
	uint32_t *last MEM_LOCAL = mem_alloc(((size_t)decl->instance_count + 1) * sizeof *last);
	made.next = mem_alloc(((size_t)decl->instance_count + 1) * sizeof *made.next);
	for (uint32_t i = 0; i < decl->instance_count; i++) {
		struct masked masked = {decl, decl->tuples + (size_t)i * decl->each_count, mask};
		uint32_t hash = masked_hash(decl, masked.tuple, mask);
		uint32_t first = table_get(&made.table, hash, is_same_tuple, &masked);
		made.next[i] = NONE;
		if (first == NONE)
			table_add(&made.table, hash, first = i);
		else
			made.next[last[first]] = i;
		last[first] = i;
	}
	MEM_ROOM(all->tuples, all->tuple_count, all->tuple_cap);
	all->tuples[all->tuple_count] = made;
	return &all->tuples[all->tuple_count++];
}

uint32_t match_first(const struct match_tuples *index, const uint32_t *tuple)
{
	struct masked masked = {index->decl, tuple, index->mask};

	return table_get(&index->table, masked_hash(index->decl, tuple, index->mask), is_same_tuple,
		&masked);
}

void match_caches_free(struct loader *loader)
{
	struct match_caches *all MEM_LOCAL = loader->match_caches;

	for (uint32_t i = 0; all && i < all->column_count; i++) {
		map_free(&all->columns[i].first);
		free(all->columns[i].next);
	}
	for (uint32_t i = 0; all && i < all->tuple_count; i++) {
		table_free(&all->tuples[i].table);
		free(all->tuples[i].next);
	}
	if (all) {
		free(all->columns);
		free(all->tuples);
	}
}
