/* What a stage reports through StageIO, taken into its attempt. What it says of files is a claim:
 * the files themselves are looked at when the stage has ended, and recorded facts win. */
#include <string.h>

#include "base/clock.h"
#include "base/manifest_members.h"
#include "base/mem.h"
#include "base/name.h"
#include "base/path.h"
#include "base/text.h"
#include "run/engine/context.h"

static const char *copy(struct running *running, const char *text)
{
	return text ? arena_strdup(&running->arena, text) : NULL;
}

const char *stage_event_path(
	const struct run *run, struct running *running, enum file_role role, const char *path)
{
	const char *root = graph_text(run->graph, run->graph->root);
	struct arena *arena = &running->arena;
	const char *full = path_norm(arena, path);

	if (*full == '/' && path_is_under(root, full)) {
		const char *below = path_below(root, full);
		full = *below ? below : ".";
	} else if (*full != '/') {
		/* An output is named as the stage sees it: in the directory where it makes its
		 * outputs. */
		full = role == ROLE_INPUT ? full : path_join(arena, running->work_dir, full);
	}
	if (text_starts(full, "../") || strcmp(full, "..") == 0)
		full = path_join(arena, root, full);
	const char *rest = path_below(running->work_dir, full);
	if (rest && *rest)
		return path_join(arena, running->dir, rest);
	if (role != ROLE_INPUT && *full == '/')
		return NULL;
	return full;
}

static void add_note(struct running *running, struct attempt_note **notes, uint32_t *count,
	uint32_t *cap, const json *object)
{
	struct attempt_note note = {.wall_ns = clock_wall_ns()};

	clock_parse_iso(json_get_str(object, "time", ""), &note.wall_ns);
	note.message = copy(running, json_get_str(object, "message", ""));
	note.exception_type = copy(running, json_get_str(object, "exception_type", NULL));
	note.exception_detail = copy(running, json_get_str(object, "exception_detail", NULL));
	MEM_ROOM(*notes, *count, *cap);
	(*notes)[(*count)++] = note;
}

/* A file that is reported again is as it was reported last. */
static void add_reported(struct running *running, const struct attempt_file *file)
{
	uint32_t index = map_get(&running->reported_by_path[file->role], file->path);

	if (index != NONE) {
		json_free(running->reported[index].reported);
		running->reported[index] = *file;
		return;
	}
	map_put(&running->reported_by_path[file->role], file->path, running->reported_count);
	MEM_ROOM(running->reported, running->reported_count, running->reported_cap);
	running->reported[running->reported_count++] = *file;
}

static void take_file(struct run *run, struct running *running, enum file_role role, json *object)
{
	struct buf name = {0};

	name_from_json(&name, json_get_str(object, "path", ""));
	const char *path = name.len ? stage_event_path(run, running, role, buf_text(&name)) : NULL;
	if (!path) {
		if (name.len)
			running_warn(run, running,
				"reported %s '%s' lies outside the root: it is not tracked",
				role == ROLE_OUTPUT ? "output" : "intermediate", buf_text(&name));
		buf_free(&name);
		return;
	}
	buf_free(&name);
	struct attempt_file file = {.path = path, .role = (uint8_t)role, .origin = ORIGIN_REPORTED};
	file.type = copy(running, json_get_str(object, "type", "file"));
	file.label = copy(running, json_get_str(object, "label", NULL));
	file.reason = copy(running, json_get_str(object, "reason", NULL));
	const json *retained = json_get(object, "retained");
	if (!retained || json_is_true(retained))
		file.flags |= RECORD_FILE_RETAINED;
	file.reported = json_object();
	for (const json *node = json_first(object); node; node = json_next(node)) {
		if (!manifest_is_file_member(json_key(node), role == ROLE_INTERMEDIATE))
			json_put(file.reported, json_key(node), json_copy(node));
	}
	add_reported(running, &file);
}

static void merge(json **into, const json *from)
{
	if (!json_is_object(from))
		return;
	if (!*into)
		*into = json_object();
	for (const json *node = json_first(from); node; node = json_next(node))
		json_set(*into, json_key(node), json_copy(node));
}

static void take_log(struct run *run, struct running *running, const json *object)
{
	enum log_level level = LOG_INFO;
	const char *text = json_get_str(object, "message", "");

	log_level_parse(json_get_str(object, "level", "INFO"), &level);
	stagelog_add(running->log, level, text, strlen(text));
	if (level != LOG_DEBUG)
		notify_text(run, STAGE_LOG, running->stage, level, "%s", text);
}

void stage_event_cost(struct running *running, double amount, const char *currency)
{
	running->attempt.cost += amount;
	if (!currency || !*currency)
		return;
	/* Amounts in different currencies have no sum. */
	if (running->attempt.currency && strcmp(running->attempt.currency, currency) != 0)
		running->attempt.is_mixed_cost = true;
	running->attempt.currency = currency;
}

static void take_cost(struct running *running, json *object)
{
	double amount = json_get_num(object, "amount", 0);
	json *cost = json_object();

	json_put_num(cost, "amount", amount);
	json_put_str(cost, "currency", json_get_str(object, "currency", ""));
	json_put_str(cost, "what", json_get_str(object, "what", ""));
	if (!running->attempt.costs)
		running->attempt.costs = json_array();
	json_push(running->attempt.costs, cost);
	stage_event_cost(running, amount, copy(running, json_get_str(object, "currency", NULL)));
}

static void take_progress(struct run *run, struct running *running, const json *object)
{
	const char *text = json_get_str(object, "message", "");

	running->progress = json_get_num(object, "fraction", -1);
	struct run_event event = {
		.kind = STAGE_PROGRESS,
		.stage = running->stage,
		.other = NONE,
		.fraction = running->progress,
		.text = text,
		.text_len = strlen(text),
	};
	notify(run, &event);
}

void stage_event_take(struct run *run, struct running *running, const struct event *event)
{
	json *object = event->object;
	const char *message = json_get_str(object, "message", "");

	switch (event->kind) {
	case EVENT_INPUT:
		take_file(run, running, ROLE_INPUT, object);
		break;
	case EVENT_OUTPUT:
		take_file(run, running, ROLE_OUTPUT, object);
		break;
	case EVENT_INTERMEDIATE:
		take_file(run, running, ROLE_INTERMEDIATE, object);
		break;
	case EVENT_CONFIG:
		merge(&running->attempt.reported_config, json_get(object, "values"));
		break;
	case EVENT_LOG:
		take_log(run, running, object);
		break;
	case EVENT_ERROR:
		add_note(running, &running->attempt.errors, &running->attempt.error_count,
			&running->error_cap, object);
		stagelog_add(running->log, LOG_ERROR, message, strlen(message));
		notify_text(run, STAGE_LOG, running->stage, LOG_ERROR, "%s", message);
		break;
	case EVENT_WARNING:
		add_note(running, &running->attempt.warnings, &running->attempt.warning_count,
			&running->warning_cap, object);
		stagelog_add(running->log, LOG_WARNING, message, strlen(message));
		notify_text(run, STAGE_WARNING, running->stage, LOG_WARNING, "%s", message);
		break;
	case EVENT_RESOURCE:
		merge(&running->attempt.reported_resources, json_get(object, "values"));
		break;
	case EVENT_COST:
		take_cost(running, object);
		break;
	case EVENT_PROGRESS:
		take_progress(run, running, object);
		break;
	case EVENT_FINALIZE:
		running->is_skip = strcmp(json_get_str(object, "status", ""), "skipped") == 0;
		running->says_failed = strcmp(json_get_str(object, "status", ""), "failed") == 0;
		merge(&running->attempt.extra, json_get(object, "fields"));
		break;
	}
}
