/* What struct settings holds. */
#include <string.h>

#include "base/text.h"
#include "model/command/template.h"
#include "model/graph/executor.h"
#include "model/load/definition_keys.h"
#include "model/load/expand_hint.h"
#include "model/load/expand_path.h"
#include "model/load/expand_stage.h"
#include "model/load/expand_text.h"
#include "model/load/loader.h"

static struct expand setting_context(const struct expand *x)
{
	struct expand inner = *x;

	inner.may = MAY_GLOBALS | MAY_CONFIG | MAY_EACH;
	inner.where = "a setting";
	inner.is_symbolic = inner.is_absolute = inner.escape_globs = false;
	return inner;
}

static const struct setting *row_of(enum def_kind kind)
{
	return kind >= DEF_SETTING && kind <= DEF_LAST_SETTING ? &settings_table[kind - DEF_SETTING]
							       : NULL;
}

/* The value of a single key; false if it is not set, or was told to be wrong. */
static bool setting(
	struct expand *x, enum def_kind kind, struct buf *out, const struct def_line **line)
{
	uint32_t at = x->loader->scope.single[kind];
	struct expand inner = setting_context(x);

	if (at == NONE)
		return false;
	if (row_of(kind) && row_of(kind)->kind == SETTING_IS_PLACE) {
		inner.may |= MAY_PLACE;
		inner.where = "'dir'";
	}
	*line = &x->loader->text.lines[at];
	return expand_single(&inner, *line, out);
}

static bool wrong(
	struct expand *x, const struct def_line *line, const struct buf *text, const char *takes)
{
	return expand_mistake(x, line, "'%s' is '%s': it takes %s",
		expand_line_key(x->loader, line), buf_text(text), takes);
}

bool expand_bool(struct expand *x, enum def_kind kind, bool otherwise)
{
	const struct def_line *line;
	struct buf text BUF_LOCAL = {0};
	bool value = otherwise;

	if (setting(x, kind, &text, &line) && !text_to_bool(buf_text(&text), &value))
		wrong(x, line, &text, "yes or no");
	return value;
}

/* The first "==" or "!=" outside of placeholders; NULL. */
static const char *find_comparison(const char *text)
{
	struct template_hole hole;
	size_t pos = 0;

	for (;;) {
		size_t from = pos;
		int rc = template_next(text, &pos, &hole, NULL, false, NULL);
		size_t end = rc > 0 ? hole.offset : rc < 0 ? pos : strlen(text);
		for (; from + 1 < end; from++) {
			if (strchr("=!", text[from]) && text[from + 1] == '=')
				return text + from;
		}
		if (rc == 0)
			return NULL;
	}
}

/* One side of a comparison, filled in, without blanks around it and quotes. */
static bool add_side(struct expand *x, const struct def_line *line, const char *text, size_t len,
	struct buf *out)
{
	while (len && strchr(" \t", *text)) {
		text++;
		len--;
	}
	while (len && strchr(" \t", text[len - 1]))
		len--;
	if (len > 1 && strchr("\"'", *text) && text[len - 1] == *text) {
		text++;
		len -= 2;
	}
	return expand_text(x, line, arena_strndup(x->loader->arena, text, len), out);
}

static bool compare(struct expand *x, const struct def_line *line, const char *sign, bool *value)
{
	struct buf left BUF_LOCAL = {0}, right BUF_LOCAL = {0};
	bool is_good = add_side(x, line, line->value, (size_t)(sign - line->value), &left) &&
		       add_side(x, line, sign + 2, strlen(sign + 2), &right);

	if (is_good)
		*value = text_eq(buf_text(&left), buf_text(&right)) == (*sign == '=');
	return is_good;
}

bool expand_enabled(struct expand *x)
{
	uint32_t at = x->loader->scope.single[DEF_ENABLED];
	struct expand inner = setting_context(x);
	struct buf text BUF_LOCAL = {0};
	bool value = true;

	if (at == NONE)
		return true;
	const struct def_line *line = &x->loader->text.lines[at];
	const char *sign = find_comparison(line->value);
	if (sign && def_value_lines(&x->loader->text, at) == 1)
		compare(&inner, line, sign, &value);
	else if (expand_single(&inner, line, &text) && !text.len)
		value = false;
	else if (text.len && !text_to_bool(buf_text(&text), &value))
		wrong(x, line, &text, "yes, no, A == B or A != B");
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
	struct buf text BUF_LOCAL = {0};

	for (uint32_t i = 0; i < count; i++) {
		line = &loader->text.lines[first + i];
		buf_reset(&text);
		if (expand_text(&inner, line, line->value, &text) && text.len)
			split(x, line, text.data, word);
	}
}

static void add_variable(struct expand *x, const struct def_line *line, const char *text)
{
	if (!def_is_name(text, DEF_VARIABLE))
		expand_mistake(
			x, line, "'%s' is no name of a variable: %s", text, def_name_rule("env."));
	else
		build_word(&x->loader->build, text);
}

static void add_tag(struct expand *x, const struct def_line *line, const char *text)
{
	(void)line;
	build_word(&x->loader->build, text);
}

static struct span words(struct expand *x, const struct def_line *line, bool are_variables)
{
	struct span span = {.first = x->loader->build.graph->word_count};

	expand_words(x, line, are_variables ? add_variable : add_tag);
	span.count = x->loader->build.graph->word_count - span.first;
	return span.count ? span : (struct span){0};
}

static const char *pool_hint(struct loader *loader, const char *name)
{
	const struct graph *graph = loader->build.graph;
	const char *names[64];
	uint32_t count = graph->pool_count < 64 ? graph->pool_count : 64;

	for (uint32_t i = 0; i < count; i++)
		names[i] = graph_text(graph, graph->pools[i].name);
	const char *hint = hint_nearest(loader, name, names, count);
	return *hint ? hint : arena_fmt(loader->arena, "; declare it: [pools] %s = 1", name);
}

/* `pool = gpu:2` is `gpu = 2`. */
static bool add_gpus(
	struct expand *x, const struct def_line *line, uint32_t count, struct settings *out)
{
	if (out->gpu)
		return expand_mistake(x, line,
			"the stage takes GPUs twice: how many is written 'gpu = %u'",
			out->gpu + count);
	out->gpu = count;
	return true;
}

/* "net", or "net:2". */
static bool add_pool(
	struct expand *x, const struct def_line *line, char *word, struct settings *out)
{
	struct loader *loader = x->loader;
	uint32_t at = (uint32_t)setting_value(out, &settings_table[SETTING_POOL]), count = 1;
	char *colon = strchr(word, ':');

	if (colon)
		*colon++ = '\0';
	if (colon && (!text_to_u32(colon, &count) || !count))
		return expand_mistake(
			x, line, "'%s' of pool '%s' is no number from 1", colon, word);
	if (strcmp(word, POOL_GPU) == 0)
		return add_gpus(x, line, count, out);
	uint32_t pool = map_get(&loader->pools, word);
	if (pool == NONE)
		return expand_mistake(
			x, line, "there is no pool '%s'%s", word, pool_hint(loader, word));
	uint32_t capacity = loader->build.graph->pools[pool].capacity;
	if (count > capacity)
		return expand_mistake(x, line,
			"'pool' takes %u of '%s', which has %u: [pools] %s = %u", count, word,
			capacity, word, count);
	for (uint32_t i = 0; i < at; i++) {
		if (out->pools[i].pool == pool)
			return expand_mistake(x, line,
				"pool '%s' is there twice: how much it takes is written %s:2", word,
				word);
	}
	if (at == POOLS_MAX)
		return expand_mistake(x, line, "a stage may take from %d pools", POOLS_MAX);
	out->pools[at] = (struct pool_claim){pool, count};
	return true;
}

static bool parse_amount(struct expand *x, const struct setting *row, const struct def_line *line,
	const struct buf *text, uint64_t *value)
{
	int64_t ms;

	if (row->kind == SETTING_IS_SIZES)
		return text_to_size(buf_text(text), value) ||
		       wrong(x, line, text, "a size such as 512M or 2G");
	if (!text_to_duration(buf_text(text), &ms))
		return wrong(x, line, text, "a duration such as 90, 1.5s, 30m or 1h30m");
	*value = (uint64_t)ms;
	return true;
}

/* The next item of a list with commas, without blanks around it; NULL at the end. */
static char *next_item(char **rest)
{
	char *item = *rest;

	if (!item)
		return NULL;
	*rest = strchr(item, ',');
	if (*rest)
		*(*rest)++ = '\0';
	item += strspn(item, " \t");
	size_t len = strlen(item);
	while (len && strchr(" \t", item[len - 1]))
		item[--len] = '\0';
	return item;
}

static bool add_by_attempt(struct expand *x, const struct setting *row, const struct def_line *line,
	const char *item, uint64_t *values, uint32_t *count)
{
	struct buf text BUF_LOCAL = {0};
	bool is_good = true;

	buf_str(&text, item);
	if (*count == ATTEMPT_VALUES)
		is_good = expand_mistake(
			x, line, "'%s' takes %d values at most", row->key, ATTEMPT_VALUES);
	else
		is_good = parse_amount(x, row, line, &text, &values[*count]);
	*count += is_good;
	return is_good;
}

/* Items one a line or with commas between: pools, or values for one attempt after another, of
 * which the last is for all later ones too. *attempts: for how many, if that is more. */
static bool read_items(struct expand *x, const struct setting *row, const struct def_line *line,
	struct settings *out, uint32_t *attempts)
{
	struct def_text *lines = &x->loader->text;
	uint32_t first = (uint32_t)(line - lines->lines), count = 0;
	struct expand inner = setting_context(x);
	uint64_t values[ATTEMPT_VALUES] = {0};
	struct buf text BUF_LOCAL = {0};
	bool is_good = true;

	for (uint32_t i = 0; i < def_value_lines(lines, first); i++) {
		char *item, *rest;
		line = &lines->lines[first + i];
		buf_reset(&text);
		is_good &= expand_text(&inner, line, line->value, &text);
		rest = text.len ? text.data : NULL;
		while (is_good && (item = next_item(&rest))) {
			if (row->kind == SETTING_IS_POOLS)
				is_good = add_pool(x, line, item, out);
			else
				is_good = add_by_attempt(x, row, line, item, values, &count);
		}
	}
	if (is_good && row->kind != SETTING_IS_POOLS && !count)
		is_good = wrong(x, line, &text, "a value");
	for (uint32_t i = 0; is_good && row->kind != SETTING_IS_POOLS && i < ATTEMPT_VALUES; i++)
		setting_values(out, row)[i] = values[i < count ? i : count - 1];
	if (count > *attempts)
		*attempts = count;
	return is_good;
}

/* A directory below the root, as settings have it; whether it is there, and may be used, is known
 * when the stage's files are (expand_dir). */
static bool parse_place(
	struct expand *x, const struct def_line *line, const struct buf *text, uint64_t *value)
{
	struct loader *loader = x->loader;
	struct buf path BUF_LOCAL = {0};
	bool is_good = true;

	*value = 0;
	if (text_eq(buf_text(text), DIR_WORK)) {
		*value = build_text(&loader->build, DIR_WORK);
		return true;
	}
	expand_path(loader, "", buf_text(text), &path);
	if (path_is_outside(buf_text(&path)))
		is_good = expand_mistake(x, line, "'dir' is '%s', which lies outside the root %s",
			buf_text(text), loader->root);
	else if (text_eq(buf_text(&path), DIR_WORK))
		*value = build_text(&loader->build, "./" DIR_WORK);
	else if (!text_eq(buf_text(&path), "."))
		*value = build_text(&loader->build, buf_text(&path));
	return is_good;
}

/* What the text says, in the setting's unit. False: told. */
static bool parse(struct expand *x, const struct setting *row, const struct def_line *line,
	const struct buf *text, uint64_t *value)
{
	const char *word = buf_text(text);
	uint32_t number;
	bool is_set;

	switch (row->kind) {
	case SETTING_IS_COUNT:
		if (!text_to_u32(word, &number) || number < row->least)
			return wrong(
				x, line, text, row->least ? "a number from 1" : "a number from 0");
		*value = number;
		return true;
	case SETTING_IS_DURATION:
		return parse_amount(x, row, line, text, value);
	case SETTING_IS_FLAG:
		if (!text_to_bool(word, &is_set))
			return wrong(x, line, text, "yes or no");
		*value = is_set;
		return true;
	case SETTING_IS_PLACE:
		if (text->len)
			return parse_place(x, line, text, value);
		break;
	case SETTING_IS_DURATIONS:
	case SETTING_IS_SIZES:
	case SETTING_IS_POOLS:
	case SETTING_IS_TEXT:
	case SETTING_IS_WORDS:
	case SETTING_IS_VARIABLES:
		break;
	}
	if (!text->len)
		return expand_mistake(x, line, "'%s' is empty", row->key);
	/* `container = none` where [defaults] has one */
	bool is_none = row == &settings_table[SETTING_CONTAINER] && text_eq(word, "none");
	*value = is_none ? 0 : build_text(&x->loader->build, word);
	return true;
}

static bool check_executor(struct expand *x, const struct def_line *line, const struct buf *text)
{
	return executor_parse(buf_text(text)) != EXECUTOR_UNSAID ||
	       wrong(x, line, text, EXECUTOR_TAKES);
}

static bool read_setting(struct expand *x, int id, struct settings *out, uint32_t *attempts)
{
	const struct setting *row = &settings_table[id];
	enum def_kind kind = (enum def_kind)(DEF_SETTING + id);
	uint32_t at = x->loader->scope.single[kind];
	const struct def_line *line;
	struct buf text BUF_LOCAL = {0};
	uint64_t value = 0;
	bool is_good = true;

	if (at == NONE)
		return true;
	line = &x->loader->text.lines[at];
	if (row->kind == SETTING_IS_WORDS || row->kind == SETTING_IS_VARIABLES)
		*setting_words(out, row) = words(x, line, row->kind == SETTING_IS_VARIABLES);
	else if (row->kind == SETTING_IS_DURATIONS || row->kind == SETTING_IS_SIZES ||
		 row->kind == SETTING_IS_POOLS)
		is_good = read_items(x, row, line, out, attempts);
	else if ((is_good = setting(x, kind, &text, &line) && parse(x, row, line, &text, &value) &&
			    (id != SETTING_EXECUTOR || check_executor(x, line, &text))))
		setting_put(out, row, value);
	return is_good;
}

bool expand_setting(struct expand *x, enum setting_id id, struct settings *out)
{
	uint32_t attempts = 1;

	*out = settings_default();
	return read_setting(x, (int)id, out, &attempts);
}

/* How many there are, if the definition says so: else only a run knows. */
static void check_gpus(struct expand *x, uint32_t count)
{
	struct loader *loader = x->loader;
	uint32_t id = map_get(&loader->pools, POOL_GPU);
	uint32_t capacity = id == NONE ? UINT32_MAX : loader->build.graph->pools[id].capacity;
	uint32_t at = loader->scope.single[DEF_SETTING + SETTING_GPU];

	if (at == NONE)
		at = loader->scope.single[DEF_SETTING + SETTING_POOL];
	if (count > capacity)
		expand_mistake(x, &loader->text.lines[at],
			"'gpu' is %u, but pool 'gpu' has %u: declare them: [pools] gpu = %u", count,
			capacity, count);
}

/* Are they the same for all instances? */
static bool is_fixed(const struct loader *loader)
{
	for (size_t i = DEF_SETTING; i <= DEF_LAST_SETTING; i++) {
		if (loader->scope.single[i] != NONE &&
			def_value_has_holes(&loader->text, loader->scope.single[i]))
			return false;
	}
	return true;
}

uint32_t expand_settings(struct expand *x)
{
	struct loader *loader = x->loader;
	uint32_t *known =
		loader->scope.has_settings ? &loader->scope.settings : &loader->plain_settings;
	bool is_shared = is_fixed(loader);

	if (is_shared && *known != NONE)
		return *known;
	struct settings settings = settings_default();
	uint32_t attempts = 1;
	for (int i = 0; i < SETTING_TOTAL; i++)
		read_setting(x, i, &settings, &attempts);
	if (loader->scope.single[DEF_SETTING + SETTING_RETRIES] == NONE)
		settings.retries = attempts - 1;
	if (settings.gpu)
		check_gpus(x, settings.gpu);
	uint32_t id = build_settings(&loader->build, &settings);
	if (is_shared)
		*known = id;
	return id;
}
