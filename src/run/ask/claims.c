#include "run/ask/claims.h"

#include <string.h>

#include "base/arena.h"
#include "base/path.h"
#include "model/graph/graph.h"
#include "record/manifest/record.h"

static void put_above(struct claims *claims, uint32_t stage, const char *path)
{
	struct arena *arena = claims->arena;

	for (const char *dir = path_dir(arena, path);
		strcmp(dir, ".") != 0 && strcmp(dir, "/") != 0; dir = path_dir(arena, dir)) {
		if (map_get(&claims->above, dir) != NONE)
			return;
		map_put(&claims->above, dir, stage);
	}
}

void claims_above(struct claims *claims, const char *path)
{
	put_above(claims, 0, path);
}

static void put_place(struct claims *claims, uint32_t stage, const char *path)
{
	if (map_get(&claims->places, path) != NONE)
		return;
	map_put(&claims->places, path, stage);
	put_above(claims, stage, path);
}

static void put_files(
	struct claims *claims, uint32_t stage, const struct record_file *files, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		put_place(claims, stage, files[i].path);
}

void claims_record(struct claims *claims, uint32_t stage, const struct record *record)
{
	put_files(claims, stage, record->files, record->file_count);
	put_files(claims, stage, record->success.files, record->success.file_count);
}

void claims_stage(struct claims *claims, const struct graph *graph, uint32_t stage)
{
	const struct stage *s = &graph->stages[stage];

	for (uint32_t i = s->first_use; i < s->first_use + stage_use_count(s); i++)
		put_place(claims, stage, file_path(graph, graph->uses[i].file));
}

uint32_t claims_owner(const struct claims *claims, const char *path)
{
	uint32_t owner = map_get(&claims->above, path);

	for (const char *dir = path; owner == NONE; dir = path_dir(claims->arena, dir)) {
		owner = map_get(&claims->places, dir);
		if (strcmp(dir, ".") == 0 || strcmp(dir, "/") == 0)
			break;
	}
	return owner;
}

void claims_free(struct claims *claims)
{
	map_free(&claims->places);
	map_free(&claims->above);
}
