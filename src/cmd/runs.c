/* The runs of the job, the newest first: how each ended, what it took, and what ran in it.
 *
 * restage.runs/1: pipeline, job, job_dir, and a row a run:
 *	run           its id
 *	state         "running", "success", "failed", "interrupted", "error", "killed"; "unknown" if its
 *	              record is gone
 *	started_at, seconds   null where the record does not tell
 *	selected, ran, restored, up_to_date, skipped, failed, not_run   numbers of stages, or null
 *	cost, currency, costs   what it cost, as money.h writes that
 *	executed      names of the stages whose commands ran, in the order of their starts
 *	log           path of the pipeline log, or null
 * and `total`, with the cost of all runs of which there are records, also of those not listed. */

#include "base/clock.h"
#include "base/json_write.h"
#include "base/text.h"
#include "cmd/session.h"
#include "model/graph/graph.h"
#include "record/runs/past.h"
#include "view/answer/json_doc.h"
#include "view/words/words.h"

#define SHOWN 20 /* runs, unless all are asked for */
#define NAMED 3  /* stages of a run that are named */

static const struct option_spec options[] = {
	OPTION('a', "all", NULL, FLAG, is_all, "all runs, not only the last 20"),
	OPTION(0, "json", NULL, FLAG, is_json, "as JSON"),
	OPTION(0, "names", NULL, FLAG, names_only, "ids alone, one a line"),
	OPTIONS_END,
};

static const struct {
	const char *json, *text, *member; /* of the record's end */
} counts[] = {
	{"ran", "ran", "ran"},
	{"restored", "restored", "restored"},
	{"up_to_date", "up to date", "fresh"},
	{"skipped", "skipped", "skipped"},
	{"failed", "failed", "failed"},
	{"not_run", "not run", "blocked"},
};

/* Retries are no further stage. */
static bool is_first(const struct past_attempt *attempt)
{
	return attempt->number == 1;
}

static void add_json(
	struct json_writer *w, const struct past_entry *entry, const struct past_run *log)
{
	char started[CLOCK_ISO_SIZE];
	struct money costs = {0};

	json_write_object(w, NULL);
	json_write_str(w, "run", entry->run);
	json_write_str(w, "state", log ? past_outcome(log, past_is_alive(log)) : "unknown");
	if (log)
		clock_iso(log->begin_ns, started);
	json_write_str(w, "started_at", log ? started : NULL);
	json_write_known(w, "seconds", log ? log->seconds : -1);
	json_write_known(w, "selected", log ? (double)log->selected : -1);
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
		json_write_known(w, counts[i].json,
			log && log->totals ? json_get_num(log->totals, counts[i].member, 0) : -1);
	if (log)
		past_costs(log, &costs);
	money_write(w, &costs);
	json_write_array(w, "executed");
	for (uint32_t i = 0; log && i < log->attempt_count; i++) {
		if (is_first(&log->attempts[i]) && !log->attempts[i].restored)
			json_write_name(w, NULL, log->attempts[i].stage);
	}
	json_write_end(w);
	json_write_str(w, "log", entry->log_path);
	json_write_end(w);
}

static void add_counts(struct buf *out, const struct past_run *log)
{
	const char *comma = "";

	for (size_t i = 0; log->totals && i < sizeof counts / sizeof *counts; i++) {
		double count = json_get_num(log->totals, counts[i].member, 0);
		if (count <= 0)
			continue;
		buf_fmt(out, "%s%.0f %s", comma, count, counts[i].text);
		comma = ", ";
	}
}

static void add_executed(struct buf *out, const struct past_run *log)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < log->attempt_count; i++) {
		if (!is_first(&log->attempts[i]) || count++ >= NAMED)
			continue;
		buf_str(out, count == 1 ? ": " : ", ");
		style_text(out, log->attempts[i].stage);
	}
	if (count > NAMED)
		buf_fmt(out, " and %u more", count - NAMED);
}

static void add_text(
	struct buf *out, const struct past_entry *entry, const struct past_run *log, bool color)
{
	const char *state = log ? past_outcome(log, past_is_alive(log)) : "unknown";
	bool is_good = text_eq(state, "success") || text_eq(state, "running");
	struct money costs = {0};
	struct buf word BUF_LOCAL = {0};

	style_add(out, color, TONE_STRONG, entry->run);
	buf_fmt(&word, "%-11s", state);
	buf_str(out, "  ");
	style_add(out, color, is_good ? TONE_GOOD : TONE_BAD, buf_text(&word));
	if (log) {
		size_t before;
		buf_str(out, "  ");
		before = out->len;
		text_add_duration(out, log->seconds);
		buf_fmt(out, "%*s", out->len - before < 9 ? (int)(9 - (out->len - before)) : 0, "");
		add_counts(out, log);
		add_executed(out, log);
		past_costs(log, &costs);
	}
	if (costs.count) {
		buf_str(out, ", cost ");
		money_text(out, &costs);
	}
	while (out->len && out->data[out->len - 1] == ' ')
		out->len--;
	buf_char(out, '\n');
}

/* Of all runs that left a record, listed or not. */
static void add_total(
	struct call *call, struct json_writer *w, const struct past_entry *entries, uint32_t count)
{
	struct money costs = {0};
	uint32_t known = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (!entries[i].record_path)
			continue;
		past_costs_of(entries[i].record_path, &costs);
		known++;
	}
	if (call->wishes.is_json) {
		json_write_object(w, "total");
		json_write_num(w, "runs", known);
		money_write(w, &costs);
		json_write_end(w);
	} else if (costs.count) {
		buf_str(&call->out, "cost of ");
		outcome_plural(&call->out, known, "run");
		buf_str(&call->out, ": ");
		money_text(&call->out, &costs);
		buf_char(&call->out, '\n');
	}
}

static int run(struct call *call, struct err *err)
{
	const char *job_dir = graph_text(call->session.graph, call->session.graph->job_dir);
	struct json_writer w = {.out = &call->out};
	struct past_entry *entries;
	struct arena arena ARENA_LOCAL = {0};
	uint32_t count = 0, first;

	if (past_list(&arena, job_dir, &entries, &count, err) < 0)
		return EXIT_OK;
	first = call->wishes.is_all || count <= SHOWN ? 0 : count - SHOWN;
	if (call->wishes.names_only) {
		for (uint32_t i = count; i-- > 0;)
			buf_fmt(&call->out, "%s\n", entries[i].run);
		return EXIT_OK;
	}
	if (call->wishes.is_json) {
		json_write_document(&w, "restage.runs/1");
		json_doc_job(&w, call->session.graph);
		json_write_rows(&w, "runs");
	}
	for (uint32_t i = count; i-- > first;) {
		struct arena own ARENA_LOCAL = {0};
		struct past_run *log = NULL;
		struct err ignored = {0}; /* then its name is all that is known */
		if (!entries[i].record_path ||
			past_read(&own, entries[i].record_path, &log, &ignored) < 0)
			log = NULL;
		if (call->wishes.is_json)
			add_json(&w, &entries[i], log);
		else
			add_text(&call->out, &entries[i], log, session_color(call));
		past_done(log);
		session_flush(call);
	}
	if (call->wishes.is_json)
		json_write_end(&w);
	add_total(call, &w, entries, count);
	session_flush(call);
	if (call->wishes.is_json) {
		json_write_finish(&w);
	} else if (first) {
		session_note(call, "%u older run%s: restage runs --all lists them all", first,
			first == 1 ? "" : "s");
	} else if (count == 0) {
		session_note(call, "no run yet");
	}
	return EXIT_OK;
}

const struct command cmd_runs = {
	.name = "runs",
	.usage = "",
	.summary = "list the runs of the job, how they ended, and what ran",
	.options = options,
	.needs = NEEDS_GRAPH,
	.needs_job = true,
	.run = run,
};
