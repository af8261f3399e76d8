/* JUnit XML as CI services read it (Jenkins, GitLab, GitHub's report actions): one suite, the run,
 * with a testcase a stage.
 *
 *	<testsuites ...>
 *	  <testsuite name="subtitles" tests="3" failures="1" errors="0" skipped="1" time="4.2" ...>
 *	    <properties><property name="run" value="20251127_140915"/>...</properties>
 *	    <testcase classname="subtitles.asr" name="asr/ep1" time="4.2">
 *	      <failure type="exit_code" message="exit code 1">the last lines of its log</failure>
 *	      <system-out>command: ...</system-out>
 *
 * A stage that is up to date, disabled, not run behind a failure, or whose failure is allowed is
 * `skipped`, with a message that says which: nothing of it was proven by this run, and none of it
 * fails the build. A failed stage is a `failure`; an interrupted one, one that a killed run left,
 * and what stopped the run itself (then a testcase of the pipeline's name) are an `error`. Attempts
 * before the last are told in system-out; the time is that of all attempts. A run in which nothing
 * ran names no stage: if it was about the whole pipeline, its stages are listed from the
 * definition.
 *
 * XML 1.0 cannot hold control characters, however written: they are left out, terminal colours as a
 * whole. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/name.h"
#include "base/text.h"
#include "model/graph/graph.h"
#include "view/export/export.h"

struct junit {
	const struct export_run *run;
	uint32_t *previous;   /* by attempt: that of the same stage before it */
	uint32_t *first_note; /* by stage */
	uint32_t *next_note;  /* by note: of the same stage */
	struct buf cases;
	uint32_t tests, failures, errors, skipped;
};

/* A colour or cursor sequence, "ESC [ ... letter": its length, else 0. */
static size_t escape_len(const char *text)
{
	size_t len = 2;

	if (text[0] != '\033' || text[1] != '[')
		return 0;
	while (text[len] && (unsigned char)text[len] >= 0x20 && (unsigned char)text[len] < 0x40)
		len++;
	return text[len] ? len + 1 : len;
}

/* Valid UTF-8 as character data. In an attribute tabs and newlines would become blanks. */
static void add_xml(struct buf *out, const char *text, bool in_attribute)
{
	static const char *const entities[] = {
		"&amp;", "&lt;", "&gt;", "&quot;", "&#13;", "&#9;", "&#10;"};
	size_t left = strlen(text), len;
	struct buf clean BUF_LOCAL = {0};

	for (; left; text += len, left -= len) {
		unsigned char c = (unsigned char)*text;

		len = escape_len(text);
		if (len)
			continue;
		len = text_utf8_len((const unsigned char *)text, left);
		if (!len)
			len = 1;
		else if (c >= 0x20 || c == '\t' || c == '\n' || c == '\r') {
			/* U+FFFE and U+FFFF are no characters */
			if (strncmp(text, "\xef\xbf\xbe", 3) != 0 &&
				strncmp(text, "\xef\xbf\xbf", 3) != 0)
				buf_add(&clean, text, len);
		}
	}
	text_add_replaced(
		out, buf_text(&clean), in_attribute ? "&<>\"\r\t\n" : "&<>\"\r", entities);
}

static void add_attribute(struct buf *out, const char *attribute, const struct buf *value)
{
	buf_fmt(out, " %s=\"", attribute);
	add_xml(out, buf_text(value), true);
	buf_char(out, '"');
}

static void add_name_attribute(struct buf *out, const char *attribute, const char *name)
{
	struct buf text BUF_LOCAL = {0};

	name_to_json(&text, name ? name : "");
	add_attribute(out, attribute, &text);
}

static void add_text_attribute(struct buf *out, const char *attribute, const char *value)
{
	struct buf text BUF_LOCAL = {0};

	text_add_utf8(&text, value ? value : "", value ? strlen(value) : 0);
	add_attribute(out, attribute, &text);
}

static void add_text_data(struct buf *out, const char *value)
{
	struct buf text BUF_LOCAL = {0};

	text_add_utf8(&text, value, strlen(value));
	add_xml(out, buf_text(&text), false);
}

static void add_property(struct buf *out, const char *name, const char *value)
{
	buf_fmt(out, "<property name=\"%s\"", name);
	add_text_attribute(out, "value", value);
	buf_str(out, "/>\n");
}

static void begin_case(struct junit *junit, const char *name, double seconds)
{
	const char *slash = strchr(name, '/');
	struct buf class BUF_LOCAL = {0};

	junit->tests++;
	/* instances of a foreach stand under their stage */
	buf_fmt(&class, "%s.", junit->run->log->pipeline ? junit->run->log->pipeline : "");
	buf_add(&class, name, slash ? (size_t)(slash - name) : strlen(name));
	buf_str(&junit->cases, "<testcase");
	add_name_attribute(&junit->cases, "classname", buf_text(&class));
	add_name_attribute(&junit->cases, "name", name);
	buf_fmt(&junit->cases, " time=\"%.6f\">\n", seconds);
}

static void end_case(struct junit *junit)
{
	buf_str(&junit->cases, "</testcase>\n");
}

static void add_skipped(struct junit *junit, const char *message)
{
	junit->skipped++;
	buf_str(&junit->cases, "<skipped");
	add_text_attribute(&junit->cases, "message", message);
	buf_str(&junit->cases, "/>\n");
}

static void add_tail(struct junit *junit, const json *tail)
{
	const char *separator = "";

	for (const json *line = json_first(tail); line; line = json_next(line)) {
		buf_str(&junit->cases, separator);
		add_text_data(&junit->cases, json_str(line, ""));
		separator = "\n";
	}
}

/* failure and error differ in who is to blame: the stage, or the world. */
static void add_bad(struct junit *junit, const char *element, const char *type, const char *message,
	const json *tail)
{
	buf_fmt(&junit->cases, "<%s type=\"%s\"", element, type);
	add_text_attribute(&junit->cases, "message", message);
	buf_char(&junit->cases, '>');
	add_tail(junit, tail);
	buf_fmt(&junit->cases, "</%s>\n", element);
}

static void add_end(struct junit *junit, const struct past_attempt *attempt)
{
	struct buf message BUF_LOCAL = {0};

	if (attempt->state == PAST_DONE)
		return;
	export_outcome(&message, junit->run, attempt);
	if (attempt->state == PAST_RUNNING && junit->run->is_alive) {
		add_skipped(junit, "still running");
	} else if (attempt->state == PAST_RUNNING || attempt->is_interrupted) {
		junit->errors++;
		add_bad(junit, "error", "interrupted", buf_text(&message), attempt->tail);
	} else if (attempt->is_allowed) {
		buf_str(&message, ", which is allowed");
		add_skipped(junit, buf_text(&message));
	} else {
		junit->failures++;
		add_bad(junit, "failure", attempt->signal ? "signal" : "exit_code",
			buf_text(&message), attempt->tail);
	}
}

/* The attempts before, first to last. */
static void add_attempts(const struct junit *junit, struct buf *text, uint32_t attempt)
{
	const struct past_run *log = junit->run->log;
	uint32_t before = junit->previous[attempt];

	if (before == NONE)
		return;
	add_attempts(junit, text, before);
	buf_fmt(text, "attempt %u: ", log->attempts[before].number);
	export_outcome(text, junit->run, &log->attempts[before]);
	buf_char(text, '\n');
}

static void add_output(struct junit *junit, uint32_t stage, uint32_t attempt)
{
	const struct past_run *log = junit->run->log;
	const struct past_attempt *last = &log->attempts[attempt];
	struct buf text BUF_LOCAL = {0};
	uint64_t told = 0;

	add_attempts(junit, &text, attempt);
	for (const json *reason = json_first(last->reasons); reason; reason = json_next(reason))
		buf_fmt(&text, "%s because: %s\n", last->restored ? "restored" : "ran",
			json_get_str(reason, "message", ""));
	for (uint32_t i = junit->first_note[stage]; i != NONE; i = junit->next_note[i]) {
		if (strcmp(log->notes[i].level, "WARNING") != 0)
			continue;
		buf_fmt(&text, "warning: %s\n", log->notes[i].text);
		told++;
	}
	if (log->stages[stage].warning_count > told)
		buf_fmt(&text, "%llu warnings in its log\n",
			(unsigned long long)log->stages[stage].warning_count);
	if (last->command)
		buf_fmt(&text, "command: %s\n", last->command);
	if (last->command && last->dir)
		buf_fmt(&text, "runs in: %s\n", last->dir);
	if (text.len) {
		buf_str(&junit->cases, "<system-out>");
		add_text_data(&junit->cases, buf_text(&text));
		buf_str(&junit->cases, "</system-out>\n");
	}
}

static void add_stage(struct junit *junit, uint32_t index)
{
	const struct past_run *log = junit->run->log;
	const struct past_stage *stage = &log->stages[index];
	struct buf why BUF_LOCAL = {0};
	double seconds = 0;

	for (uint32_t i = stage->last_attempt; i != NONE; i = junit->previous[i])
		seconds += export_seconds(log, &log->attempts[i]);
	begin_case(junit, stage->name, seconds);
	switch (stage->state) {
	case PAST_FRESH:
		buf_str(&why, "up to date");
		break;
	case PAST_SKIPPED:
		buf_fmt(&why, "skipped: %s", stage->text ? stage->text : "disabled");
		break;
	case PAST_BLOCKED:
		buf_fmt(&why, "not run, needs %s", stage->text ? stage->text : "what failed");
		break;
	case PAST_WAITING:
		buf_str(&why, "not run");
		break;
	case PAST_RUNNING:
	case PAST_DONE:
	case PAST_FAILED:
		break;
	}
	if (why.len)
		add_skipped(junit, buf_text(&why));
	else if (stage->last_attempt != NONE)
		add_end(junit, &log->attempts[stage->last_attempt]);
	if (stage->last_attempt != NONE)
		add_output(junit, index, stage->last_attempt);
	end_case(junit);
}

/* Stages that the record does not name because nothing had to run. */
static void add_unnamed(struct junit *junit)
{
	const struct past_run *log = junit->run->log;
	const struct graph *graph = junit->run->graph;

	if (!log->has_ended || log->selected != graph->stage_count ||
		export_total(log, "fresh") + export_total(log, "skipped") < graph->stage_count)
		return;
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		if (past_stage_find(log, stage_name(graph, i)) != NONE)
			continue;
		begin_case(junit, stage_name(graph, i), 0);
		add_skipped(
			junit, graph->stages[i].flags & STAGE_DISABLED ? "skipped" : "up to date");
		end_case(junit);
	}
}

/* What went wrong with the run itself, which is no stage's fault. */
static void add_run_case(struct junit *junit)
{
	const struct past_run *log = junit->run->log;
	const char *outcome = past_outcome(junit->run->log, junit->run->is_alive);

	if (strcmp(outcome, "error") != 0 && strcmp(outcome, "killed") != 0)
		return;
	begin_case(junit, log->pipeline ? log->pipeline : "", 0);
	junit->errors++;
	add_bad(junit, "error", outcome,
		log->error ? log->error : "the run was killed: its record has no end", NULL);
	end_case(junit);
}

static void link_up(struct junit *junit)
{
	const struct past_run *log = junit->run->log;
	struct map by_name MAP_LOCAL = {0};

	junit->previous = export_previous(log);
	junit->first_note = mem_alloc((log->stage_count + 1) * sizeof *junit->first_note);
	junit->next_note = mem_alloc((log->note_count + 1) * sizeof *junit->next_note);
	for (uint32_t i = 0; i < log->stage_count; i++) {
		junit->first_note[i] = NONE;
		map_put(&by_name, log->stages[i].name, i);
	}
	for (uint32_t i = log->note_count; i--;) {
		const char *name = log->notes[i].stage;
		uint32_t stage = name ? map_get(&by_name, name) : NONE;

		if (stage == NONE)
			continue;
		junit->next_note[i] = junit->first_note[stage];
		junit->first_note[stage] = i;
	}
}

static void add_head(struct buf *out, const struct junit *junit, const char *element)
{
	const struct past_run *log = junit->run->log;

	buf_fmt(out, "<%s", element);
	add_name_attribute(out, "name", log->pipeline);
	buf_fmt(out, " tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"%u\" time=\"%.6f\"",
		junit->tests, junit->failures, junit->errors, junit->skipped,
		log->seconds > 0 ? log->seconds : 0);
}

void export_junit(struct buf *out, const struct export_run *run)
{
	struct junit junit = {.run = run};
	const struct past_run *log = run->log;
	char began[CLOCK_ISO_SIZE];

	link_up(&junit);
	for (uint32_t i = 0; i < log->stage_count; i++)
		add_stage(&junit, i);
	add_unnamed(&junit);
	add_run_case(&junit);
	export_time(log, 0, began);
	buf_str(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	add_head(out, &junit, "testsuites");
	buf_str(out, ">\n");
	add_head(out, &junit, "testsuite");
	buf_fmt(out, " timestamp=\"%s\"", began);
	add_text_attribute(out, "hostname", log->host);
	buf_str(out, ">\n<properties>\n");
	add_property(out, "run", log->run);
	add_property(out, "job", log->job);
	add_property(out, "outcome", past_outcome(run->log, run->is_alive));
	add_property(out, "restage", log->version);
	add_property(out, "log", log->log);
	buf_str(out, "</properties>\n");
	if (junit.cases.len)
		buf_add(out, junit.cases.data, junit.cases.len);
	buf_str(out, "</testsuite>\n</testsuites>\n");
	buf_free(&junit.cases);
	free(junit.previous);
	free(junit.first_note);
	free(junit.next_note);
}
