/* [pools]: NAME = CAPACITY, and which GPUs there are.
 *
 * gpu = 2 is how many, gpu = 0, 2 or 4..7 or their UUIDs, one or several a line, which ones. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "model/load/definition_steps.h"
#include "model/load/expand_text.h"
#include "model/load/loader.h"

#define ID_MAX 64      /* bytes of a GPU's id */
#define GPUS_MAX 1024u /* ids in a range */

static void put_pool(struct loader *loader, const char *name, uint32_t capacity, const char *ids)
{
	struct graph *graph = loader->build.graph;
	uint32_t id = map_get(&loader->pools, name);

	if (id == NONE) {
		id = build_pool(&loader->build, name, capacity);
		map_put(&loader->pools, name, id);
	}
	graph->pools[id].capacity = capacity;
	graph->pools[id].ids = build_text(&loader->build, ids);
}

static bool is_id(const char *word)
{
	size_t len = strlen(word);

	for (const char *c = word; *c; c++) {
		if (!isalnum((unsigned char)*c) && !strchr("-_.:/", *c))
			return false;
	}
	return len && len <= ID_MAX && isalnum((unsigned char)*word);
}

/* Is it among those with commas between? */
static bool has_id(const char *ids, const char *id)
{
	size_t len = strlen(id);

	for (const char *at = ids; (at = strstr(at, id)); at += len) {
		if ((at == ids || at[-1] == ',') && (at[len] == ',' || !at[len]))
			return true;
	}
	return false;
}

struct ids {
	struct buf text; /* with commas between */
	uint32_t count;
};

static void tell_no_id(struct loader *loader, const struct def_line *line, const char *word)
{
	def_mistake(&loader->text, line,
		"[pools] gpu: '%s' is no id of a GPU, such as 0, 4..7 or a UUID", word);
}

static bool add_id(
	struct loader *loader, const struct def_line *line, const char *id, struct ids *ids)
{
	if (!is_id(id)) {
		tell_no_id(loader, line, id);
		return false;
	}
	if (has_id(buf_text(&ids->text), id)) {
		def_mistake(&loader->text, line, "[pools] gpu: '%s' is there twice", id);
		return false;
	}
	buf_fmt(&ids->text, "%s%s", ids->count++ ? "," : "", id);
	return true;
}

/* An id, or a range of them. */
static bool add_ids(struct loader *loader, const struct def_line *line, char *word, struct ids *ids)
{
	char *dots = strstr(word, ".."), number[16];
	uint32_t first, last;

	if (!dots)
		return add_id(loader, line, word, ids);
	*dots = '\0';
	bool is_range = text_to_u32(word, &first) && text_to_u32(dots + 2, &last) &&
			first <= last && last - first < GPUS_MAX;
	*dots = '.';
	if (!is_range) {
		tell_no_id(loader, line, word);
		return false;
	}
	for (uint32_t i = first; i <= last; i++) {
		snprintf(number, sizeof number, "%u", i);
		if (!add_id(loader, line, number, ids))
			return false;
	}
	return true;
}

static void add_gpus(struct loader *loader, struct expand *x, const struct def_line *line)
{
	struct buf text BUF_LOCAL = {0};
	struct ids ids = {0};
	uint32_t capacity;
	bool is_good = expand_value(x, line, &text);
	char *rest = NULL, *word;

	if (is_good && text_to_u32(buf_text(&text), &capacity)) {
		is_good = capacity > 0;
		if (is_good)
			put_pool(loader, POOL_GPU, capacity, "");
		else
			def_mistake(&loader->text, line,
				"[pools] gpu is 0: it takes a number from 1, or ids; that with the id 0 is "
				"0..0");
	} else if (is_good) {
		char *list = arena_strdup(loader->arena, buf_text(&text));
		for (word = strtok_r(list, ", \t\n", &rest); is_good && word;
			word = strtok_r(NULL, ", \t\n", &rest))
			is_good = add_ids(loader, line, word, &ids);
		if (is_good && ids.count)
			put_pool(loader, POOL_GPU, ids.count, buf_text(&ids.text));
		else if (is_good)
			def_mistake(&loader->text, line,
				"[pools] gpu is empty: it takes how many GPUs there are, or their ids");
	}
	buf_free(&ids.text);
}

static void add_pool(struct loader *loader, uint32_t at)
{
	const struct def_line *line = &loader->text.lines[at];
	const char *name = loader->text.keys[line->key].text;
	struct expand x = expand_globals(loader, "[pools]");
	struct buf text BUF_LOCAL = {0};
	uint32_t capacity;

	if (strcmp(name, POOL_GPU) == 0) {
		add_gpus(loader, &x, line);
		return;
	}
	if (!expand_single(&x, line, &text))
		return;
	if (!def_is_name(name, DEF_LABEL))
		def_mistake(&loader->text, line,
			"'%s' is no name for a pool: letters, digits, '_' and '-'", name);
	else if (!text_to_u32(buf_text(&text), &capacity) || !capacity)
		def_mistake(&loader->text, line,
			"pool '%s' is '%s': it takes its capacity, a number from 1", name,
			buf_text(&text));
	else
		put_pool(loader, name, capacity, "");
}

void definition_pools(struct loader *loader)
{
	definition_each_line(loader, SECTION_POOLS, add_pool);
}
