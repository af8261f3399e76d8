#include "base/json_schema.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

#define WRONG_MAX 10

struct json_schema {
	json *root;
	/* of one check */
	struct buf *wrong, path;
	unsigned count;
	unsigned quiet; /* alternatives are being tried */
};

struct json_schema *json_schema_new(const char *text, size_t len)
{
	json *root = json_parse(text, len, NULL);
	struct json_schema *schema;

	if (!root)
		return NULL;
	schema = mem_alloc(sizeof *schema);
	schema->root = root;
	return schema;
}

void json_schema_free(struct json_schema *schema)
{
	if (!schema)
		return;
	json_free(schema->root);
	buf_free(&schema->path);
	free(schema);
}

/* Always false. `member` of what the path says, or NULL. */
static bool wrong(struct json_schema *s, const char *member, const char *what)
{
	if (s->quiet || s->count++ >= WRONG_MAX)
		return false;
	buf_str(s->wrong, s->count > 1 ? "; " : "");
	buf_str(s->wrong, buf_text(&s->path));
	if (member)
		buf_fmt(s->wrong, "%s%s", s->path.len ? "." : "", member);
	buf_fmt(s->wrong, "%s%s", s->path.len || member ? ": " : "", what);
	return false;
}

static bool check(struct json_schema *s, const json *schema, const json *node);

static bool passes(struct json_schema *s, const json *schema, const json *node)
{
	s->quiet++;
	bool is_good = check(s, schema, node);
	s->quiet--;
	return is_good;
}

static bool check_member(struct json_schema *s, const json *schema, const json *member)
{
	size_t len = s->path.len;

	buf_fmt(&s->path, "%s%s", len ? "." : "", json_key(member));
	bool is_good = check(s, schema, member);
	s->path.len = len;
	if (s->path.data)
		s->path.data[len] = '\0';
	return is_good;
}

static bool has_type(const char *type, const json *node)
{
	enum json_kind kind = json_kind(node);

	switch (kind) {
	case JSON_NULL:
		return text_eq(type, "null");
	case JSON_FALSE:
	case JSON_TRUE:
		return text_eq(type, "boolean");
	case JSON_NUMBER:
		return text_eq(type, "number") ||
		       (text_eq(type, "integer") && json_num(node, 0) == floor(json_num(node, 0)));
	case JSON_STRING:
		return text_eq(type, "string");
	case JSON_ARRAY:
		return text_eq(type, "array");
	default:
		return text_eq(type, "object");
	}
}

static bool of_type(struct json_schema *s, const json *types, const json *node)
{
	struct buf what BUF_LOCAL = {0};
	bool is_good = false;

	if (json_is(types, JSON_STRING))
		is_good = has_type(json_str(types, ""), node);
	for (const json *type = json_first(types); type && !is_good; type = json_next(type))
		is_good = has_type(json_str(type, ""), node);
	if (is_good)
		return true;
	buf_fmt(&what, "it is not of type %s", json_str(types, ""));
	for (const json *type = json_first(types); type; type = json_next(type))
		buf_fmt(&what, "%s%s", type == json_first(types) ? "" : " or ", json_str(type, ""));
	wrong(s, NULL, buf_text(&what));
	return false;
}

/* Of the simple values that schemas name. */
static bool is_value(const json *a, const json *b)
{
	if (json_kind(a) != json_kind(b))
		return false;
	if (json_is(a, JSON_STRING))
		return text_eq(json_str(a, ""), json_str(b, ""));
	return !json_is(a, JSON_NUMBER) || json_num(a, 0) == json_num(b, 0);
}

static bool of_enum(struct json_schema *s, const json *values, const json *node)
{
	for (const json *value = json_first(values); value; value = json_next(value)) {
		if (is_value(value, node))
			return true;
	}
	return wrong(s, NULL, "it has none of the values that it may have");
}

static bool of_required(struct json_schema *s, const json *names, const json *node)
{
	bool is_good = true;

	if (!json_is(node, JSON_OBJECT))
		return true;
	for (const json *name = json_first(names); name; name = json_next(name)) {
		if (!json_get(node, json_str(name, "")))
			is_good = wrong(s, json_str(name, ""), "it is missing");
	}
	return is_good;
}

static bool of_properties(struct json_schema *s, const json *properties, const json *node)
{
	bool is_good = true;

	if (!json_is(node, JSON_OBJECT))
		return true;
	for (const json *schema = json_first(properties); schema; schema = json_next(schema)) {
		const json *member = json_get(node, json_key(schema));
		is_good &= !member || check_member(s, schema, member);
	}
	return is_good;
}

static bool of_others(
	struct json_schema *s, const json *schema, const json *others, const json *node)
{
	const json *known = json_get(schema, "properties");
	bool is_good = true;

	if (!json_is(node, JSON_OBJECT))
		return true;
	for (const json *member = json_first(node); member; member = json_next(member))
		is_good &= json_get(known, json_key(member)) || check_member(s, others, member);
	return is_good;
}

static bool of_items(struct json_schema *s, const json *items, const json *node)
{
	size_t len = s->path.len, at = 0;
	bool is_good = true;

	if (!json_is(node, JSON_ARRAY))
		return true;
	for (const json *item = json_first(node); item; item = json_next(item)) {
		buf_fmt(&s->path, "[%zu]", at++);
		is_good &= check(s, items, item);
		s->path.len = len;
		s->path.data[len] = '\0';
	}
	return is_good;
}

/* What is behind a beginning that looks like this: d is a digit, x one of hexadecimal, all else
 * itself. NULL: it does not look so. */
static const char *behind(const char *text, const char *looks)
{
	for (; *looks; looks++, text++) {
		bool is_digit = *text >= '0' && *text <= '9';
		bool is_hex = is_digit || (*text >= 'a' && *text <= 'f');
		if (*looks == 'd' ? !is_digit : *looks == 'x' ? !is_hex : *text != *looks)
			return NULL;
	}
	return text;
}

static bool is_run(const char *text)
{
	return behind(text, "dddddddd_dddddd");
}

static bool is_time(const char *text)
{
	const char *zone = behind(text, "dddd-dd-ddTdd:dd:dd.dddddd");

	if (!zone || strcmp(zone, "Z") == 0)
		return zone;
	const char *end = *zone == '+' || *zone == '-' ? behind(zone + 1, "dd:dd") : NULL;
	return end && !*end;
}

static bool is_checksum(const char *text)
{
	static const char half[] = "xxxxxxxxxxxxxxxx";
	const char *digits = strncmp(text, "xxh3-128:", 9) == 0 ? behind(text + 9, half) : NULL;
	const char *end = digits ? behind(digits, half) : NULL;

	return end && !*end;
}

static bool is_whole_number(const char *text)
{
	text += *text == '-';
	return *text && text[strspn(text, "0123456789")] == '\0';
}

/* The patterns that stand in our schemas. The C library's regular expressions cannot be asked: they
 * call it no match where memory is short, and free twice. A test compares what this finds with
 * what jsonschema finds, so that a pattern without a row is noticed. */
static const struct {
	const char *pattern;
	bool (*fits)(const char *text);
} forms[] = {
	{"^[0-9]{8}_[0-9]{6}", is_run},
	{"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{6}([+-][0-9]{2}:[0-9]{2}|"
	 "Z)$",
		is_time},
	{"^xxh3-128:[0-9a-f]{32}$", is_checksum},
	{"^-?[0-9]+$", is_whole_number},
};

static bool of_pattern(struct json_schema *s, const json *pattern, const json *node)
{
	if (!json_is(node, JSON_STRING))
		return true;
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		if (strcmp(forms[i].pattern, json_str(pattern, "")) == 0 &&
			forms[i].fits(json_str(node, "")))
			return true;
	}
	return wrong(s, NULL, "it does not have the form that it must have");
}

static bool of_any(struct json_schema *s, const json *schemas, const json *node)
{
	for (const json *schema = json_first(schemas); schema; schema = json_next(schema)) {
		if (passes(s, schema, node))
			return true;
	}
	return wrong(s, NULL, "it is nothing that it may be");
}

static bool of_all(struct json_schema *s, const json *schemas, const json *node)
{
	bool is_good = true;

	for (const json *schema = json_first(schemas); schema; schema = json_next(schema))
		is_good &= check(s, schema, node);
	return is_good;
}

static bool of_condition(struct json_schema *s, const json *schema, const json *node)
{
	bool holds = passes(s, json_get(schema, "if"), node);
	const json *then = json_get(schema, holds ? "then" : "else");

	return !then || check(s, then, node);
}

static bool of_reference(struct json_schema *s, const json *reference, const json *node)
{
	const char *at = json_str(reference, "");
	const json *schema = *at == '#' ? s->root : NULL;
	char name[100];

	for (at += *at == '#'; *at == '/' && schema; at += strcspn(at, "/")) {
		size_t len = strcspn(++at, "/");
		if (len >= sizeof name)
			return wrong(s, NULL, "its schema has a reference that is too long");
		memcpy(name, at, len);
		name[len] = '\0';
		schema = json_get(schema, name);
	}
	return schema ? check(s, schema, node)
		      : wrong(s, NULL, "its schema has a reference that leads nowhere");
}

static bool of_const(struct json_schema *s, const json *value, const json *node)
{
	return is_value(value, node) || wrong(s, NULL, "it has another value than it must have");
}

static bool of_length(struct json_schema *s, const json *least, const json *node)
{
	return !json_is(node, JSON_STRING) ||
	       (double)strlen(json_str(node, "")) >= json_num(least, 0) ||
	       wrong(s, NULL, "it is too short");
}

static bool of_least_members(struct json_schema *s, const json *least, const json *node)
{
	return !json_is(node, JSON_OBJECT) || (double)json_count(node) >= json_num(least, 0) ||
	       wrong(s, NULL, "it has too few members");
}

static bool of_most_items(struct json_schema *s, const json *most, const json *node)
{
	return !json_is(node, JSON_ARRAY) || (double)json_count(node) <= json_num(most, 0) ||
	       wrong(s, NULL, "it is too long");
}

static bool of_least(struct json_schema *s, const json *least, const json *node)
{
	return !json_is(node, JSON_NUMBER) || json_num(node, 0) >= json_num(least, 0) ||
	       wrong(s, NULL, "it is too small");
}

static bool of_most(struct json_schema *s, const json *most, const json *node)
{
	return !json_is(node, JSON_NUMBER) || json_num(node, 0) <= json_num(most, 0) ||
	       wrong(s, NULL, "it is too large");
}

static bool of_not(struct json_schema *s, const json *schema, const json *node)
{
	return !passes(s, schema, node) || wrong(s, NULL, "it has what it may not have here");
}

/* Those without a function are dealt with elsewhere, or say nothing. */
static const struct {
	const char *name;
	bool (*check)(struct json_schema *s, const json *keyword, const json *node);
} keywords[] = {
	{"$ref", of_reference},
	{"type", of_type},
	{"required", of_required},
	{"properties", of_properties},
	{"items", of_items},
	{"enum", of_enum},
	{"const", of_const},
	{"pattern", of_pattern},
	{"minLength", of_length},
	{"minProperties", of_least_members},
	{"maxItems", of_most_items},
	{"minimum", of_least},
	{"maximum", of_most},
	{"anyOf", of_any},
	{"allOf", of_all},
	{"not", of_not},
	{"description", NULL},
	{"additionalProperties", NULL},
	{"if", NULL},
	{"then", NULL},
	{"else", NULL},
	{"title", NULL},
	{"$schema", NULL},
	{"$defs", NULL},
};

static bool of_keyword(struct json_schema *s, const json *keyword, const json *node)
{
	for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
		if (text_eq(json_key(keyword), keywords[i].name))
			return !keywords[i].check || keywords[i].check(s, keyword, node);
	}
	return wrong(s, NULL, "its schema has a keyword that is not known");
}

static bool check(struct json_schema *s, const json *schema, const json *node)
{
	bool is_good = true;

	if (json_is(schema, JSON_TRUE))
		return true;
	if (json_is(schema, JSON_FALSE))
		return wrong(s, NULL, "it may not stand here");
	for (const json *keyword = json_first(schema); keyword; keyword = json_next(keyword)) {
		is_good &= of_keyword(s, keyword, node);
		if (!is_good && s->quiet)
			return false;
	}
	const json *others = json_get(schema, "additionalProperties");
	is_good &= !others || of_others(s, schema, others, node);
	return is_good & (!json_get(schema, "if") || of_condition(s, schema, node));
}

bool json_schema_check(struct json_schema *schema, const json *tree, struct buf *out)
{
	schema->wrong = out;
	schema->count = 0;
	buf_reset(&schema->path);
	return check(schema, schema->root, tree);
}
