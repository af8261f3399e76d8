/* Events of a run record, taken into the model. What an event lacks is left as not known. */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/name.h"
#include "base/text.h"
#include "record/manifest/metrics.h"
#include "record/runs/past_part.h"

/* Room for one more of an array in the arena, whose old place is left behind when it grows. */
static void *arena_room(
	struct arena *arena, void *items, uint32_t count, uint32_t *cap, size_t size)
{
	void *larger;

	if (count < *cap)
		return items;
	*cap = *cap ? *cap * 2 : 8;
	larger = arena_alloc(arena, *cap * size);
	if (count)
		memcpy(larger, items, count * size);
	return larger;
}

/* Texts that come often are kept once. */
static const char *word(struct past_reader *reader, const char *text)
{
	uint32_t at;

	if (!text)
		return NULL;
	at = map_get(&reader->words, text);
	if (at != NONE)
		return reader->texts[at];
	MEM_ROOM(reader->texts, reader->text_count, reader->text_cap);
	reader->texts[reader->text_count] = arena_strdup(reader->arena, text);
	map_put(&reader->words, reader->texts[reader->text_count], reader->text_count);
	return reader->texts[reader->text_count++];
}

static const char *copy(struct past_reader *reader, const char *text)
{
	return text ? arena_strdup(reader->arena, text) : NULL;
}

static const char *copy_member(struct past_reader *reader, const json *event, const char *key)
{
	return copy(reader, json_get_str(event, key, NULL));
}

/* A name as it is on disk. */
static const char *name_member(struct past_reader *reader, const json *event, const char *key)
{
	return name_decoded(reader->arena, json_get_str(event, key, NULL));
}

/* A count; what is none is 0. */
static uint64_t get_count(const json *object, const char *key)
{
	double value = json_get_num(object, key, 0);

	return value >= 0 && value <= 9007199254740992.0 ? (uint64_t)value : 0;
}

static uint32_t get_small(const json *object, const char *key)
{
	uint64_t value = get_count(object, key);

	return value <= UINT32_MAX ? (uint32_t)value : 0;
}

static int get_code(const json *object, const char *key, int otherwise)
{
	double value = json_get_num(object, key, otherwise);

	return value >= 0 && value <= 255 ? (int)value : otherwise;
}

/* The member itself, kept until the model is given back. */
static const json *keep(struct past_reader *reader, json *event, const char *key)
{
	json *node = json_detach(event, key);

	if (!node || json_is(node, JSON_NULL)) {
		json_free(node);
		return NULL;
	}
	MEM_PUSH(reader->kept, reader->kept_count, reader->kept_cap, node);
	return node;
}

static uint32_t stage_by_name(struct past_reader *reader, const char *escaped)
{
	struct past_run *log = &reader->model;
	struct buf name BUF_LOCAL = {0};
	uint32_t at;

	if (!escaped)
		return NONE;
	name_from_json(&name, escaped);
	at = map_get(&reader->stages, buf_text(&name));
	if (at == NONE) {
		at = log->stage_count;
		log->stages = arena_room(
			reader->arena, log->stages, at, &reader->stage_cap, sizeof *log->stages);
		log->stages[at] = (struct past_stage){
			.name = arena_strdup(reader->arena, buf_text(&name)),
			.fraction = -1,
			.last_attempt = NONE,
		};
		map_put(&reader->stages, log->stages[at].name, at);
		log->stage_count++;
	}
	return at;
}

static void set_state(
	struct past_reader *reader, uint32_t stage, enum past_state state, const char *text)
{
	struct past_stage *s = &reader->model.stages[stage];

	s->state = state;
	s->text = text;
	s->fraction = -1;
	s->progress = NULL;
	s->is_queued = false;
	s->job = s->queued_for = NULL;
}

static struct past_attempt *add_attempt(
	struct past_reader *reader, uint32_t stage, const json *event, double at)
{
	struct past_run *log = &reader->model;
	uint32_t index = log->attempt_count;

	log->attempts = arena_room(
		reader->arena, log->attempts, index, &reader->attempt_cap, sizeof *log->attempts);
	log->attempts[index] = (struct past_attempt){
		.stage = log->stages[stage].name,
		.stage_index = stage,
		.number = get_small(event, "attempt"),
		.start = at,
		.end = -1,
		.seconds = -1,
		.before_seconds = -1,
		.warnings = -1,
		.state = PAST_RUNNING,
		.exit_code = -1,
	};
	log->attempt_count++;
	log->stages[stage].last_attempt = index;
	return &log->attempts[index];
}

/* The attempt that an event is about: the stage's last one, if that has not ended. */
static struct past_attempt *running(struct past_reader *reader, uint32_t stage)
{
	uint32_t last = reader->model.stages[stage].last_attempt;
	struct past_attempt *attempt = last == NONE ? NULL : &reader->model.attempts[last];

	return attempt && attempt->state == PAST_RUNNING ? attempt : NULL;
}

static void add_note(
	struct past_reader *reader, double at, uint32_t stage, const char *level, const char *text)
{
	struct past_run *log = &reader->model;

	log->notes = arena_room(
		reader->arena, log->notes, log->note_count, &reader->note_cap, sizeof *log->notes);
	log->notes[log->note_count++] = (struct past_note){
		.at = at,
		.stage = stage == NONE ? NULL : log->stages[stage].name,
		.level = word(reader, level),
		.text = copy(reader, text ? text : ""),
	};
}

static struct past_file file_of(struct past_reader *reader, const json *row)
{
	const json *path = json_first(row), *sum = json_next(path), *size = json_next(sum),
		   *mtime = json_next(size);
	struct past_file file = {.path = name_decoded(reader->arena, json_str(path, ""))};
	double bytes = json_num(size, 0);

	if (!digest_parse(json_str(sum, ""), &file.sum))
		file.sum = (struct digest){0};
	file.size = bytes >= 0 && bytes <= 9007199254740992.0 ? (uint64_t)bytes : 0;
	if (!text_to_i64(json_str(mtime, ""), &file.mtime_ns))
		file.mtime_ns = 0;
	return file;
}

static struct past_file *files_of(
	struct past_reader *reader, const json *event, const char *key, uint32_t *count)
{
	const json *rows = json_get(event, key);
	struct past_file *files;

	*count = 0;
	if (!json_is(rows, JSON_ARRAY) || !json_first(rows))
		return NULL;
	files = arena_alloc(reader->arena, json_count(rows) * sizeof *files);
	for (const json *row = json_first(rows); row; row = json_next(row)) {
		if (json_is(row, JSON_ARRAY) && json_is(json_first(row), JSON_STRING))
			files[(*count)++] = file_of(reader, row);
	}
	return files;
}

static const struct money *costs_of(struct past_reader *reader, const json *event)
{
	struct money costs = {0};

	money_read(&costs, event);
	return money_kept(reader->arena, &costs);
}

/* What done, fail, retry and a skip by the stage itself say of the attempt. */
static struct past_attempt *end_attempt(
	struct past_reader *reader, uint32_t stage, json *event, double at, enum past_state state)
{
	struct past_attempt *attempt = running(reader, stage);

	if (!attempt) /* it could not be started */
		attempt = add_attempt(reader, stage, event, at);
	/* what the output has of them is counted there only */
	if (json_get(event, "warnings"))
		reader->model.stages[stage].warning_count = get_count(event, "warnings");
	attempt->state = state;
	attempt->end = at;
	attempt->seconds = json_get_num(event, "seconds", -1);
	attempt->exit_code = get_code(event, "exit_code", -1);
	attempt->signal = get_code(event, "signal", 0);
	attempt->text = copy_member(reader, event, "text");
	attempt->inputs = files_of(reader, event, "inputs", &attempt->input_count);
	attempt->outputs = files_of(reader, event, "outputs", &attempt->output_count);
	attempt->inputs_more = get_count(json_get(event, "inputs_more"), "count");
	attempt->outputs_more = get_count(json_get(event, "outputs_more"), "count");
	attempt->inputs_more_sum = copy_member(reader, json_get(event, "inputs_more"), "checksum");
	attempt->outputs_more_sum =
		copy_member(reader, json_get(event, "outputs_more"), "checksum");
	attempt->warnings = json_get_num(event, "warnings", -1);
	attempt->costs = costs_of(reader, event);
	attempt->command_digest = copy_member(reader, event, "command_digest");
	attempt->env_digest = copy_member(reader, event, "env_digest");
	attempt->is_interrupted = json_is(json_get(event, "interrupted"), JSON_TRUE);
	attempt->is_allowed = json_is(json_get(event, "allowed"), JSON_TRUE);
	attempt->resources = keep(reader, event, "resources");
	attempt->config = keep(reader, event, "config");
	attempt->tools = keep(reader, event, "tools");
	attempt->metrics = keep(reader, event, METRICS_MEMBER);
	attempt->tail = keep(reader, event, "tail");
	attempt->restored = keep(reader, event, "restored_from");
	return attempt;
}

static void take_begin(struct past_reader *reader, uint32_t stage, json *event, double at)
{
	struct past_run *log = &reader->model;

	(void)stage;
	(void)at;
	if (!text_eq(json_get_str(event, "schema", ""), "restage.run/1")) {
		reader->is_foreign = true;
		return;
	}
	log->has_begun = true;
	log->run = copy(reader, json_get_str(event, "run", ""));
	log->pipeline = copy(reader, json_get_str(event, "pipeline", ""));
	log->job = name_decoded(reader->arena, json_get_str(event, "job", ""));
	log->version = copy(reader, json_get_str(event, "version", ""));
	log->host = copy(reader, json_get_str(event, "host", ""));
	log->root = name_decoded(reader->arena, json_get_str(event, "root", ""));
	log->log = name_decoded(reader->arena, json_get_str(event, "log", ""));
	log->pid = (long)get_small(event, "pid");
	log->selected = get_small(event, "selected");
	log->definition_stages = get_small(event, "stages");
	clock_parse_iso(json_get_str(event, "time", ""), &log->begin_ns);
}

static void take_notice(struct past_reader *reader, uint32_t stage, json *event, double at)
{
	(void)stage;
	add_note(reader, at, NONE, json_get_str(event, "level", "INFO"),
		json_get_str(event, "text", ""));
}

static void take_hashing(struct past_reader *reader, uint32_t stage, json *event, double at)
{
	(void)stage;
	(void)at;
	reader->model.hashed_bytes = get_count(event, "bytes");
	reader->model.hashing_bytes = get_count(event, "total");
}

static void take_fresh(struct past_reader *reader, uint32_t stage, json *event, double at)
{
	const json *names = json_get(event, "stages");

	(void)at;
	for (const json *name = json_first(names); name; name = json_next(name)) {
		stage = stage_by_name(reader, json_str(name, NULL));
		if (stage != NONE)
			set_state(reader, stage, PAST_FRESH, NULL);
	}
}

static void take_skip(struct past_reader *reader, uint32_t stage, json *event, double at)
{
	if (json_get(event, "attempt"))
		end_attempt(reader, stage, event, at, PAST_DONE);
	set_state(reader, stage, PAST_SKIPPED, copy_member(reader, event, "reason"));
}

static void take_blocked(struct past_reader *reader, uint32_t stage, json *event, double at)
{
	(void)at;
	set_state(reader, stage, PAST_BLOCKED, name_member(reader, event, "by"));
}

static void take_queued(struct past_reader *reader, uint32_t stage, json *event, double at)
{
	struct past_stage *s = &reader->model.stages[stage];

	(void)at;
	set_state(reader, stage, PAST_WAITING, NULL);
	s->is_queued = true;
	s->job = copy_member(reader, event, "job");
	s->queued_for = copy_member(reader, event, "reason");
}

static void take_start(struct past_reader *reader, uint32_t stage, json *event, double at)
{
	struct past_attempt *attempt = add_attempt(reader, stage, event, at);

	attempt->command = name_member(reader, event, "command");
	attempt->dir = name_member(reader, event, "dir");
	attempt->before_seconds = json_get_num(event, "before_seconds", -1);
	attempt->job = copy_member(reader, event, "job");
	attempt->host = copy_member(reader, event, "host");
	attempt->reasons = keep(reader, event, "reasons");
	set_state(reader, stage, PAST_RUNNING, NULL);
}

static void take_log(struct past_reader *reader, uint32_t stage, json *event, double at)
{
	bool is_warning = text_eq(json_get_str(event, "event", ""), "warning");

	reader->model.stages[stage].warning_count += is_warning;
	add_note(reader, at, stage, is_warning ? "WARNING" : json_get_str(event, "level", "INFO"),
		json_get_str(event, "text", ""));
}

static void take_progress(struct past_reader *reader, uint32_t stage, json *event, double at)
{
	const char *text = json_get_str(event, "text", "");
	struct past_stage *s = &reader->model.stages[stage];

	(void)at;
	s->fraction = json_get_num(event, "fraction", -1);
	if (!text_eq(s->progress, text))
		s->progress = word(reader, text);
}

static void take_sample(struct past_reader *reader, uint32_t stage, json *event, double at)
{
	struct past_attempt *attempt = running(reader, stage);
	const json *resources = json_get(event, "resources");

	if (!attempt)
		return;
	attempt->samples = arena_room(reader->arena, attempt->samples, attempt->sample_count,
		&attempt->sample_cap, sizeof *attempt->samples);
	attempt->samples[attempt->sample_count++] = (struct past_sample){
		.at = at,
		.memory_mb = json_get_num(resources, "memory_mb", -1),
		.cpu_percent = json_get_num(resources, "cpu_percent", -1),
		.gpu_percent = json_get_num(resources, "gpu_percent", -1),
		.gpu_memory_mb = json_get_num(resources, "gpu_memory_mb", -1),
	};
}

static void take_retry(struct past_reader *reader, uint32_t stage, json *event, double at)
{
	struct past_attempt *attempt = end_attempt(reader, stage, event, at, PAST_FAILED);

	attempt->will_retry = true;
	set_state(reader, stage, PAST_WAITING, attempt->text);
}

static void take_done(struct past_reader *reader, uint32_t stage, json *event, double at)
{
	end_attempt(reader, stage, event, at, PAST_DONE);
	set_state(reader, stage, PAST_DONE, NULL);
}

static void take_fail(struct past_reader *reader, uint32_t stage, json *event, double at)
{
	struct past_attempt *attempt = end_attempt(reader, stage, event, at, PAST_FAILED);

	set_state(reader, stage, PAST_FAILED, attempt->text);
}

static void take_signal(struct past_reader *reader, uint32_t stage, json *event, double at)
{
	struct buf text BUF_LOCAL = {0};

	(void)stage;
	buf_str(&text, "stopping on ");
	text_add_signal(&text, get_code(event, "signal", 0));
	add_note(reader, at, NONE, "WARNING", buf_text(&text));
}

static void take_end(struct past_reader *reader, uint32_t stage, json *event, double at)
{
	struct past_run *log = &reader->model;
	json *copied = json_copy(event);

	(void)stage;
	log->has_ended = true;
	log->outcome = copy(reader, json_get_str(event, "outcome", "error"));
	log->error = copy_member(reader, event, "error");
	log->seconds = json_get_num(event, "seconds", at);
	MEM_PUSH(reader->kept, reader->kept_count, reader->kept_cap, copied);
	log->totals = copied;
}

static const struct {
	const char *name;
	void (*take)(struct past_reader *reader, uint32_t stage, json *event, double at);
	bool is_of_run; /* else of a stage */
} kinds[] = {
	{"fresh", take_fresh, true},
	{"start", take_start, false},
	{"queued", take_queued, false},
	{"done", take_done, false},
	{"log", take_log, false},
	{"progress", take_progress, false},
	{"sample", take_sample, false},
	{"warning", take_log, false},
	{"fail", take_fail, false},
	{"retry", take_retry, false},
	{"blocked", take_blocked, false},
	{"skip", take_skip, false},
	{"notice", take_notice, true},
	{"hashing", take_hashing, true},
	{"signal", take_signal, true},
	{"run_begin", take_begin, true},
	{"run_end", take_end, true},
};

bool past_take(struct past_reader *reader, json *event)
{
	struct past_run *log = &reader->model;
	const char *name = json_get_str(event, "event", "");
	double at = json_get_num(event, "at", log->last_at);

	if (reader->is_foreign || (!log->has_begun && !text_eq(name, "run_begin"))) {
		reader->is_foreign = true;
		return false;
	}
	if (at > log->last_at)
		log->last_at = at;
	if (!log->has_ended)
		log->seconds = log->last_at;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (strcmp(kinds[i].name, name) != 0)
			continue;
		uint32_t stage = kinds[i].is_of_run ? NONE
						    : stage_by_name(reader,
							      json_get_str(event, "stage", NULL));
		if (stage == NONE && !kinds[i].is_of_run)
			return false;
		kinds[i].take(reader, stage, event, at);
		return !reader->is_foreign;
	}
	return false;
}
