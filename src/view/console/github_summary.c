/* The summary of a step: GitHub's Markdown, with HTML where Markdown cannot hold what stages say.
 *
 * A text in a table or a heading has every ASCII character that is no letter, digit or blank as an
 * entity: then nothing in it is markup, a link, a mention or an emoji. The last lines of a log
 * stand in <pre>, which ends with the line that has </pre>: there &, <, > and @ are enough. */
#include <string.h>

#include "base/text.h"
#include "model/graph/graph.h"
#include "view/console/github.h"
#include "view/words/words.h"

/* GitHub drops a summary over 1 MiB as a whole: ten of these fit, however many entities they
 * need. */
#define TAIL_MAX ((size_t)16 * 1024)

/* Printable text as plain text of Markdown. */
static void add_plain(struct buf *out, const char *text)
{
	struct buf clean BUF_LOCAL = {0};

	style_text(&clean, text);
	for (const char *p = buf_text(&clean); *p; p++) {
		unsigned char c = (unsigned char)*p;
		bool is_plain = c >= 0x80 || c == ' ' || (c >= '0' && c <= '9') ||
				((c | 0x20) >= 'a' && (c | 0x20) <= 'z');

		if (is_plain)
			buf_char(out, *p);
		else
			buf_fmt(out, "&#%u;", c);
	}
}

/* The same as a line of <pre>. */
static void add_pre_line(struct buf *out, const char *text, size_t len)
{
	/* @: nobody is mentioned */
	static const char *const entities[] = {"&amp;", "&lt;", "&gt;", "&#64;"};
	struct buf clean BUF_LOCAL = {0};

	text_add_printable(&clean, text, len);
	text_add_replaced(out, buf_text(&clean), "&<>@", entities);
	buf_char(out, '\n');
}

static void add_pre(struct buf *out, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		add_pre_line(out, text, len);
		text += len + (text[len] == '\n');
	}
}

static void add_heading(struct buf *out, const struct run_event *event)
{
	struct buf counts BUF_LOCAL = {0};

	buf_str(out, outcome_is_bad(event->totals) ? "### ❌ " : "### ✅ ");
	add_plain(out, graph_text(event->graph, event->graph->pipeline));
	buf_str(out, ": ");
	outcome_counts(&counts, event->totals);
	add_plain(out, buf_text(&counts));
	buf_str(out, "\n\n");
}

static void add_row(struct buf *out, const char *name, const char *value)
{
	buf_fmt(out, "| %s | ", name);
	add_plain(out, value);
	buf_str(out, " |\n");
}

static void add_duration_row(struct buf *out, const char *name, double seconds)
{
	struct buf text BUF_LOCAL = {0};

	text_add_duration(&text, seconds);
	add_row(out, name, buf_text(&text));
}

static void add_totals(const struct github *github, struct buf *out, const struct run_event *event)
{
	const struct run_totals *totals = event->totals;
	struct buf text BUF_LOCAL = {0};

	buf_str(out, "| | |\n|---|---|\n");
	add_row(out, "Job", graph_text(event->graph, event->graph->job));
	add_row(out, "Run", event->run_id ? event->run_id : "");
	add_duration_row(out, "Time", totals->seconds);
	if (totals->saved_seconds > 0)
		add_duration_row(out, "Saved", totals->saved_seconds);
	if (totals->cpu_seconds > 0)
		add_duration_row(out, "CPU", totals->cpu_seconds);
	if (totals->costs.count) {
		money_text(&text, &totals->costs);
		add_row(out, "Cost", buf_text(&text));
	}
	if (github->warned.count) {
		buf_reset(&text);
		warned_add(&text, event->graph, &github->warned, WARNED_KEPT);
		add_row(out, "Warnings", buf_text(&text));
	}
	buf_char(out, '\n');
}

static void add_slow(struct buf *out, const struct graph *graph, const struct slow *slow)
{
	struct buf text BUF_LOCAL = {0};

	buf_str(out, "| ");
	add_plain(out, stage_name(graph, slow->stage));
	buf_str(out, " | ");
	text_add_duration(&text, slow->seconds);
	add_plain(out, buf_text(&text));
	buf_str(out, " | ");
	buf_reset(&text);
	if (slow->memory_mb >= 0)
		text_add_size(&text, slow->memory_mb * 1048576);
	add_plain(out, buf_text(&text));
	buf_str(out, " | ");
	if (slow->cpu_percent >= 0)
		buf_fmt(out, "%.0f %%", slow->cpu_percent);
	buf_fmt(out, " | %s |\n", slow->has_failed ? "❌" : "✅");
}

static void add_slowest(const struct github *github, struct buf *out, const struct graph *graph)
{
	if (!github->slowest_count)
		return;
	buf_str(out,
		"#### Slowest stages\n\n| Stage | Time | Memory | CPU | |\n|---|--:|--:|--:|---|\n");
	for (uint32_t i = 0; i < github->slowest_count; i++)
		add_slow(out, graph, &github->slowest[i]);
	buf_char(out, '\n');
}

/* The last lines, as many as there is room for. */
static uint32_t first_line(const struct failure *failure)
{
	uint32_t first = failure->tail_count;
	size_t size = 0;

	while (first && (size += strlen(failure->tail[first - 1])) <= TAIL_MAX)
		first--;
	return first;
}

static void add_failure(struct buf *out, const struct graph *graph, const struct failure *failure)
{
	buf_str(out, "<details open><summary>");
	add_plain(out, stage_name(graph, failure->stage));
	buf_str(out, ": ");
	add_plain(out, failure->what);
	if (failure->text) {
		buf_str(out, ": ");
		add_plain(out, failure->text);
	}
	buf_str(out, "</summary>\n\n<pre>\n");
	for (uint32_t i = first_line(failure); i < failure->tail_count; i++)
		add_pre(out, failure->tail[i]);
	if (failure->command) {
		buf_str(out, "\ncommand\n");
		add_pre(out, failure->command);
	}
	if (failure->command && failure->dir) {
		buf_str(out, "\nruns in\n");
		add_pre(out, failure->dir);
	}
	if (failure->log) {
		buf_str(out, "\nlog\n");
		add_pre(out, failure->log);
	}
	buf_str(out, "</pre>\n\n</details>\n\n");
}

void github_summary(const struct github *github, const struct run_event *event, struct buf *out)
{
	uint32_t kept = failures_kept(&github->failures);

	add_heading(out, event);
	add_totals(github, out, event);
	add_slowest(github, out, event->graph);
	if (kept)
		buf_str(out, "#### Failures\n\n");
	for (uint32_t i = 0; i < kept; i++)
		add_failure(out, event->graph, &github->failures.items[i]);
	if (github->failures.count > kept)
		buf_fmt(out, "and %u more failed\n\n", github->failures.count - kept);
}
