/* Reading the INI files.
 *
 * A definition is one INI file and those that its [pipeline] include names, one a line, relative to
 * the directory of the file that says so. What is included comes first, as if its text stood above;
 * a file that is included twice is read once. Sections without a name of their own ([params],
 * [env], [defaults], [pools], [prices]) may stand in several files: the including file's values
 * win. A [stage:NAME] stands once in all of them, and no file holds a section or a key twice.
 *
 * [include:NAME] brings in a file as a part: once for each such section, with `prefix` in front of
 * the names of its stages, templates and tables.
 *
 * Here nothing is understood but that and [pipeline] include. The result is flat: lines, and ranges
 * of lines that are sections. A continuation line is a line of its own, so that each mistake is
 * told at its line. A text or a script (def_is_text) keeps its lines as they stand, less the
 * indentation that those below its key have in common; of other values only what is said is
 * left. */
#include "model/load/definition_read.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/ini.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "model/graph/missing.h"

#define FILE_MAX ((size_t)1 << 30)
#define DEPTH_MAX 100

struct reader {
	struct def_text *text;
	uint32_t file;
	bool is_dropping; /* the key before was a duplicate: its continuation goes with it */
	bool is_text;     /* of the value that is read: see def_is_text */
	uint32_t value;   /* its first line */
};

void def_mistake(struct def_text *text, const struct def_line *line, const char *fmt, ...)
{
	struct buf message BUF_LOCAL = {0};
	va_list args;

	va_start(args, fmt);
	buf_vfmt(&message, fmt, args);
	va_end(args);
	const char *file = line ? def_line_file(text, line)->name : text->files[0].name;
	diag_add(text->diags, file, line ? line->number : 0, "%s", buf_text(&message));
}

const struct def_file *def_line_file(const struct def_text *text, const struct def_line *line)
{
	uint32_t at = (uint32_t)(line - text->lines);

	if (at >= text->line_count - text->made_count)
		return &text->files[text->made[at + text->made_count - text->line_count]];
	for (uint32_t i = 0; i < text->file_count; i++) {
		if (at - text->files[i].first < text->files[i].count)
			return &text->files[i];
	}
	return &text->files[0];
}

uint32_t def_value_lines(const struct def_text *text, uint32_t line)
{
	uint32_t count = 1;

	while (line + count < text->line_count && text->lines[line + count].key == DEF_MORE)
		count++;
	return count;
}

bool def_value_has_holes(const struct def_text *text, uint32_t line)
{
	uint32_t count = def_value_lines(text, line);

	for (uint32_t i = 0; i < count; i++) {
		if (strstr(text->lines[line + i].value, "{{"))
			return true;
	}
	return false;
}

uint32_t def_key_id(struct def_text *text, const char *name)
{
	uint32_t known = map_get(&text->key_ids, name);

	if (known != NONE)
		return known;
	struct def_key key = {.text = arena_strdup(&text->arena, name)};
	def_parse_key(&text->arena, key.text, &key.parse);
	if (key.parse.kind == DEF_ATTRIBUTE || key.parse.kind == DEF_EACH_ATTR)
		key.base =
			def_key_id(text, arena_strndup(&text->arena, key.text, key.parse.base_len));
	MEM_ROOM(text->keys, text->key_count, text->key_cap);
	text->keys[text->key_count] = key;
	return map_put(&text->key_ids, key.text, text->key_count++);
}

static void add_line(struct def_text *text, uint32_t key, uint32_t number, const char *value)
{
	MEM_ROOM(text->lines, text->line_count, text->line_cap);
	text->lines[text->line_count++] = (struct def_line){
		.value = *value ? arena_strdup(&text->arena, value) : "",
		.key = key,
		.number = number,
	};
}

void def_make_line(
	struct def_text *text, uint32_t key, const struct def_line *like, const char *value)
{
	uint32_t file = (uint32_t)(def_line_file(text, like) - text->files);

	add_line(text, key, like->number, value);
	MEM_PUSH(text->made, text->made_count, text->made_cap, file);
}

uint32_t def_part_of(const struct def_text *text, const struct def_line *line)
{
	return text->part_count && line ? def_line_file(text, line)->part : 0;
}

uint32_t def_find(const struct def_text *text, const struct map *names, const struct def_line *line,
	const char *name, size_t len)
{
	uint32_t found = NONE;

	for (uint32_t part = def_part_of(text, line); part && found == NONE;
		part = text->parts[part].outer) {
		struct buf whole BUF_LOCAL = {0};
		buf_str(&whole, text->parts[part].prefix);
		buf_add(&whole, name, len);
		found = map_getn(names, buf_text(&whole), whole.len);
	}
	return found != NONE ? found : map_getn(names, name, len);
}

/* The last section ends where the next one, or the file, begins. */
static void close_section(struct def_text *text)
{
	if (!text->section_count)
		return;
	struct def_section *last = &text->sections[text->section_count - 1];
	if (last->count == UINT32_MAX)
		last->count = text->line_count - last->first;
}

/* How many bytes the line's indentation has in common with `indent`. */
static size_t shared_indent(const char *line, const char *indent, size_t len)
{
	size_t n = 0;

	while (n < len && line[n] == indent[n])
		n++;
	return n;
}

/* Takes the indentation that all lines below the key have in common from the value that was
 * read. */
static void close_value(struct reader *reader)
{
	struct def_text *text = reader->text;
	const char *indent = NULL;
	size_t len = 0;

	for (uint32_t i = reader->value + 1; reader->is_text && i < text->line_count; i++) {
		const char *line = text->lines[i].value;
		if (!*line)
			continue;
		len = indent ? shared_indent(line, indent, len) : strspn(line, " \t\v\f");
		indent = line;
	}
	for (uint32_t i = reader->value + 1; len && i < text->line_count; i++) {
		if (*text->lines[i].value)
			text->lines[i].value += len;
	}
	reader->is_text = false;
}

/* With the part's prefix. */
static const char *section_name(
	struct def_text *text, uint32_t part, enum def_section_kind kind, const char *name)
{
	if (!part || kind < SECTION_TABLE || kind == SECTION_UNKNOWN)
		return arena_strdup(&text->arena, name);
	return arena_fmt(&text->arena, "%.*s:%s%s", (int)strcspn(name, ":"), name,
		text->parts[part].prefix, def_section_own_name(name));
}

static void on_section(void *ctx, uint32_t number, const char *name)
{
	struct reader *reader = ctx;
	struct def_text *text = reader->text;

	close_value(reader);
	close_section(text);
	MEM_ROOM(text->sections, text->section_count, text->section_cap);
	struct def_section *section = &text->sections[text->section_count];
	enum def_section_kind kind = def_section_kind(name);
	*section = (struct def_section){
		.name = section_name(text, text->files[reader->file].part, kind, name),
		.kind = kind,
		.file = reader->file,
		.number = number,
		.first = text->line_count,
		.count = UINT32_MAX,
	};
	uint32_t before = map_put(&text->names, section->name, text->section_count);
	if (before != text->section_count) {
		const struct def_section *first = &text->sections[before];
		const struct def_file *file = &text->files[reader->file];
		if (first->file == section->file) {
			section->is_duplicate = true;
			diag_add(text->diags, file->name, number,
				"duplicate section [%s], first in line %u", name, first->number);
		} else if (section->kind >= SECTION_TABLE && section->kind < SECTION_UNKNOWN) {
			section->is_duplicate = true;
			diag_add(text->diags, file->name, number,
				"duplicate section [%s], also at %s:%u", name,
				text->files[first->file].name, first->number);
		} else {
			map_set(&text->names, section->name, text->section_count);
		}
	}
	text->section_count++;
	reader->is_dropping = false;
}

static void add_more(struct reader *reader, const struct ini_line *line)
{
	struct def_text *text = reader->text;
	const char *value = line->value + strspn(line->value, " \t\v\f");

	if (!reader->is_text) {
		if (*value != ';' && *value != '#')
			add_line(text, DEF_MORE, line->number, value);
		return;
	}
	/* Those between the key and what it holds are none of it if it has nothing in its own
	 * line. */
	bool is_begun = text->line_count > reader->value + 1 || *text->lines[reader->value].value;
	for (uint32_t i = 0; i < line->empty && is_begun; i++)
		add_line(text, DEF_MORE, line->number, "");
	add_line(text, DEF_MORE, line->number, line->value);
}

static void on_entry(void *ctx, const struct ini_line *line)
{
	struct reader *reader = ctx;
	struct def_text *text = reader->text;

	if (!text->section_count || text->sections[text->section_count - 1].file != reader->file)
		return; /* a key above the first section: the reader has told */
	if (line->is_more) {
		if (!reader->is_dropping)
			add_more(reader, line);
		return;
	}
	close_value(reader);
	uint32_t id = def_key_id(text, line->key);
	struct def_key *key = &text->keys[id];
	reader->is_dropping = key->section == text->section_count;
	if (reader->is_dropping) {
		bool is_list = key->parse.kind >= DEF_INPUT && key->parse.kind <= DEF_INTERMEDIATE;
		diag_add(text->diags, text->files[reader->file].name, line->number,
			"duplicate key '%s', first in line %u%s", line->key, key->section_line,
			is_list || key->parse.kind == DEF_FOREACH
				? ": several values stand one a line, indented"
				: "");
		return;
	}
	key->section = text->section_count;
	key->section_line = line->number;
	reader->is_text =
		def_is_text(text->sections[text->section_count - 1].kind, line->key, &key->parse);
	reader->value = text->line_count;
	add_line(text, id, line->number, line->value);
}

static void on_mistake(void *ctx, uint32_t number, const char *message)
{
	struct reader *reader = ctx;

	diag_add(
		reader->text->diags, reader->text->files[reader->file].name, number, "%s", message);
}

/* The file as sections and lines. */
static int read_one(struct def_text *text, uint32_t file, struct err *err)
{
	struct buf content BUF_LOCAL = {0};
	const char *name = text->files[file].name;

	if (text->from && *name != '/')
		name = arena_fmt(&text->arena, "%s/%s", text->from, name);
	int rc = fs_read(name, FILE_MAX, &content, err);

	if (rc == 0) {
		struct reader reader = {.text = text, .file = file};
		struct ini_handlers handlers = {on_section, on_entry, on_mistake, &reader};
		text->files[file].digest = digest_bytes(buf_text(&content), content.len);
		text->files[file].first = text->line_count;
		text->files[file].first_section = text->section_count;
		ini_read(buf_text(&content), content.len, &handlers);
		close_value(&reader);
		close_section(text);
		text->files[file].count = text->line_count - text->files[file].first;
		text->files[file].section_count =
			text->section_count - text->files[file].first_section;
	}
	return rc;
}

static const char *path_key(struct def_text *text, uint32_t part, const char *path)
{
	return part ? arena_fmt(&text->arena, "%u %s", part, path) : path;
}

static uint32_t add_file(struct def_text *text, uint32_t part, const char *name, const char *path)
{
	MEM_ROOM(text->files, text->file_count, text->file_cap);
	text->files[text->file_count] = (struct def_file){.name = name, .path = path, .part = part};
	map_put(&text->paths, path_key(text, part, path), text->file_count);
	return text->file_count++;
}

/* "a.ini -> b.ini -> a.ini": the files that are open, from the one that is included again. */
static char *cycle_text(struct def_text *text, uint32_t again)
{
	struct buf way BUF_LOCAL = {0};

	for (uint32_t i = again; i < text->file_count; i++) {
		if (text->files[i].is_open)
			buf_fmt(&way, "%s -> ", text->files[i].name);
	}
	buf_str(&way, text->files[again].name);
	return arena_strdup(&text->arena, buf_text(&way));
}

static void read_includes(struct def_text *text, uint32_t file, const char *cwd, uint32_t depth);

/* One that is read, and is what this path names; NONE. */
static uint32_t find_open(const struct def_text *text, const char *path)
{
	for (uint32_t i = 0; i < text->file_count; i++) {
		if (text->files[i].is_open && text_eq(text->files[i].path, path))
			return i;
	}
	return NONE;
}

/* The messages about the file say for which section it is read. */
static void note_part(struct def_text *text, uint32_t part, uint32_t file)
{
	const struct def_section *section = &text->sections[text->parts[part].section];

	diag_note(text->diags, text->files[file].name, file,
		arena_fmt(&text->arena, " (for [%s] in %s:%u)", section->name,
			text->files[section->file].name, section->number));
}

static void include(struct def_text *text, uint32_t file, uint32_t part, const struct def_line line,
	const char *cwd, uint32_t depth)
{
	const char *from = text->files[file].name;

	if (strstr(line.value, "{{")) {
		diag_add(text->diags, from, line.number, "'%s' takes no placeholders",
			part == text->files[file].part ? "include" : "file");
		return;
	}
	char *name = path_join(&text->arena, path_dir(&text->arena, from), line.value);
	char *path = path_join(&text->arena, cwd, name);
	uint32_t open = find_open(text, path);
	if (open != NONE) {
		diag_add(text->diags, from, line.number, "the file includes itself: %s",
			cycle_text(text, open));
		return;
	}
	if (map_get(&text->paths, path_key(text, part, path)) != NONE)
		return;
	if (depth >= DEPTH_MAX) {
		diag_add(text->diags, from, line.number, "more than %d files include one another",
			DEPTH_MAX);
		return;
	}
	uint32_t added = add_file(text, part, name, path);
	struct err err = {0};
	if (part)
		note_part(text, part, added);
	if (read_one(text, added, &err) != 0) {
		diag_cause(text->diags, &err);
		diag_add(text->diags, from, line.number, "%s%s", err.text,
			missing_near_file(&text->arena, name));
		return;
	}
	read_includes(text, added, cwd, depth + 1);
}

/* The line of that key in a section of [include:NAME]; NULL. */
static const struct def_line *include_line(
	const struct def_text *text, const struct def_section *section, enum def_include_key key)
{
	for (uint32_t i = section->first; i < section->first + section->count; i++) {
		const struct def_line *line = &text->lines[i];
		if (line->key != DEF_MORE && def_include_key(text->keys[line->key].text) == key)
			return line;
	}
	return NULL;
}

static void include_part(struct def_text *text, uint32_t id, const char *cwd, uint32_t depth)
{
	const struct def_section section = text->sections[id];
	const struct def_line *file = include_line(text, &section, INCLUDE_FILE);
	const struct def_line *prefix = include_line(text, &section, INCLUDE_PREFIX);
	uint32_t outer = text->files[section.file].part;

	if (!file || !*file->value)
		diag_add(text->diags, text->files[section.file].name, section.number,
			"[%s]: it takes 'file', the pipeline file that is brought in",
			section.name);
	if (prefix && (!def_is_name(prefix->value, DEF_DOTTED) || *prefix->value == '.')) {
		def_mistake(text, prefix,
			"'prefix' is '%s': it takes what names of stages begin with, such as 'mouse_'",
			prefix->value);
		return;
	}
	if (!file || !*file->value)
		return;
	if (!text->part_count) /* 0 is none */
		text->part_count++;
	MEM_ROOM(text->parts, text->part_count, text->part_cap);
	text->parts[text->part_count] = (struct def_part){
		.prefix = arena_fmt(&text->arena, "%s%s", outer ? text->parts[outer].prefix : "",
			prefix ? prefix->value : ""),
		.section = id,
		.outer = outer,
	};
	include(text, section.file, text->part_count++, *file, cwd, depth);
}

static void read_includes(struct def_text *text, uint32_t file, const char *cwd, uint32_t depth)
{
	text->files[file].is_open = true;
	uint32_t end = text->files[file].first_section + text->files[file].section_count;
	for (uint32_t i = text->files[file].first_section; i < end; i++) {
		struct def_section section = text->sections[i];
		if (section.kind == SECTION_INCLUDE && !section.is_duplicate)
			include_part(text, i, cwd, depth);
		if (section.kind != SECTION_PIPELINE || section.is_duplicate)
			continue;
		bool is_include = false;
		for (uint32_t n = section.first; n < section.first + section.count; n++) {
			struct def_line line = text->lines[n];
			if (line.key != DEF_MORE)
				is_include = def_head(text->keys[line.key].text) == HEAD_INCLUDE;
			if (is_include && *line.value)
				include(text, file, text->files[file].part, line, cwd, depth);
		}
	}
	text->files[file].is_open = false;
	MEM_PUSH(text->order, text->order_count, text->order_cap, file);
}

int definition_read(struct def_text *text, const char *name, const char *cwd, struct diags *diags,
	struct err *err)
{
	text->diags = diags;
	/* Reads through what the user said, not through what is left of it after normalising:
	 * "link/.." is not always ".". */
	uint32_t file = add_file(
		text, 0, arena_strdup(&text->arena, name), path_join(&text->arena, cwd, name));
	if (read_one(text, file, err) != 0)
		return -1;
	read_includes(text, file, cwd, 0);
	return 0;
}

int definition_read_profile(struct def_text *text, const char *path, struct err *err)
{
	const char *name = arena_strdup(&text->arena, path);

	if (map_get(&text->paths, name) != NONE)
		return err_set(
			err, EXIT_USAGE, "'%s' is a profile and a part of the pipeline", name);
	text->profile = add_file(text, 0, name, name);
	if (read_one(text, text->profile, err) != 0)
		return -1;
	MEM_ROOM(text->order, text->order_count, text->order_cap);
	memmove(text->order + 1, text->order, text->order_count * sizeof *text->order);
	text->order[0] = text->profile;
	text->order_count++;
	return 0;
}

void definition_text_free(struct def_text *text)
{
	map_free(&text->key_ids);
	map_free(&text->names);
	map_free(&text->paths);
	free(text->lines);
	free(text->keys);
	free(text->sections);
	free(text->files);
	free(text->parts);
	free(text->made);
	free(text->order);
	arena_free(&text->arena);
	*text = (struct def_text){0};
}
