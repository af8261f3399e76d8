/* A stage's command as a template: all values are put in, places and files stay placeholders.
 *
 * Values are quoted for the place where they stand (quote.h), so the script is followed from its
 * start as the shell reads it; what a file's placeholder will be replaced by is followed, too,
 * though it is not put in. Where there are no values there is nothing to follow: the files' names
 * are looked at when the graph is finished.
 *
 * The key of a command is the template's and its shell's digest. A value that itself holds a place
 * (a config value with {{root}} in it) counts with that place symbolic. */
#include <string.h>

#include "base/text.h"
#include "model/command/command.h"
#include "model/command/quote.h"
#include "model/command/template.h"
#include "model/load/definition_scope.h"
#include "model/load/expand_stage.h"
#include "model/load/expand_text.h"
#include "model/load/loader.h"

struct writer {
	struct expand x;
	struct buf *out;   /* the template */
	struct buf script; /* what the shell would see */
	struct quote quote;
	size_t done;      /* of script: in the template already */
	bool has_symbols; /* files and places are possible here */
	bool is_good;
};

/* What was added to the script goes to the template as text: at a symbol, and at the end. Not
 * before, since a value may change the byte in front of it (quote_open). */
static void flush(struct writer *writer)
{
	if (writer->done < writer->script.len)
		template_add_literal(writer->out, writer->script.data + writer->done);
	writer->done = writer->script.len;
}

static void follow_path(struct writer *writer, const struct template_hole *hole, const char *path)
{
	struct buf value BUF_LOCAL = {0};

	buf_str(&value, path);
	template_filter_all(&value, hole);
	if (template_hole_has(hole, FILTER_RAW))
		quote_script(&writer->quote, buf_text(&value), value.len);
	else
		quote_value(&writer->quote, buf_text(&value));
}

static bool has_line_break(const struct writer *writer, const struct def_key *key)
{
	const struct loader *loader = writer->x.loader;
	const struct graph *graph = loader->build.graph;
	const struct scope_label *info = &loader->scope.label_info[key->slot];
	const struct instance *instance = &loader->instances[writer->x.instance];

	if (strchr(loader->root, '\n'))
		return true;
	for (uint32_t i = 0; key->parse.kind == DEF_INPUT && i < info->use_count; i++) {
		if (strchr(file_path(graph, graph->uses[info->first_use + i].file), '\n'))
			return true;
	}
	for (uint32_t i = 0; key->parse.kind != DEF_INPUT && i < instance->made_count; i++) {
		const struct made *made = &loader->made[instance->first_made + i];
		if (made->slot == key->slot && strchr(file_path(graph, made->file), '\n'))
			return true;
	}
	return false;
}

/* What names files one a line can only do that for whole names without line breaks. */
static bool check_list(
	struct writer *writer, const struct def_line *line, const struct template_hole *hole)
{
	const struct def_key *key = scope_key(writer->x.loader, hole->name, hole->name_len);
	const char *mistake = NULL;

	if (!template_hole_has(hole, FILTER_LIST))
		return true;
	for (size_t i = 0; i < hole->filter_count; i++) {
		if (hole->filters[i] != FILTER_LIST && hole->filters[i] != FILTER_RAW)
			mistake = "names whole paths: it takes no other filter";
		else if (hole->other && i >= hole->other_at)
			mistake = "stands in front of 'else'";
	}
	if (!mistake && key && has_line_break(writer, key))
		mistake = "has a name with a line break in it, and names files one a line";
	return !mistake || expand_mistake(&writer->x, line, "{{%.*s | list}} %s",
				   (int)hole->name_len, hole->name, mistake);
}

/* A placeholder of a file must be declared; false: told. */
static bool check_file(
	struct writer *writer, const struct def_line *line, const struct template_hole *hole)
{
	struct expand *x = &writer->x;
	struct buf ignored BUF_LOCAL = {0};
	bool is_good = true;

	bool is_file = placeholder_is_file(placeholder_find(hole->name, hole->name_len));
	struct template_hole plain = *hole;
	plain.filter_count = 0;
	if (is_file && !scope_key(x->loader, hole->name, hole->name_len))
		is_good = expand_hole(x, line, &plain, &ignored);
	else if (is_file)
		is_good = check_list(writer, line, hole);
	else if (template_hole_has(hole, FILTER_LIST))
		is_good = expand_hole(x, line, hole, &ignored);
	return is_good;
}

/* The paths that a file's placeholder stands for; returns their number. */
static uint32_t follow_files(
	struct writer *writer, const struct template_hole *hole, const struct def_key *key)
{
	struct loader *loader = writer->x.loader;
	const struct graph *graph = loader->build.graph;

	if (template_hole_has(hole, FILTER_LIST)) {
		follow_path(writer, hole, "list");
		return 1;
	}
	if (key->parse.kind == DEF_INPUT) {
		const struct scope_label *info = &loader->scope.label_info[key->slot];
		for (uint32_t i = 0; i < info->use_count; i++)
			follow_path(writer, hole,
				file_path(graph, graph->uses[info->first_use + i].file));
		return info->use_count;
	}
	uint32_t count = 0;
	const struct instance *instance = &loader->instances[writer->x.instance];
	for (uint32_t i = 0; i < instance->made_count; i++) {
		const struct made *made = &loader->made[instance->first_made + i];
		if (made->slot != key->slot)
			continue;
		follow_path(writer, hole, file_path(graph, made->file));
		count++;
	}
	return count;
}

/* Of what stands behind `else`, values are put in now; the rest stays for the command. */
static bool resolve_other(
	struct writer *writer, const struct def_line *line, struct template_hole *hole)
{
	struct template_hole nested;
	struct buf text BUF_LOCAL = {0}, form BUF_LOCAL = {0};
	bool is_good = true;

	if (!hole->other)
		return true;
	if (!template_other(hole, &nested, &text)) {
		template_add_other(&form, buf_text(&text));
	} else if (placeholder_is_symbol(placeholder_find(nested.name, nested.name_len))) {
		is_good = check_file(writer, line, &nested);
		template_add_hole(&form, &nested);
	} else {
		is_good = expand_hole(&writer->x, line, &nested, &text);
		template_add_other(&form, buf_text(&text));
	}
	hole->other = arena_strdup(writer->x.loader->arena, buf_text(&form));
	hole->other_len = form.len;
	hole->other_at = hole->filter_count;
	return is_good;
}

/* What the shell sees where there are no files. */
static void follow_other(struct writer *writer, const struct template_hole *hole)
{
	struct template_hole nested;
	struct buf text BUF_LOCAL = {0};

	if (!hole->other)
		return;
	if (template_other(hole, &nested, &text)) {
		const struct def_key *key =
			scope_key(writer->x.loader, nested.name, nested.name_len);
		if (key && placeholder_is_file(placeholder_find(nested.name, nested.name_len)))
			follow_files(writer, &nested, key);
	} else {
		quote_value(&writer->quote, buf_text(&text));
	}
}

static void write_symbol(
	struct writer *writer, const struct def_line *line, const struct template_hole *hole)
{
	struct expand *x = &writer->x;
	const struct def_key *key = scope_key(x->loader, hole->name, hole->name_len);
	enum placeholder id = placeholder_find(hole->name, hole->name_len);
	bool is_file = placeholder_is_file(id);
	struct template_hole left = *hole;

	if (!(placeholder_table[id].need & x->may)) {
		struct buf ignored BUF_LOCAL = {0};
		writer->is_good = expand_hole(x, line, hole, &ignored);
		return;
	}

	if (!check_file(writer, line, hole) || !resolve_other(writer, line, &left)) {
		writer->is_good = false;
		return;
	}
	quote_open(&writer->quote);
	flush(writer);
	if (is_file) {
		if (!follow_files(writer, hole, key))
			follow_other(writer, &left);
	} else {
		struct buf value BUF_LOCAL = {0};
		struct template_hole plain = *hole;
		struct expand own = *x;
		plain.filter_count = 0;
		own.is_symbolic = false;
		if (expand_hole(&own, line, &plain, &value))
			follow_path(writer, hole, buf_text(&value));
	}
	template_add_hole(writer->out, &left);
	writer->done = writer->script.len;
}

/* A value as a word, a list as a word for each of its lines. */
static void write_words(struct writer *writer, const struct def_line *line,
	const struct template_hole *hole, struct buf *value)
{
	const char *before = writer->quote.mistake;
	char *rest = NULL;

	if (!writer->x.has_list) {
		quote_value(&writer->quote, buf_text(value));
	} else {
		for (char *item = strtok_r(value->data, "\n", &rest); item;
			item = strtok_r(NULL, "\n", &rest))
			quote_value(&writer->quote, item);
	}
	if (!before && writer->quote.mistake)
		writer->is_good = expand_mistake(&writer->x, line,
			"{{%.*s}} is '%s', which %s; pass it as env.NAME and write \"$NAME\", "
			"or add '| raw'",
			(int)hole->name_len, hole->name, buf_text(value), writer->quote.mistake);
}

static void write_value(
	struct writer *writer, const struct def_line *line, const struct template_hole *hole)
{
	struct expand *x = &writer->x;
	struct buf value BUF_LOCAL = {0};

	quote_open(&writer->quote);
	x->lists = template_hole_has(hole, FILTER_RAW) ? LIST_IS_WORDS : LIST_IS_LINES;
	x->has_list = false;
	if (!expand_hole(x, line, hole, &value))
		writer->is_good = false;
	else if (template_hole_has(hole, FILTER_RAW))
		quote_script(&writer->quote, buf_text(&value), value.len);
	else
		write_words(writer, line, hole, &value);
}

static void write_line(struct writer *writer, const struct def_line *line)
{
	struct buf before BUF_LOCAL = {0};
	size_t pos = 0;

	for (;;) {
		struct template_hole hole;
		struct buf mistake BUF_LOCAL = {0};
		buf_reset(&before);
		int rc = template_next(line->value, &pos, &hole, &before, true, &mistake);
		quote_script(&writer->quote, buf_text(&before), before.len);
		if (rc < 0)
			writer->is_good =
				expand_mistake(&writer->x, line, "%s", buf_text(&mistake));
		else if (rc > 0 && writer->has_symbols &&
			 placeholder_is_symbol(placeholder_find(hole.name, hole.name_len)))
			write_symbol(writer, line, &hole);
		else if (rc > 0)
			write_value(writer, line, &hole);
		if (rc == 0)
			break;
	}
}

/* The lines of a command; those that are empty at its start only put it below its key. */
static bool write_lines(struct writer *writer, const struct def_line *line)
{
	struct def_text *text = &writer->x.loader->text;
	uint32_t first = (uint32_t)(line - text->lines);
	uint32_t count = def_value_lines(text, first);

	for (uint32_t i = 0; i < count; i++) {
		line = &text->lines[first + i];
		if (i && writer->script.len)
			quote_script(&writer->quote, "\n", 1);
		write_line(writer, line);
	}
	flush(writer);
	buf_free(&writer->script);
	quote_end(&writer->quote);
	return writer->is_good;
}

static bool write_command(struct expand *x, const struct def_line *line, uint32_t shell,
	bool is_symbolic, struct buf *out)
{
	struct writer writer = {.x = *x, .out = out, .has_symbols = true, .is_good = true};
	const char *name =
		arena_strdup(x->loader->arena, graph_text(x->loader->build.graph, shell));

	writer.x.is_symbolic = is_symbolic;
	quote_start(&writer.quote, &writer.script, name);
	bool is_good = write_lines(&writer, line);
	x->has_place |= writer.x.has_place;
	return is_good;
}

bool expand_command_line(struct expand *x, const struct def_line *line, struct buf *out)
{
	struct buf text BUF_LOCAL = {0};
	struct writer writer = {.x = *x, .out = &text, .is_good = true};

	quote_start(&writer.quote, &writer.script, "");
	bool is_good = write_lines(&writer, line);
	/* it is no template: "{{" stands for itself */
	size_t pos = 0;
	struct template_hole hole;
	template_next(buf_text(&text), &pos, &hole, out, true, NULL);
	return is_good;
}

/* Is a value the same with and without quotes, wherever the shell is? Then nothing has to be
 * followed. It must be plain, and begin where no name, escape or pattern can go on into it; a word
 * of small letters could be one of the shell's own, and digits before '>' a descriptor. */
static bool is_anywhere(const char *value, const char *before, size_t len, char next)
{
	struct buf word BUF_LOCAL = {0};
	char last = len ? before[len - 1] : ' ';

	if (!strchr(" \t=\"'/:", last))
		return false;
	if (value[strspn(value, "abcdefghijklmnopqrstuvwxyz")] == '\0')
		return false;
	if ((next == '<' || next == '>') && value[strspn(value, "0123456789")] == '\0')
		return false;
	text_add_shell_word(&word, value);
	return text_eq(buf_text(&word), value);
}

static bool copy_value(struct expand *x, const struct def_line *line,
	const struct template_hole *hole, struct buf *out)
{
	struct buf value BUF_LOCAL = {0};
	bool is_good = expand_hole(x, line, hole, &value) && !x->has_place &&
		       is_anywhere(buf_text(&value), line->value, hole->offset,
			       line->value[hole->offset + hole->len]);

	if (is_good)
		template_add_literal(out, buf_text(&value));
	return is_good;
}

static bool copy_line(struct expand *x, const struct def_line *line, struct buf *out)
{
	struct template_hole hole;
	size_t pos = 0;
	int rc;

	while ((rc = template_next(line->value, &pos, &hole, out, false, NULL)) == 1) {
		enum placeholder id = placeholder_find(hole.name, hole.name_len);
		if (!placeholder_is_symbol(id)) {
			if (!copy_value(x, line, &hole, out))
				return false;
			continue;
		}
		if (hole.other || template_hole_has(&hole, FILTER_LIST) ||
			!(placeholder_table[id].need & x->may) ||
			(placeholder_is_file(id) &&
				!scope_key(x->loader, hole.name, hole.name_len)))
			return false;
		template_add_hole(out, &hole);
	}
	return rc == 0;
}

/* Files and places, and values that need no quotes: the text is the template already, but for the
 * form of its placeholders. False if there is more to do. */
static bool copy_plain(struct expand *x, const struct def_line *line, struct buf *out)
{
	struct def_text *text = &x->loader->text;
	uint32_t first = (uint32_t)(line - text->lines);
	uint32_t count = def_value_lines(text, first);

	for (uint32_t i = 0; i < count; i++) {
		if (i && out->len)
			buf_char(out, '\n');
		if (!copy_line(x, &text->lines[first + i], out))
			return false;
	}
	return true;
}

/* Does it say what it is to print of? */
static bool names_file(const char *text)
{
	struct template_hole hole;
	size_t pos = 0;

	while (template_next(text, &pos, &hole, NULL, false, NULL) == 1) {
		if (placeholder_find(hole.name, hole.name_len) == PLACEHOLDER_VIEWED_FILE)
			return true;
	}
	return false;
}

uint32_t expand_view(struct expand *x, const struct def_line *line)
{
	struct expand inner = *x;
	struct settings settings;
	struct buf text BUF_LOCAL = {0};
	uint32_t view = 0;

	inner.may = MAY_VALUES | MAY_PLACE | MAY_DIR | MAY_FILE;
	inner.where = "a view";
	inner.is_absolute = x->runs_elsewhere;
	inner.is_symbolic = inner.escape_globs = inner.has_place = false;
	if (!expand_setting(x, SETTING_SHELL, &settings))
		return 0;
	bool is_good = copy_plain(&inner, line, &text);
	if (!is_good) {
		buf_reset(&text);
		is_good = write_command(&inner, line, settings.shell, false, &text);
	}
	if (is_good && !text_eq(buf_text(&text), VIEW_NEVER) && !names_file(buf_text(&text)))
		expand_mistake(x, line,
			"'%s' does not say what it prints of: a view names {{file}}, or is '" VIEW_NEVER
			"' where no reader is to be judged by this output",
			expand_line_key(x->loader, line));
	else if (is_good)
		view = build_text(&x->loader->build, buf_text(&text));
	return view;
}

static struct digest command_key(struct loader *loader, const char *text, uint32_t shell)
{
	hasher_reset(loader->hasher);
	hasher_add_str(loader->hasher, text);
	hasher_add_str(loader->hasher, graph_text(loader->build.graph, shell));
	return hasher_done(loader->hasher);
}

uint32_t expand_command(struct expand *x, struct stage *stage)
{
	struct loader *loader = x->loader;
	const struct def_line *line = &loader->text.lines[loader->scope.single[DEF_COMMAND]];
	uint32_t shell = loader->build.graph->settings[stage->settings].shell;
	struct buf text BUF_LOCAL = {0}, symbolic BUF_LOCAL = {0};
	uint32_t count = 0;
	struct expand inner = *x;

	inner.may = MAY_VALUES | MAY_PLACE | MAY_DIR | MAY_INPUT | MAY_OUTPUT | MAY_ATTEMPT;
	inner.where = "a command";
	inner.is_absolute = x->runs_elsewhere;
	inner.has_place = false;
	bool is_good = copy_plain(&inner, line, &text);
	if (!is_good) {
		buf_reset(&text);
		inner.has_place = false;
		is_good = write_command(&inner, line, shell, false, &text);
	}
	if (is_good && inner.has_place)
		is_good = write_command(&inner, line, shell, true, &symbolic);
	const char *words = buf_text(&text);
	if (is_good && words[strspn(words, " \t\n")] == '\0')
		is_good = expand_mistake(x, line,
			"its command is empty: the lines of a script stand below it, indented");
	if (is_good) {
		stage->command = build_text(&loader->build, buf_text(&text));
		stage->key[KEY_COMMAND] = build_part(&loader->build, KEY_COMMAND,
			command_key(loader, symbolic.len ? buf_text(&symbolic) : buf_text(&text),
				shell));
		if (expand_bool(x, DEF_TRACK_COMMAND, true))
			count = expand_found(x, stage, line, buf_text(&text));
	}
	return count;
}
