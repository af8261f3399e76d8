/* What a stage reports through StageIO, taken into its attempt. What it says of files is a claim:
 * the files themselves are looked at when the stage has ended, and recorded facts win. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
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

/* A relative path that counts from `dir`. What lies above a link on the way there is asked of the
 * system. */
static const char *from_dir(struct arena *arena, const char *dir, const char *path)
{
	const char *full = path_join(arena, dir, path);

	if (!text_starts(path, "..") || !fs_has_link(dir))
		return full;
	char *real = realpath(arena_fmt(arena, "%s/%s", dir, path), NULL);
	if (real)
		full = arena_strdup(arena, real);
	free(real);
	return full;
}

/* An output is named as the stage sees it: in the directory where it makes its outputs, or in the
 * one in which it runs. One that is not there yet is looked for where outputs go. */
static const char *relative_to(
	const struct run *run, struct running *running, enum file_role role, const char *path)
{
	struct arena *arena = &running->arena;
	const char *dir = stage_run_dir(run->graph, running->stage);
	const char *made = path_join(arena, running->work_dir, path);
	struct fs_stat stat;

	if (stage_runs_in_work(run->graph, running->stage))
		return from_dir(arena, running->work_dir, path);
	if (role == ROLE_INPUT)
		return dir ? from_dir(arena, dir, path) : path;
	if (!dir || (fs_stat(made, &stat, NULL) == 0 && stat.type != 0))
		return made;
	const char *full = from_dir(arena, dir, path);
	return fs_stat(full, &stat, NULL) == 0 && stat.type != 0 ? full : made;
}

const char *stage_event_path(
	const struct run *run, struct running *running, enum file_role role, const char *path)
{
	const char *root = graph_text(run->graph, run->graph->root);
	struct arena *arena = &running->arena;
	const char *full = path_norm(arena, path);

	if (*full != '/')
		full = relative_to(run, running, role, full);
	if (*full == '/' && path_is_under(root, full)) {
		const char *below = path_below(root, full);
		full = *below ? below : ".";
	}
	if (text_starts(full, "../") || strcmp(full, "..") == 0)
		full = path_join(arena, root, full);
	const char *rest = path_below(running->work_dir, full);
	if (rest && *rest)
		return stage_final_place(run->graph, running->stage, rest, arena);
	if (role != ROLE_INPUT && *full == '/')
		return NULL;
	return full;
}

static int64_t time_of(const json *object)
{
	int64_t wall_ns = clock_wall_ns();

	clock_parse_iso(json_get_str(object, "time", ""), &wall_ns);
	return wall_ns;
}

/* A text of the event; in the arena. */
static const char *text_of(
	const struct run *run, struct running *running, const json *object, const char *name)
{
	const char *text = json_get_str(object, name, NULL);

	return text ? copy(running, running_text(run, running, text)) : NULL;
}

static void add_error(const struct run *run, struct running *running, const json *object)
{
	struct attempt *attempt = &running->attempt;
	const char *message = text_of(run, running, object, "message");

	MEM_ROOM(attempt->errors, attempt->error_count, running->error_cap);
	attempt->errors[attempt->error_count++] = (struct attempt_note){
		.wall_ns = time_of(object),
		.message = message ? message : "",
		.exception_type = copy(running, json_get_str(object, "exception_type", NULL)),
		.exception_detail = text_of(run, running, object, "exception_detail"),
	};
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

/* Is it a name under which the manifest has something of its own? */
typedef bool is_own_name(const char *name);

static bool is_own_of_file(const char *name)
{
	return manifest_is_file_member(name, false);
}

static bool is_own_of_intermediate(const char *name)
{
	return manifest_is_file_member(name, true);
}

/* Merges what a stage reports of its own into *into; what has such a name stands apart there.
 * Takes `fields` over. */
static void take_fields(struct run *run, struct running *running, json **into, json *fields,
	const char *what, is_own_name *is_own)
{
	json *apart = NULL;

	if (!json_is(fields, JSON_OBJECT)) {
		json_free(fields);
		return;
	}
	running_texts(run, running, fields);
	for (const json *node = json_first(fields), *next; node; node = next) {
		const char *name = json_key(node);
		next = json_next(node);
		if (!is_own(name))
			continue;
		running_warn(run, running,
			"%s: '%s' is a name of the manifest's own, the value is kept under " MANIFEST_META,
			what, name);
		apart = apart ? apart : json_object();
		json_put(apart, name, json_copy(node));
		json_free(json_detach(fields, name));
	}
	if (apart && json_get(fields, MANIFEST_META))
		json_put(apart, MANIFEST_META, json_detach(fields, MANIFEST_META));
	if (apart)
		json_put(fields, MANIFEST_META, apart);
	if (!*into)
		*into = json_object();
	json_merge(*into, fields, MANIFEST_META);
	json_free(fields);
}

static void take_file(struct run *run, struct running *running, const json *object, int role)
{
	struct buf name = {0};

	name_from_json(&name, json_get_str(object, "path", ""));
	const char *path =
		name.len ? stage_event_path(run, running, (enum file_role)role, buf_text(&name))
			 : NULL;
	if (!path) {
		if (name.len)
			running_warn(run, running,
				"reported %s '%s' lies outside the root: it is not tracked",
				role == ROLE_OUTPUT ? "output" : "intermediate", buf_text(&name));
		buf_free(&name);
		return;
	}
	buf_free(&name);
	const json *retained = json_get(object, "retained");
	bool is_intermediate = role == ROLE_INTERMEDIATE;
	const char *const told[] = {"event", "path", "type", "label", "retained", "reason"};
	json *fields = json_copy(object);
	for (size_t i = 0; i < (is_intermediate ? 6 : 4); i++)
		json_free(json_detach(fields, told[i]));
	struct attempt_file file = {
		.path = path,
		.role = (uint8_t)role,
		.origin = ORIGIN_REPORTED,
		.type = copy(running, json_get_str(object, "type", "file")),
		.label = copy(running, json_get_str(object, "label", NULL)),
		.reason = text_of(run, running, object, "reason"),
		.flags = !retained || json_is(retained, JSON_TRUE) ? RECORD_FILE_RETAINED : 0,
	};
	take_fields(run, running, &file.reported, fields, json_get_str(object, "event", ""),
		is_intermediate ? is_own_of_intermediate : is_own_of_file);
	add_reported(running, &file);
}

static bool is_own_of_config(const char *name)
{
	(void)name;
	return false;
}

static void take_config(struct run *run, struct running *running, const json *object, int what)
{
	const struct graph *graph = run->graph;
	struct span config = graph->stages[running->stage].config;
	const json *values = json_get(object, "values");

	(void)what;
	for (const json *node = json_first(values); node; node = json_next(node)) {
		const char *name = json_key(node);
		const char *declared = name ? graph_pair(graph, config, name) : NULL;
		struct buf value BUF_LOCAL = {0};
		if (!declared || config_is_as_declared(declared, node))
			continue;
		json_format_line(node, &value);
		running_warn(run, running,
			"config.%s is '%s' in the pipeline file, but the stage reported that it used %s",
			name, declared, buf_text(&value));
	}
	take_fields(run, running, &running->attempt.reported_config, json_copy(values), "config",
		is_own_of_config);
}

static void take_resource(struct run *run, struct running *running, const json *object, int what)
{
	(void)what;
	take_fields(run, running, &running->attempt.reported_resources,
		json_copy(json_get(object, "values")), "resource", manifest_is_resource_member);
}

/* It runs elsewhere: nothing of it is taken in yet, only told to those who listen. */
static bool is_telling(const struct running *running)
{
	return running->away && running->away->is_telling;
}

/* One more thing that is told: was it told while the stage ran elsewhere? */
static bool was_told(struct running *running)
{
	if (is_telling(running))
		running->away->told++;
	else if (running->away && running->away->told)
		return running->away->told-- > 0;
	return false;
}

/* Into the stage's log, and to those who listen. What warns counts, however it was told. A node
 * has seen to the log and the warnings itself (attempt/node_said.c). */
static void log_message(struct run *run, struct running *running, enum log_level level,
	const json *object, bool is_note)
{
	const char *text = running_text(run, running, json_get_str(object, "message", ""));
	const char *detail = is_note ? json_get_str(object, "exception_detail", "") : "";
	enum run_event_kind kind = is_note && level == LOG_WARNING ? STAGE_WARNING : STAGE_LOG;
	bool is_here = !running->away, is_news = !was_told(running);

	if (level >= LOG_WARNING && said_again(&running->said, is_note, level, text, detail))
		return;
	if (level == LOG_WARNING &&
		(is_here || !(running->away->has_result || is_telling(running))))
		warning_add(running, time_of(object), text, strlen(text));
	if (level == LOG_ERROR && !is_note) {
		buf_reset(&running->logged_error);
		buf_str(&running->logged_error, text);
	}
	if (is_here)
		stagelog_add(running->log, level, text, strlen(text));
	if (level != LOG_DEBUG && is_news)
		notify_text(run, kind, running->stage, level, "%s", text);
}

static void take_log(struct run *run, struct running *running, const json *object, int what)
{
	enum log_level level = LOG_INFO;

	(void)what;
	log_level_parse(json_get_str(object, "level", "INFO"), &level);
	log_message(run, running, level, object, false);
}

static void take_note(struct run *run, struct running *running, const json *object, int level)
{
	if (level == LOG_ERROR && !is_telling(running))
		add_error(run, running, object);
	log_message(run, running, (enum log_level)level, object, true);
}

static void take_cost(struct run *run, struct running *running, const json *object, int what)
{
	(void)run;
	(void)what;
	costs_add(running, &(struct attempt_cost){
				   .amount = json_get_num(object, "amount", 0),
				   .currency = json_get_str(object, "currency", ""),
				   .what = json_get_str(object, "what", ""),
				   .quantity = json_get_num(object, "quantity", 0),
				   .unit = json_get_str(object, "unit", NULL),
			   });
}

static void take_progress(struct run *run, struct running *running, const json *object, int what)
{
	const char *text = running_text(run, running, json_get_str(object, "message", ""));

	(void)what;
	if (was_told(running))
		return;
	running->progress = json_get_num(object, "fraction", -1);
	struct run_event event = {
		.kind = STAGE_PROGRESS,
		.stage = running->stage,
		.fraction = running->progress,
		.text = text,
	};
	notify(run, &event);
}

/* A part of the stage that has ended; what it took is what the stage says. */
static void take_phase(struct run *run, struct running *running, const json *object, int what)
{
	static const char *const numbers[] = {"cpu_seconds", "memory_mb"};
	json **resources = &running->attempt.reported_resources;

	(void)run;
	(void)what;
	if (!*resources)
		*resources = json_object();
	if (!json_get(*resources, MANIFEST_PHASES))
		json_put(*resources, MANIFEST_PHASES, json_array());
	json *phases = (json *)(uintptr_t)json_get(*resources, MANIFEST_PHASES);
	if (json_count(phases) == MANIFEST_PHASES_MAX) {
		running->unkept_phases++;
		return;
	}
	json *phase = json_object();
	json_put(phase, "name", json_string(json_get_str(object, "name", "")));
	double seconds = json_get_num(object, "seconds", 0);
	int64_t started_ns;
	char started[CLOCK_ISO_SIZE];
	if (!(seconds >= 0 && seconds < 1e9))
		seconds = 0;
	if (clock_parse_iso(json_get_str(object, "started", ""), &started_ns) < 0)
		started_ns = clock_wall_ns() - (int64_t)(seconds * 1e9);
	clock_iso(started_ns, started);
	json_put(phase, "started", json_string(started));
	json_put(phase, "seconds", json_number(seconds));
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		double value = json_get_num(object, numbers[i], -1);
		if (value >= 0)
			json_put(phase, numbers[i], json_number(value));
	}
	json_push(phases, phase);
}

static void take_end(struct run *run, struct running *running, const json *object, int what)
{
	(void)what;
	running->is_skip = strcmp(json_get_str(object, "status", ""), "skipped") == 0;
	running->says_failed = strcmp(json_get_str(object, "status", ""), "failed") == 0;
	take_fields(run, running, &running->attempt.extra, json_copy(json_get(object, "fields")),
		"finalize", manifest_is_member);
}

struct take_ctx {
	struct run *run;
	struct running *running;
};

static bool take_event(const struct take_ctx *to, const char *name, const json *object)
{
	static const struct {
		const char *name;
		/* what: a role, or a level */
		void (*take)(
			struct run *run, struct running *running, const json *object, int what);
		int what;
		bool is_told; /* to those who listen */
	} events[] = {
		{"input", take_file, ROLE_INPUT, false},
		{"output", take_file, ROLE_OUTPUT, false},
		{"intermediate", take_file, ROLE_INTERMEDIATE, false},
		{"config", take_config, 0, false},
		{"log", take_log, 0, true},
		{"error", take_note, LOG_ERROR, true},
		{"warning", take_note, LOG_WARNING, true},
		{"resource", take_resource, 0, false},
		{"cost", take_cost, 0, false},
		{"phase", take_phase, 0, false},
		{"progress", take_progress, 0, true},
		{"finalize", take_end, 0, false},
	};

	for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
		if (strcmp(events[i].name, name) != 0)
			continue;
		if (is_telling(to->running) && !events[i].is_told)
			return true;
		events[i].take(to->run, to->running, object, events[i].what);
		return true;
	}
	return false;
}

static bool take_line(void *ctx, const char *line, size_t len)
{
	json *object = json_parse(line, len, NULL);
	const char *name = json_get_str(object, "event", NULL);
	bool is_known = name && take_event(ctx, name, object);

	json_free(object);
	return is_known;
}

bool stage_events_read(struct run *run, struct running *running, bool at_end)
{
	struct take_ctx ctx = {run, running};
	struct err err = {0};
	int status = events_read(running->events, at_end, take_line, &ctx, &err);

	if (status < 0)
		run_fail(run, &err);
	return status > 0;
}

/* What cannot be read is told at the end. */
bool stage_events_tell(struct run *run, struct running *running)
{
	struct take_ctx ctx = {run, running};

	running->away->is_telling = true;
	int status = events_read(running->events, false, take_line, &ctx, NULL);
	running->away->is_telling = false;
	return status > 0;
}

void stage_events_again(struct running *running)
{
	events_close(running->events);
	running->events = events_open(running->events_path);
	buf_reset(&running->said.text);
}
