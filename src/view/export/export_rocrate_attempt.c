/* A crate's attempts: their tools, steps, values, and where restored results come from. */
#include "base/buf.h"
#include "base/clock.h"
#include "view/export/export_rocrate_part.h"

/* When what the attempt restored was made, by the wall; false: that is not known. */
static bool origin_times(const struct past_attempt *attempt, int64_t *start, int64_t *end)
{
	double seconds = json_get_num(attempt->restored, "duration_seconds", 0);

	if (clock_parse_iso(json_get_str(attempt->restored, "completed_at", ""), end) < 0)
		return false;
	*start = *end - (seconds > 0 && seconds < 1e9 ? (int64_t)(seconds * 1e9) : 0);
	return true;
}

static const char *origin_id(struct crate *crate, const struct past_attempt *attempt)
{
	return crate_id(
		crate, "origin", attempt->stage, crate_number(crate, attempt->number), NULL);
}

void crate_mention_origins(struct crate *crate)
{
	const struct past_run *log = crate->run->log;
	int64_t start, end;

	for (uint32_t i = 0; i < log->attempt_count; i++) {
		if (origin_times(&log->attempts[i], &start, &end))
			crate_write_ref(crate, NULL, origin_id(crate, &log->attempts[i]));
	}
}

/* A member of config: what is no plain value is its text. */
static void write_value(struct json_writer *w, const json *node)
{
	enum json_kind kind = json_kind(node);
	struct buf text BUF_LOCAL = {0};

	if (kind != JSON_NULL && kind != JSON_ARRAY && kind != JSON_OBJECT) {
		json_write_node(w, "value", node);
		return;
	}
	json_format_line(node, &text);
	json_write_str(w, "value", buf_text(&text));
}

static void put_values(
	struct crate *crate, const struct past_attempt *attempt, struct refs *objects)
{
	for (const json *node = json_first(attempt->config); node; node = json_next(node)) {
		const char *id = crate_id(crate, "value", attempt->stage,
			crate_number(crate, attempt->number), json_key(node));
		struct json_writer *w = crate_begin(crate, id, "PropertyValue");

		json_write_str(w, "name", json_key(node));
		write_value(w, node);
		crate_write_ref(crate, "exampleOfWork",
			crate_id(crate, "parameter", attempt->stage, json_key(node), NULL));
		json_write_end(w);
		crate_refs_add(objects, id);
	}
}

/* Of all attempts of the stage: what one of them reported counts too. */
static struct refs put_parameters(struct crate *crate, const struct past_stage *stage)
{
	const struct past_run *log = crate->run->log;
	struct map seen MAP_LOCAL = {0};
	struct refs refs = {0};

	for (uint32_t i = stage->last_attempt; i != NONE; i = crate->previous[i]) {
		const json *node = json_first(log->attempts[i].config);

		for (; node; node = json_next(node)) {
			struct json_writer *w;
			const char *id;

			if (map_get(&seen, json_key(node)) != NONE)
				continue;
			map_put(&seen, json_key(node), 0);
			id = crate_id(crate, "parameter", stage->name, json_key(node), NULL);
			w = crate_begin(crate, id, "FormalParameter");
			crate_write_ref(crate, "conformsTo",
				"https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE");
			json_write_str(w, "additionalType", "Text");
			json_write_str(w, "name", json_key(node));
			json_write_end(w);
			crate_refs_add(&refs, id);
		}
	}
	return refs;
}

static void write_versions(struct crate *crate, const json *tools)
{
	if (!json_first(tools))
		return;
	json_write_array(&crate->w, "softwareRequirements");
	for (const json *node = json_first(tools); node; node = json_next(node))
		json_write_str(&crate->w, NULL,
			arena_fmt(&crate->arena, "%s: %s", json_key(node), json_str(node, "")));
	json_write_end(&crate->w);
}

static void put_tool(struct crate *crate, const struct past_attempt *attempt, uint32_t position)
{
	struct refs parameters =
		put_parameters(crate, &crate->run->log->stages[attempt->stage_index]);
	const char *id = crate_id(crate, "tool", attempt->stage, NULL, NULL);
	struct json_writer *w = crate_begin(crate, id, "SoftwareApplication");

	json_write_name(w, "name", attempt->stage);
	json_write_str(w, "description", attempt->command ? attempt->command : "not started");
	write_versions(crate, attempt->tools);
	crate_write_refs(crate, "input", parameters);
	json_write_end(w);
	crate_begin(crate, crate_id(crate, "step", attempt->stage, NULL, NULL), "HowToStep");
	json_write_name(w, "name", attempt->stage);
	json_write_str(w, "position", crate_number(crate, position));
	crate_write_ref(crate, "workExample", id);
	json_write_end(w);
}

static void write_outcome(struct crate *crate, const struct past_attempt *attempt)
{
	const char *state = export_state(crate->run, attempt);
	struct buf text BUF_LOCAL = {0};

	crate_write_ref(crate, "actionStatus", crate_status(state));
	if (attempt->state == PAST_DONE || strcmp(state, "running") == 0)
		return;
	export_outcome(&text, crate->run, attempt);
	json_write_str(&crate->w, "error", buf_text(&text));
}

/* "run R of job J on H", as far as it is known. */
static const char *origin_text(struct crate *crate, const struct past_attempt *attempt)
{
	const char *run = json_get_str(attempt->restored, "run", NULL),
		   *job = json_get_str(attempt->restored, "job", NULL),
		   *host = json_get_str(attempt->restored, "host", NULL);

	return arena_fmt(&crate->arena, "run %s of job %s%s%s", run ? run : "?", job ? job : "?",
		host ? " on " : "", host ? host : "");
}

/* The attempt that made what was restored: of the same tool, with the same files. */
static void put_origin(struct crate *crate, const struct past_attempt *attempt)
{
	struct refs results = {0};
	char text[CLOCK_ISO_SIZE];
	int64_t start, end;

	if (!origin_times(attempt, &start, &end))
		return;
	struct json_writer *w = crate_begin(crate, origin_id(crate, attempt), "CreateAction");
	json_write_name(w, "name",
		arena_fmt(&crate->arena, "%s, %s", attempt->stage, origin_text(crate, attempt)));
	crate_write_ref(crate, "instrument", crate_id(crate, "tool", attempt->stage, NULL, NULL));
	clock_iso(start, text);
	json_write_str(w, "startTime", text);
	clock_iso(end, text);
	json_write_str(w, "endTime", text);
	crate_write_ref(crate, "actionStatus", crate_status("success"));
	crate_add_files(crate, &results, attempt->outputs, crate_made_count(attempt));
	crate_write_refs(crate, "result", results);
	json_write_end(w);
}

static void write_description(struct crate *crate, const struct past_attempt *attempt)
{
	const char *text = attempt->command;

	if (text && attempt->dir)
		text = arena_fmt(&crate->arena, "%s\n(run in %s)", text, attempt->dir);
	if (attempt->restored)
		text = arena_fmt(&crate->arena, "%s%srestored: %s made it", text ? text : "",
			text ? "\n" : "", origin_text(crate, attempt));
	if (text)
		json_write_str(&crate->w, "description", text);
}

static void put_attempt(struct crate *crate, const struct past_attempt *attempt)
{
	const char *number = crate_number(crate, attempt->number);
	const char *id = crate_id(crate, "attempt", attempt->stage, number, NULL);
	struct refs objects = {0}, results = {0};
	struct json_writer *w;

	crate_add_files(crate, &objects, attempt->inputs, attempt->input_count);
	crate_add_files(crate, &results, attempt->outputs, crate_made_count(attempt));
	put_values(crate, attempt, &objects);
	w = crate_begin(crate, id, "CreateAction");
	json_write_name(w, "name",
		arena_fmt(&crate->arena, "%s, attempt %u", attempt->stage, attempt->number));
	crate_write_ref(crate, "instrument", crate_id(crate, "tool", attempt->stage, NULL, NULL));
	write_description(crate, attempt);
	crate_write_time(crate, "startTime", attempt->start);
	if (attempt->end >= 0)
		crate_write_time(crate, "endTime", attempt->end);
	write_outcome(crate, attempt);
	crate_write_refs(crate, "object", objects);
	crate_write_refs(crate, "result", results);
	json_write_end(w);
	crate_begin(
		crate, crate_id(crate, "control", attempt->stage, number, NULL), "ControlAction");
	json_write_name(w, "name", attempt->stage);
	crate_write_ref(crate, "instrument", crate_id(crate, "step", attempt->stage, NULL, NULL));
	crate_write_ref(crate, "object", id);
	json_write_end(w);
}

void crate_put_attempts(struct crate *crate)
{
	const struct past_run *log = crate->run->log;
	uint32_t position = 0;

	for (uint32_t i = 0; i < log->attempt_count; i++) {
		if (crate->previous[i] == NONE)
			put_tool(crate, &log->attempts[i], ++position);
		put_attempt(crate, &log->attempts[i]);
		put_origin(crate, &log->attempts[i]);
	}
}
