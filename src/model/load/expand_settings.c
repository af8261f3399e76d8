/* What struct settings holds. */
#include <string.h>

#include "base/text.h"
#include "model/load/definition_keys.h"
#include "model/load/expand.h"

#define GRACE_MS 10000

static struct expand setting_context(const struct expand *x)
{
	struct expand inner = *x;

	inner.may = MAY_GLOBALS | MAY_CONFIG | MAY_EACH;
	inner.where = "a setting";
	inner.is_symbolic = inner.is_absolute = inner.escape_globs = false;
	return inner;
}

/* The value of a single key; false if it is not set, or was told to be wrong. */
static bool setting(struct expand *x, enum def_kind kind, struct buf *out,
	const struct def_line **line)
{
	uint32_t at = x->loader->scope.single[kind];
	struct expand inner = setting_context(x);

	if (at == NONE)
		return false;
	*line = &x->loader->text.lines[at];
	return expand_single(&inner, *line, out);
}

static void wrong(struct expand *x, const struct def_line *line, const struct buf *text,
	const char *takes)
{
	expand_mistake(x, line, "'%s' is '%s': it takes %s", expand_line_key(x->loader, line),
		buf_text(text), takes);
}

bool expand_bool(struct expand *x, enum def_kind kind, bool otherwise)
{
	const struct def_line *line;
	struct buf text = {0};
	bool value = otherwise;

	if (setting(x, kind, &text, &line) && !text_to_bool(buf_text(&text), &value))
		wrong(x, line, &text, "yes or no");
	buf_free(&text);
	return value;
}

static uint32_t number(struct expand *x, enum def_kind kind, uint32_t otherwise, uint32_t least)
{
	const struct def_line *line;
	struct buf text = {0};
	uint32_t value = otherwise;

	if (setting(x, kind, &text, &line) &&
		(!text_to_u32(buf_text(&text), &value) || value < least)) {
		wrong(x, line, &text, least ? "a number from 1" : "a number from 0");
		value = otherwise;
	}
	buf_free(&text);
	return value;
}

static int64_t duration(struct expand *x, enum def_kind kind, int64_t otherwise)
{
	const struct def_line *line;
	struct buf text = {0};
	int64_t value = otherwise;

	if (setting(x, kind, &text, &line) && !text_to_duration(buf_text(&text), &value))
		wrong(x, line, &text, "a duration such as 90, 1.5s, 30m or 1h30m");
	buf_free(&text);
	return value;
}

static uint64_t size(struct expand *x, enum def_kind kind)
{
	const struct def_line *line;
	struct buf text = {0};
	uint64_t value = 0;

	if (setting(x, kind, &text, &line) && !text_to_size(buf_text(&text), &value))
		wrong(x, line, &text, "a size such as 512M or 2G");
	buf_free(&text);
	return value;
}

static void split(struct expand *x, const struct def_line *line, char *text,
	void (*word)(struct expand *x, const struct def_line *line, const char *text))
{
	char *rest = NULL;

	for (char *at = strtok_r(text, ", \t", &rest); at; at = strtok_r(NULL, ", \t", &rest))
		word(x, line, at);
}

void expand_words(struct expand *x, const struct def_line *line,
	void (*word)(struct expand *x, const struct def_line *line, const char *text))
{
	struct loader *loader = x->loader;
	uint32_t first = (uint32_t)(line - loader->text.lines);
	uint32_t count = def_value_lines(&loader->text, first);
	struct expand inner = setting_context(x);
	struct buf text = {0};

	for (uint32_t i = 0; i < count; i++) {
		line = &loader->text.lines[first + i];
		buf_reset(&text);
		if (expand_text(&inner, line, line->value, &text) && text.len)
			split(x, line, text.data, word);
	}
	buf_free(&text);
}

static void add_variable(struct expand *x, const struct def_line *line, const char *text)
{
	if (!def_is_variable(text))
		expand_mistake(x, line, "'%s' is no name of a variable: %s", text,
			def_name_rule("env."));
	else
		build_word(&x->loader->build, text);
}

static void add_tag(struct expand *x, const struct def_line *line, const char *text)
{
	(void)line;
	build_word(&x->loader->build, text);
}

static struct span words(struct expand *x, enum def_kind kind,
	void (*word)(struct expand *x, const struct def_line *line, const char *text))
{
	uint32_t line = x->loader->scope.single[kind];
	struct span span = {.first = x->loader->build.graph->word_count};

	if (line != NONE)
		expand_words(x, &x->loader->text.lines[line], word);
	span.count = x->loader->build.graph->word_count - span.first;
	if (!span.count)
		span.first = 0;
	return span;
}

static const char *pool_hint(struct loader *loader, const char *name)
{
	const struct graph *graph = loader->build.graph;
	const char *names[64];
	uint32_t count = graph->pool_count < 64 ? graph->pool_count : 64;

	for (uint32_t i = 0; i < count; i++)
		names[i] = graph_text(graph, graph->pools[i].name);
	const char *hint = hint_nearest(loader, name, names, count);
	return *hint ? hint
		     : arena_fmt(loader->arena, "; declare it: [pools] %s = 1", name);
}

static uint32_t pool(struct expand *x)
{
	const struct def_line *line;
	struct buf text = {0};
	uint32_t found = NONE;

	if (setting(x, DEF_POOL, &text, &line) && text.len) {
		found = map_get(&x->loader->pools, buf_text(&text));
		if (found == MAP_NONE)
			expand_mistake(x, line, "there is no pool '%s'%s", buf_text(&text),
				pool_hint(x->loader, buf_text(&text)));
	}
	buf_free(&text);
	return found == MAP_NONE ? NONE : found;
}

/* GPUs are a pool called gpu; one of 1 if the definition says nothing of it. */
static uint32_t gpus(struct expand *x)
{
	struct loader *loader = x->loader;
	uint32_t count = number(x, DEF_GPU, 0, 0);

	if (!count)
		return 0;
	uint32_t id = map_get(&loader->pools, "gpu");
	if (id == MAP_NONE) {
		id = build_pool(&loader->build, "gpu", 1);
		map_put(&loader->pools, "gpu", id);
	}
	uint32_t capacity = loader->build.graph->pools[id].capacity;
	if (count > capacity)
		expand_mistake(x, &loader->text.lines[loader->scope.single[DEF_GPU]],
			"'gpu' is %u, but pool 'gpu' has %u: declare them: [pools] gpu = %u", count,
			capacity, count);
	return count;
}

static uint32_t shell(struct expand *x)
{
	const struct def_line *line;
	struct buf text = {0};
	uint32_t offset = 0;

	if (setting(x, DEF_SHELL, &text, &line)) {
		if (text.len)
			offset = build_text(&x->loader->build, buf_text(&text));
		else
			expand_mistake(x, line, "'shell' is empty");
	}
	buf_free(&text);
	return offset;
}

/* Are they the same for all instances? */
static bool is_fixed(const struct loader *loader)
{
	for (size_t i = DEF_FIRST_SETTING; i <= DEF_LAST_SETTING; i++) {
		uint32_t line = loader->scope.single[i];
		uint32_t count = line == NONE ? 0 : def_value_lines(&loader->text, line);
		for (uint32_t n = 0; n < count; n++)
			if (strstr(loader->text.lines[line + n].value, "{{"))
				return false;
	}
	return true;
}

uint32_t expand_settings(struct expand *x)
{
	struct loader *loader = x->loader;
	uint32_t *known = loader->scope.has_settings ? &loader->scope.settings
						     : &loader->plain_settings;
	bool is_shared = is_fixed(loader);

	if (is_shared && *known != NONE)
		return *known;
	struct settings settings = {
		.shell = shell(x),
		.pool = pool(x),
		.pass_env = words(x, DEF_PASS_ENV, add_variable),
		.tags = words(x, DEF_TAGS, add_tag),
		.timeout_ms = duration(x, DEF_TIMEOUT, 0),
		.grace_ms = duration(x, DEF_GRACE, GRACE_MS),
		.retry_delay_ms = duration(x, DEF_RETRY_DELAY, 0),
		.memory = size(x, DEF_MEMORY),
		.retries = number(x, DEF_RETRIES, 0, 0),
		.threads = number(x, DEF_THREADS, 1, 1),
		.gpu = gpus(x),
	};
	if (expand_bool(x, DEF_ALLOW_FAILURE, false))
		settings.flags |= SET_ALLOW_FAILURE;
	if (expand_bool(x, DEF_CONSOLE, false))
		settings.flags |= SET_CONSOLE;
	uint32_t id = build_settings(&loader->build, &settings);
	if (is_shared)
		*known = id;
	return id;
}
