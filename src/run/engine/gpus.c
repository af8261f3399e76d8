#include "run/engine/gpus.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "model/graph/graph.h"

struct gpu {
	const char *id;
	uint64_t holder; /* 0: it is free */
};

struct gpus {
	struct gpu *items;
	uint32_t count, cap;
	const char *variable; /* that names them, or NULL */
	const char *visible;  /* what it says */
	struct arena arena;
};

static void add(struct gpus *gpus, const char *id, size_t len)
{
	for (uint32_t i = 0; i < gpus->count; i++) {
		if (strlen(gpus->items[i].id) == len && memcmp(gpus->items[i].id, id, len) == 0)
			return;
	}
	MEM_ROOM(gpus->items, gpus->count, gpus->cap);
	gpus->items[gpus->count++] = (struct gpu){arena_strndup(&gpus->arena, id, len), 0};
}

/* Drivers take a list as far as it makes sense: "-1" hides all that comes behind. */
static void add_list(struct gpus *gpus, const char *list)
{
	for (;;) {
		list += strspn(list, " \t");
		size_t len = strcspn(list, ", \t");
		if (!len || !isalnum((unsigned char)*list) ||
			strncmp(list, "NoDevFiles", len) == 0 || strncmp(list, "void", len) == 0)
			return;
		add(gpus, list, len);
		list += len;
		list += strspn(list, " \t");
		if (*list++ != ',')
			return;
	}
}

struct gpus *gpus_of(const char *ids, uint32_t limit, const char *visible, uint32_t found)
{
	struct gpus *gpus = mem_alloc(sizeof *gpus);
	char number[16];

	if (*ids) {
		add_list(gpus, ids);
		return gpus;
	}
	if (visible) {
		add_list(gpus, visible);
	} else {
		for (uint32_t i = 0; i < (found ? found : limit); i++) {
			snprintf(number, sizeof number, "%u", i);
			add(gpus, number, strlen(number));
		}
	}
	if (limit && gpus->count > limit)
		gpus->count = limit;
	return gpus;
}

/* "nvidia0" behind "nvidia" */
static bool is_numbered(const char *name, const char *head)
{
	size_t len = strlen(head);
	uint32_t number;

	return strncmp(name, head, len) == 0 && text_to_u32(name + len, &number);
}

static bool is_nvidia(const char *top, const char *name)
{
	(void)top;
	return is_numbered(name, "nvidia") || strcmp(name, "dxg") == 0;
}

/* Of a driver that programs compute with: screens of servers and of virtual machines are none. */
static bool is_render_node(const char *top, const char *name)
{
	static const char *const drivers[] = {"amdgpu", "i915", "xe"};
	struct arena arena ARENA_LOCAL = {0};
	char target[256];
	bool is_one = false;

	if (!is_numbered(name, "renderD"))
		return false;
	ssize_t len = readlink(arena_fmt(&arena, "%s/sys/class/drm/%s/device/driver", top, name),
		target, sizeof target - 1);
	target[len > 0 ? len : 0] = '\0';
	for (size_t i = 0; i < sizeof drivers / sizeof *drivers; i++)
		is_one = is_one || strcmp(path_base(target), drivers[i]) == 0;
	return is_one;
}

static uint32_t count_in(
	const char *top, const char *below, bool (*counts)(const char *top, const char *name))
{
	struct arena arena ARENA_LOCAL = {0};
	DIR *dir = opendir(arena_fmt(&arena, "%s%s", top, below));
	uint32_t count = 0;

	for (struct dirent *entry; dir && (entry = readdir(dir));)
		count += counts(top, entry->d_name);
	if (dir)
		closedir(dir);
	return count;
}

uint32_t gpus_find(const char *top)
{
	uint32_t count = count_in(top, "/dev", is_nvidia);

	return count ? count : count_in(top, "/dev/dri", is_render_node);
}

struct gpus *gpus_new(const struct graph *graph)
{
#define NAME(name) name,
	static const char *const variables[] = {GPU_VARIABLES(NAME)};
	const struct pool *pool = graph_pool(graph, POOL_GPU);
	const char *ids = pool ? graph_text(graph, pool->ids) : "", *variable = NULL;
	bool is_asked = false;

	for (uint32_t i = 0; i < graph->settings_count; i++)
		is_asked = is_asked || graph->settings[i].gpu;
	if (!is_asked)
		return NULL;
	for (size_t i = 0; !*ids && !variable && i < sizeof variables / sizeof *variables; i++)
		variable = getenv(variables[i]) ? variables[i] : NULL;
	const char *visible = variable ? getenv(variable) : NULL;
	uint32_t found = *ids || visible ? 0 : gpus_find("");
	struct gpus *gpus = gpus_of(ids, pool && !*ids ? pool->capacity : 0, visible, found);
	gpus->variable = variable;
	gpus->visible = visible ? arena_strdup(&gpus->arena, visible) : NULL;
	return gpus;
}

void gpus_free(struct gpus *gpus)
{
	if (!gpus)
		return;
	free(gpus->items);
	arena_free(&gpus->arena);
	free(gpus);
}

uint32_t gpus_count(const struct gpus *gpus)
{
	return gpus ? gpus->count : 0;
}

const char *gpus_lease(struct gpus *gpus, uint32_t count, uint64_t holder, struct arena *arena)
{
	struct buf ids BUF_LOCAL = {0};
	uint32_t missing = count;

	for (uint32_t i = 0; i < gpus_count(gpus); i++)
		missing -= missing && !gpus->items[i].holder;
	if (missing)
		return NULL;
	for (uint32_t i = 0; count; i++) {
		if (gpus->items[i].holder)
			continue;
		gpus->items[i].holder = holder;
		buf_fmt(&ids, "%s%s", ids.len ? "," : "", gpus->items[i].id);
		count--;
	}
	return arena_strdup(arena, buf_text(&ids));
}

void gpus_give_back(struct gpus *gpus, uint64_t holder)
{
	for (uint32_t i = 0; i < gpus_count(gpus); i++) {
		if (gpus->items[i].holder == holder)
			gpus->items[i].holder = 0;
	}
}

bool gpus_suffice(
	const struct gpus *gpus, const struct graph *graph, uint32_t stage, struct err *err)
{
	const struct stage *s = &graph->stages[stage];
	uint32_t wish = stage_settings(graph, stage)->gpu, count = gpus_count(gpus);
	struct buf there BUF_LOCAL = {0};
	char number[16] = "none";

	if (wish <= count)
		return true;
	if (count)
		snprintf(number, sizeof number, "%u", count);
	if (gpus->variable)
		buf_fmt(&there,
			"in %s, which is '%s': name more there, or their ids in [pools] gpu",
			gpus->variable, gpus->visible);
	else if (count)
		buf_str(&there, "on this machine: take fewer; or if it has more, name their ids in "
				"[pools] gpu");
	else
		buf_fmt(&there,
			"on this machine, as far as can be seen: if it has some, say so: "
			"[pools] gpu = %u",
			wish);
	err_set(err, EXIT_USAGE, "%s:%u: stage '%s' takes %u GPU%s, and there %s %s %s",
		graph_text(graph, graph->sources[s->source].name), s->line,
		stage_name(graph, stage), wish, wish == 1 ? "" : "s", count > 1 ? "are" : "is",
		number, buf_text(&there));
	return false;
}
