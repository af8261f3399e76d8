#include "stageio/fields.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/manifest_members.h"
#include "base/text.h"
#include "stageio/error.h"

/* Above this a double is no longer every integer. */
#define EXACT_MAX INT64_C(9007199254740992)

/* A value ends up four levels deep in a manifest and three in an event, and readers stop at 200. */
#define DEPTH_MAX 190

static bool is_reserved(const char *name, enum fields_of of)
{
	switch (of) {
	case FIELDS_OF_FILE:
	case FIELDS_OF_INTERMEDIATE:
		return manifest_is_file_member(name, of == FIELDS_OF_INTERMEDIATE);
	case FIELDS_OF_RESOURCES:
		return text_eq(name, "cost") || text_eq(name, "costs") || text_eq(name, "currency");
	case FIELDS_OF_MANIFEST:
		return manifest_is_member(name);
	case FIELDS_OF_CONFIG:
	default:
		return false;
	}
}

static int check_name(const json *object, const char *name, enum fields_of of)
{
	if (!name || !*name)
		return error_set(STAGEIO_EINVAL, "a field has no name");
	if (!text_is_utf8(name, strlen(name)))
		return error_set(STAGEIO_EINVAL, "the name of a field is not UTF-8");
	if (is_reserved(name, of))
		return error_set(STAGEIO_ERESERVED, "'%s' is a name of the manifest's own", name);
	if (json_get(object, name))
		return error_set(STAGEIO_EINVAL, "field '%s' is given twice", name);
	return STAGEIO_OK;
}

/* Parsed values have at most 200 levels: the recursion ends. */
static unsigned depth_of(const json *node)
{
	unsigned deepest = 0;

	for (const json *child = json_first(node); child; child = json_next(child)) {
		unsigned depth = depth_of(child);
		if (depth > deepest)
			deepest = depth;
	}
	return deepest + 1;
}

static int parse_value(const stageio_field *field, json **value)
{
	struct err err = {0};

	*value = json_parse(field->text, strlen(field->text), &err);
	if (!*value && error_is_memory(&err))
		return error_memory();
	if (!*value)
		return error_set(STAGEIO_EJSON, "field '%s' is no JSON: %s", field->name, err.text);
	if (depth_of(*value) > DEPTH_MAX) {
		json_free(*value);
		*value = NULL;
		return error_set(STAGEIO_EJSON, "field '%s' has more than %d levels", field->name,
			DEPTH_MAX);
	}
	return STAGEIO_OK;
}

static json *integer_value(int64_t integer)
{
	char text[24];

	if (integer >= -EXACT_MAX && integer <= EXACT_MAX)
		return json_number((double)integer);
	snprintf(text, sizeof text, "%" PRId64, integer);
	return json_string(text);
}

static int make_value(const stageio_field *field, json **value)
{
	bool needs_text = field->kind == STAGEIO_KIND_STR || field->kind == STAGEIO_KIND_JSON ||
			  field->kind == STAGEIO_KIND_PATH;

	if (needs_text && !field->text)
		return error_set(STAGEIO_EINVAL, "field '%s' has no value", field->name);
	switch (field->kind) {
	case STAGEIO_KIND_STR:
		*value = json_string(field->text);
		break;
	case STAGEIO_KIND_PATH:
		*value = json_name(field->text);
		break;
	case STAGEIO_KIND_INT:
		*value = integer_value(field->integer);
		break;
	case STAGEIO_KIND_NUM:
		if (!isfinite(field->number))
			return error_set(
				STAGEIO_EINVAL, "field '%s' is no finite number", field->name);
		*value = json_number(field->number);
		break;
	case STAGEIO_KIND_BOOL:
		*value = json_bool(field->integer != 0);
		break;
	case STAGEIO_KIND_NULL:
		*value = json_null();
		break;
	case STAGEIO_KIND_JSON:
		return parse_value(field, value);
	case STAGEIO_KIND_LABEL:
	default:
		return error_set(STAGEIO_EINVAL, "field '%s' is of no kind that has a place here",
			field->name);
	}
	return *value ? STAGEIO_OK : error_memory();
}

int fields_put(json *object, const stageio_field *fields, size_t count, enum fields_of of)
{
	bool is_file = of == FIELDS_OF_FILE || of == FIELDS_OF_INTERMEDIATE;

	if (!fields && count)
		return error_set(STAGEIO_EINVAL, "there are no fields, but a count of them");
	for (size_t i = 0; i < count; i++) {
		json *value = NULL;
		if (is_file && fields[i].kind == STAGEIO_KIND_LABEL)
			continue;
		int code = check_name(object, fields[i].name, of);
		if (code == STAGEIO_OK)
			code = make_value(&fields[i], &value);
		if (code != STAGEIO_OK)
			return code;
		if (!json_put(object, fields[i].name, value))
			return error_memory();
	}
	return STAGEIO_OK;
}

int fields_put_label(json *object, const stageio_field *fields, size_t count)
{
	const char *label = NULL;

	for (size_t i = 0; fields && i < count; i++) {
		if (fields[i].kind != STAGEIO_KIND_LABEL)
			continue;
		if (label)
			return error_set(STAGEIO_EINVAL, "there are two labels");
		label = fields[i].text;
		if (!label || !*label)
			return error_set(STAGEIO_EINVAL, "the label is empty");
	}
	if (label && !json_put_str(object, "label", label))
		return error_memory();
	return STAGEIO_OK;
}
