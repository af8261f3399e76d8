#include "stageio/event.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/manifest_members.h"
#include "base/text.h"
#include "stageio/error.h"

/* Above this a double is no longer every integer. */
#define EXACT_MAX INT64_C(9007199254740992)

/* A value ends up four levels deep in a manifest and three in an event, and readers stop at 200. */
#define DEPTH_MAX 190

void event_begin(struct event *event, const char *kind)
{
	*event = (struct event){.kind = kind, .line = BUF_SOFT};
	event->w.out = &event->line;
	json_write_object(&event->w, NULL);
	json_write_str(&event->w, "event", kind);
}

void event_put_time(struct event *event)
{
	char now[CLOCK_ISO_SIZE];

	clock_iso(clock_wall_ns(), now);
	json_write_str(&event->w, "time", now);
}

bool event_is_reserved(const char *name, enum fields_of of)
{
	switch (of) {
	case FIELDS_OF_FILE:
	case FIELDS_OF_INTERMEDIATE:
		return manifest_is_file_member(name, of == FIELDS_OF_INTERMEDIATE);
	case FIELDS_OF_RESOURCES:
		return manifest_is_resource_member(name);
	case FIELDS_OF_MANIFEST:
		return manifest_is_member(name);
	case FIELDS_OF_CONFIG:
	default:
		return false;
	}
}

/* before: the fields in front of it */
static int check_name(const char *name, const stageio_field *fields, size_t before)
{
	if (!name || !*name)
		return error_set(STAGEIO_EINVAL, "a field has no name");
	if (!text_is_utf8(name, strlen(name)))
		return error_set(STAGEIO_EINVAL, "the name of a field is not UTF-8");
	for (size_t i = 0; i < before; i++) {
		if (fields[i].kind != STAGEIO_KIND_LABEL && strcmp(fields[i].name, name) == 0)
			return error_set(STAGEIO_EINVAL, "field '%s' is given twice", name);
	}
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

static int put_json(struct event *event, const stageio_field *field)
{
	struct err err = {0};
	json *value JSON_LOCAL = json_parse(field->text, strlen(field->text), &err);
	int code = STAGEIO_OK;

	if (!value && error_is_memory(&err))
		return error_memory();
	if (!value)
		return error_set(STAGEIO_EJSON, "field '%s' is no JSON: %s", field->name, err.text);
	if (depth_of(value) > DEPTH_MAX)
		code = error_set(STAGEIO_EJSON, "field '%s' has more than %d levels", field->name,
			DEPTH_MAX);
	else
		json_write_node(&event->w, field->name, value);
	return code;
}

static void put_integer(struct event *event, const stageio_field *field)
{
	char text[24];

	snprintf(text, sizeof text, "%" PRId64, field->integer);
	if (field->integer >= -EXACT_MAX && field->integer <= EXACT_MAX)
		json_write_num(&event->w, field->name, (double)field->integer);
	else
		json_write_str(&event->w, field->name, text);
}

/* What JSON has no number for is told as text: a loss that is NaN is worth to be known. */
static void put_number(struct event *event, const stageio_field *field)
{
	double number = field->number;

	if (isfinite(number))
		json_write_num(&event->w, field->name, number);
	else if (isnan(number))
		json_write_str(&event->w, field->name, "nan");
	else
		json_write_str(&event->w, field->name, number > 0 ? "inf" : "-inf");
}

static int put_value(struct event *event, const stageio_field *field)
{
	struct json_writer *w = &event->w;
	bool needs_text = field->kind == STAGEIO_KIND_STR || field->kind == STAGEIO_KIND_JSON ||
			  field->kind == STAGEIO_KIND_PATH;

	if (needs_text && !field->text)
		return error_set(STAGEIO_EINVAL, "field '%s' has no value", field->name);
	switch (field->kind) {
	case STAGEIO_KIND_STR:
		json_write_str(w, field->name, field->text);
		return STAGEIO_OK;
	case STAGEIO_KIND_PATH:
		json_write_name(w, field->name, field->text);
		return STAGEIO_OK;
	case STAGEIO_KIND_INT:
		put_integer(event, field);
		return STAGEIO_OK;
	case STAGEIO_KIND_NUM:
		put_number(event, field);
		return STAGEIO_OK;
	case STAGEIO_KIND_BOOL:
		json_write_bool(w, field->name, field->integer != 0);
		return STAGEIO_OK;
	case STAGEIO_KIND_NULL:
		json_write_null(w, field->name);
		return STAGEIO_OK;
	case STAGEIO_KIND_JSON:
		return put_json(event, field);
	case STAGEIO_KIND_LABEL:
	default:
		return error_set(STAGEIO_EINVAL, "field '%s' is of no kind that has a place here",
			field->name);
	}
}

static bool is_label(const stageio_field *field, enum fields_of of)
{
	return field->kind == STAGEIO_KIND_LABEL &&
	       (of == FIELDS_OF_FILE || of == FIELDS_OF_INTERMEDIATE);
}

/* Checks the fields, and says whether some of their names are reserved. */
static int check_fields(
	const stageio_field *fields, size_t count, enum fields_of of, bool *has_reserved)
{
	int code = STAGEIO_OK;

	*has_reserved = false;
	if (!fields && count)
		return error_set(STAGEIO_EINVAL, "there are no fields, but a count of them");
	for (size_t i = 0; i < count && code == STAGEIO_OK; i++) {
		if (is_label(&fields[i], of))
			continue;
		code = check_name(fields[i].name, fields, i);
		*has_reserved |= code == STAGEIO_OK && event_is_reserved(fields[i].name, of);
	}
	return code;
}

int event_put_fields(
	struct event *event, const stageio_field *fields, size_t count, enum fields_of of)
{
	bool has_reserved;
	int code = check_fields(fields, count, of, &has_reserved);

	/* a field of the stage's own of that name goes there too, if it is needed for others */
	int passes = has_reserved ? 2 : 1;
	for (int in_meta = 0; in_meta < passes; in_meta++) {
		if (in_meta)
			json_write_object(&event->w, MANIFEST_META);
		for (size_t i = 0; i < count && code == STAGEIO_OK; i++) {
			if (is_label(&fields[i], of))
				continue;
			bool is_meta = event_is_reserved(fields[i].name, of) ||
				       (has_reserved && text_eq(fields[i].name, MANIFEST_META));
			if (is_meta == (bool)in_meta)
				code = put_value(event, &fields[i]);
		}
		if (in_meta)
			json_write_end(&event->w);
	}
	return code;
}

int event_put_label(struct event *event, const stageio_field *fields, size_t count)
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
	if (label)
		json_write_str(&event->w, "label", label);
	return STAGEIO_OK;
}

int event_open(int *fd, const char *path)
{
	do
		*fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
	while (*fd < 0 && errno == EINTR);
	return *fd < 0 ? error_sys(errno, "open", path) : STAGEIO_OK;
}

/* One write: with O_APPEND the kernel puts the lines of several writers one behind the other,
 * whole. */
int event_append(int fd, const struct event *event)
{
	const struct buf *line = &event->line;
	ssize_t n;

	if (line->len > STAGEIO_LINE_MAX)
		return error_set(STAGEIO_ETOOLONG, "a report of %zu bytes is over the limit of %d",
			line->len, STAGEIO_LINE_MAX);
	do
		n = write(fd, line->data, line->len);
	while (n < 0 && errno == EINTR);
	if (n == (ssize_t)line->len)
		return STAGEIO_OK;
	/* a full disk: what follows must not be taken for the rest of this line */
	if (n < 0 || write(fd, "\n", 1) < 0)
		return error_sys(errno, "write", "STAGEIO_EVENTS");
	return error_sys(ENOSPC, "write", "STAGEIO_EVENTS");
}
