/* Parameters of a YAML or JSON file, by libyaml: it leaves every value as it is spelt, so that
 * 1234567890123456789, 0.20 and 1e-5 reach a command as they were written. A file called *.json
 * must be JSON; what it holds is then read as YAML, which has the same meaning for it.
 *
 * Mappings give dotted names: {"train": {"seed": 7}} is train.seed. A list is one parameter, an
 * item a line; one that holds lists or mappings is a parameter for each of its items, by their
 * places (steps.0.name). null (~, nothing) is an empty value. An alias stands for a copy of what
 * it names, and "<<" takes in the keys of another mapping that are not there. */
#include "model/load/params_file.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/err.h"
#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"

#define DEPTH_MAX 50
/* A few aliases that name one another make any number of values. */
#define VALUES_MAX 1000000u
#define BYTES_MAX ((size_t)64 << 20)

struct reading {
	struct arena *arena;
	struct diags *diags;
	const char *file;
	yaml_document_t document;
	params_entry *entry;
	void *ctx;
	struct map seen;  /* name -> line, of mappings and lists, too */
	uint32_t values;  /* so far */
	size_t bytes;     /* of names and values so far */
	bool is_too_much; /* told; nothing more is read */
};

static uint32_t line_of(const yaml_node_t *node)
{
	return (uint32_t)node->start_mark.line + 1;
}

static const char *scalar(const yaml_node_t *node)
{
	return (const char *)node->data.scalar.value;
}

static bool is_plain(const yaml_node_t *node)
{
	return node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

static bool is_null(const yaml_node_t *node)
{
	static const char *const spelt[] = {"", "~", "null", "Null", "NULL"};
	bool is_spelt = false;

	for (size_t i = 0; i < sizeof spelt / sizeof *spelt; i++)
		is_spelt |= text_eq(spelt[i], scalar(node));
	return is_spelt && is_plain(node);
}

/* Bounds what a file can make of a few bytes. */
static bool has_room(struct reading *reading, const yaml_node_t *node, size_t bytes)
{
	reading->bytes += bytes;
	if (++reading->values <= VALUES_MAX && reading->bytes <= BYTES_MAX)
		return true;
	if (!reading->is_too_much)
		diag_add(reading->diags, reading->file, line_of(node),
			"more than %u values, or %zu MiB of them: do aliases name one another?",
			VALUES_MAX, BYTES_MAX >> 20);
	reading->is_too_much = true;
	return false;
}

static bool is_good(struct reading *reading, const yaml_node_t *node, uint32_t depth)
{
	const char *tag = (const char *)node->tag;

	if (depth > DEPTH_MAX) {
		diag_add(reading->diags, reading->file, line_of(node),
			"lists and mappings are nested more than %d deep", DEPTH_MAX);
		return false;
	}
	if (tag && !text_starts(tag, "tag:yaml.org,2002:")) {
		diag_add(reading->diags, reading->file, line_of(node),
			"the tag '%s' has no meaning here: write the value without it", tag);
		return false;
	}
	if (node->type == YAML_SCALAR_NODE && strlen(scalar(node)) != node->data.scalar.length) {
		diag_add(reading->diags, reading->file, line_of(node), "a value holds a NUL byte");
		return false;
	}
	return true;
}

static void add_node(
	struct reading *reading, const char *name, int id, bool is_merged, uint32_t depth);

static const char *member(struct reading *reading, const char *prefix, const char *part)
{
	return prefix ? arena_fmt(reading->arena, "%s.%s", prefix, part)
		      : arena_strdup(reading->arena, part);
}

static bool is_merge(struct reading *reading, const yaml_node_pair_t *pair)
{
	const yaml_node_t *key = yaml_document_get_node(&reading->document, pair->key);

	return key->type == YAML_SCALAR_NODE && is_plain(key) && text_eq(scalar(key), "<<");
}

static void add_pairs(struct reading *reading, const char *prefix, const yaml_node_t *node,
	bool is_merged, uint32_t depth);

/* "<<: *other", or a list of them, of which the first that has a key wins. */
static void add_merge(struct reading *reading, const char *prefix, int id, uint32_t depth)
{
	const yaml_node_t *node = yaml_document_get_node(&reading->document, id);

	if (!is_good(reading, node, depth))
		return;
	if (node->type == YAML_MAPPING_NODE) {
		add_pairs(reading, prefix, node, true, depth + 1);
		return;
	}
	if (node->type == YAML_SCALAR_NODE) {
		diag_add(reading->diags, reading->file, line_of(node),
			"'<<' takes a mapping or a list of them");
		return;
	}
	for (const int *item = node->data.sequence.items.start;
		item < node->data.sequence.items.top && !reading->is_too_much; item++)
		add_merge(reading, prefix, *item, depth + 1);
}

/* What a mapping says itself comes before what it takes in from others. */
static void add_pairs(struct reading *reading, const char *prefix, const yaml_node_t *node,
	bool is_merged, uint32_t depth)
{
	const yaml_node_pair_t *first = node->data.mapping.pairs.start;
	const yaml_node_pair_t *end = node->data.mapping.pairs.top;

	for (const yaml_node_pair_t *pair = first; pair < end && !reading->is_too_much; pair++) {
		const yaml_node_t *key = yaml_document_get_node(&reading->document, pair->key);
		if (is_merge(reading, pair) || !is_good(reading, key, depth))
			continue;
		if (key->type != YAML_SCALAR_NODE || !*scalar(key))
			diag_add(reading->diags, reading->file, line_of(key),
				"a key is no name: it is %s",
				key->type == YAML_SCALAR_NODE ? "empty" : "a list or mapping");
		else
			add_node(reading, member(reading, prefix, scalar(key)), pair->value,
				is_merged, depth);
	}
	for (const yaml_node_pair_t *pair = first; pair < end && !reading->is_too_much; pair++) {
		if (is_merge(reading, pair))
			add_merge(reading, prefix, pair->value, depth + 1);
	}
}

/* Empty lines of a value are no items: it would be lost. */
static bool is_blank(const yaml_node_t *value)
{
	return is_null(value) || !scalar(value)[strspn(scalar(value), " \t")];
}

/* A list of values is one parameter, a line each. False: it holds more than values. */
static bool add_lines(struct reading *reading, const char *name, const yaml_node_t *node)
{
	const int *first = node->data.sequence.items.start, *end = node->data.sequence.items.top;
	struct buf text BUF_LOCAL = {0};
	bool are_good = true;

	for (const int *item = first; item < end; item++) {
		if (yaml_document_get_node(&reading->document, *item)->type != YAML_SCALAR_NODE)
			return false;
	}
	for (const int *item = first; item < end && are_good; item++) {
		const yaml_node_t *value = yaml_document_get_node(&reading->document, *item);
		are_good = has_room(reading, value, value->data.scalar.length) &&
			   is_good(reading, value, 0);
		const char *what =
			strchr(scalar(value), '\n') ? "has several lines: an item is one line"
			: is_blank(value) ? "is empty: leave it out, or write what it shall be"
					  : NULL;
		if (are_good && what) {
			diag_add(reading->diags, reading->file, line_of(value),
				"an item of the list '%s' %s", name, what);
			are_good = false;
		}
		if (item > first)
			buf_char(&text, '\n');
		buf_str(&text, scalar(value));
	}
	if (are_good)
		reading->entry(reading->ctx, name, arena_strdup(reading->arena, buf_text(&text)));
	return true;
}

static void add_places(
	struct reading *reading, const char *name, const yaml_node_t *node, uint32_t depth)
{
	const int *first = node->data.sequence.items.start, *end = node->data.sequence.items.top;

	for (const int *item = first; item < end && !reading->is_too_much; item++)
		add_node(reading,
			arena_fmt(reading->arena, "%s.%u", name, (unsigned)(item - first)), *item,
			false, depth);
}

static void add_node(
	struct reading *reading, const char *name, int id, bool is_merged, uint32_t depth)
{
	const yaml_node_t *node = yaml_document_get_node(&reading->document, id);
	uint32_t line = line_of(node);

	if (!is_good(reading, node, depth) ||
		!has_room(reading, node,
			strlen(name) +
				(node->type == YAML_SCALAR_NODE ? node->data.scalar.length : 0)))
		return;
	uint32_t first = map_get(&reading->seen, name);
	if (first != NONE) {
		if (!is_merged)
			diag_add(reading->diags, reading->file, line,
				"parameter '%s' is given twice, first in line %u", name, first);
		return;
	}
	map_put(&reading->seen, name, line);
	if (node->type == YAML_MAPPING_NODE)
		add_pairs(reading, name, node, is_merged, depth + 1);
	else if (node->type == YAML_SEQUENCE_NODE && !add_lines(reading, name, node))
		add_places(reading, name, node, depth + 1);
	else if (node->type == YAML_SCALAR_NODE)
		reading->entry(reading->ctx, name,
			is_null(node) ? "" : arena_strdup(reading->arena, scalar(node)));
}

/* \ud83d\ude00 of JSON is one character, which YAML cannot spell that way. The text is JSON. */
static void join_surrogates(const struct buf *text, struct buf *out)
{
	const char *at = buf_text(text), *end = at + text->len;

	while (at < end) {
		size_t run = strcspn(at, "\\");
		unsigned high, low;
		buf_add(out, at, run);
		at += run;
		if (at == end)
			break;
		if (sscanf(at, "\\u%4x\\u%4x", &high, &low) == 2 && high >> 10 == 0xd8 >> 2 &&
			low >> 10 == 0xdc >> 2) {
			buf_fmt(out, "\\U%08x", 0x10000 + ((high & 0x3ff) << 10) + (low & 0x3ff));
			at += strlen("\\ud83d\\ude00");
			continue;
		}
		buf_add(out, at, 2);
		at += 2;
	}
}

/* "line 7: ..." as a place and its mistake. */
static void tell_json(struct reading *reading, const char *text)
{
	unsigned number = 0;
	int len = 0;

	if (sscanf(text, "line %u: %n", &number, &len) == 1 && len)
		text += len;
	diag_add(reading->diags, reading->file, number, "%s", text);
}

/* False: told. */
static bool is_json(struct reading *reading, const struct buf *content)
{
	struct err err = {0};

	if (json_check(buf_text(content), content->len, &err) == 0)
		return true;
	tell_json(reading, err.text);
	return false;
}

static uint32_t count_lines(const char *text, size_t len)
{
	uint32_t count = 1;

	for (const char *at = text; (at = memchr(at, '\n', len - (size_t)(at - text))); at++)
		count++;
	return count;
}

/* The library takes other encodings, too, and says of them no line. */
static bool is_yaml_text(struct reading *reading, const struct buf *content)
{
	const char *text = buf_text(content);
	size_t good = 0, len = 1;

	while (good < content->len && len) {
		len = text_utf8_len((const unsigned char *)text + good, content->len - good);
		good += len;
	}
	if (good == content->len)
		return true;
	diag_add(reading->diags, reading->file, count_lines(text, good), "the line is not UTF-8");
	return false;
}

/* Is there a tab in what indents the line? */
static bool has_tab(const char *text, uint32_t line)
{
	for (; line > 1 && *text; text += *text == '\n') {
		text += strcspn(text, "\n");
		line -= *text == '\n';
	}
	return text[strspn(text, " ")] == '\t';
}

static void tell_yaml(struct reading *reading, const yaml_parser_t *parser, const struct buf *text)
{
	bool is_reader = parser->error == YAML_READER_ERROR;
	uint32_t line = is_reader ? count_lines(buf_text(text), parser->problem_offset)
				  : (uint32_t)parser->problem_mark.line + 1;
	uint32_t from = (uint32_t)parser->context_mark.line + 1;
	const char *problem = parser->problem ? parser->problem : "it is no YAML";

	if (!is_reader && has_tab(buf_text(text), line))
		diag_add(reading->diags, reading->file, line,
			"a tab indents the line: YAML takes blanks");
	else if (parser->context && strstr(parser->context, "simple key"))
		diag_add(reading->diags, reading->file, from, "%s behind a name", problem);
	else if (parser->context)
		diag_add(reading->diags, reading->file, line, "%s, %s from line %u", problem,
			parser->context, from);
	else
		diag_add(reading->diags, reading->file, line, "%s", problem);
}

static void add_document(struct reading *reading, bool is_from_json)
{
	const yaml_node_t *root = yaml_document_get_root_node(&reading->document);

	if (!root || (root->type == YAML_SCALAR_NODE && is_null(root)))
		return; /* an empty file */
	if (root->type == YAML_MAPPING_NODE)
		add_pairs(reading, NULL, root, false, 1);
	else
		diag_add(reading->diags, reading->file, line_of(root), "the file holds no %s",
			is_from_json ? "JSON object" : "mapping: lines such as 'name: value'");
}

static bool load(struct reading *reading, yaml_parser_t *parser, const struct buf *text)
{
	if (yaml_parser_load(parser, &reading->document))
		return true;
	if (parser->error == YAML_MEMORY_ERROR)
		mem_fail(text->len);
	tell_yaml(reading, parser, text);
	return false;
}

static void read_yaml(struct reading *reading, const struct buf *text, bool is_from_json)
{
	yaml_parser_t parser;

	if (!yaml_parser_initialize(&parser))
		mem_fail(sizeof parser);
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)buf_text(text), text->len);
	if (load(reading, &parser, text)) {
		add_document(reading, is_from_json);
		yaml_document_delete(&reading->document);
		if (load(reading, &parser, text)) {
			const yaml_node_t *more = yaml_document_get_root_node(&reading->document);
			if (more)
				diag_add(reading->diags, reading->file, line_of(more),
					"a second document begins here: a file is one");
			yaml_document_delete(&reading->document);
		}
	}
	yaml_parser_delete(&parser);
}

void params_file_read(struct arena *arena, struct diags *diags, const char *file,
	const struct buf *content, params_entry *entry, void *ctx)
{
	struct reading reading = {
		.arena = arena, .diags = diags, .file = file, .entry = entry, .ctx = ctx};
	struct buf joined BUF_LOCAL = {0};

	if (!text_ends(file, ".json")) {
		if (is_yaml_text(&reading, content))
			read_yaml(&reading, content, false);
	} else if (is_json(&reading, content)) {
		join_surrogates(content, &joined);
		read_yaml(&reading, &joined, true);
	}
	map_free(&reading.seen);
}
