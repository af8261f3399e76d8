/* A row an attempt, RFC 4180: a header, CRLF line ends, fields in quotes where they need them.
 *
 * A quoted field may hold any character, also a newline: so commands and messages stand as they
 * are. Times are ISO 8601, sizes bytes, and what is not known is empty. `reasons` has the codes
 * with ';' between them, files the declared and reported ones that the record counts. */
#include <string.h>

#include "base/buf.h"
#include "base/csv.h"
#include "base/name.h"
#include "base/text.h"
#include "view/export/export.h"

static void add_field(struct buf *out, const char *text)
{
	buf_char(out, ',');
	csv_add(out, text);
}

static void add_name(struct buf *out, const char *name)
{
	struct buf text BUF_LOCAL = {0};

	name_to_json(&text, name ? name : "");
	add_field(out, buf_text(&text));
}

static void add_text(struct buf *out, const char *text)
{
	struct buf clean BUF_LOCAL = {0};

	text_add_utf8(&clean, text ? text : "", text ? strlen(text) : 0);
	add_field(out, buf_text(&clean));
}

static void add_known(struct buf *out, double value, int digits)
{
	if (value < 0)
		buf_char(out, ',');
	else
		buf_fmt(out, ",%.*f", digits, value);
}

static void add_time(struct buf *out, const struct past_run *log, double at)
{
	char text[CLOCK_ISO_SIZE];

	export_time(log, at, text);
	buf_fmt(out, ",%s", text);
}

static void add_reasons(struct buf *out, const json *reasons)
{
	struct buf text BUF_LOCAL = {0};

	for (const json *node = json_first(reasons); node; node = json_next(node)) {
		if (text.len)
			buf_char(&text, ';');
		buf_str(&text, json_get_str(node, "code", ""));
	}
	add_text(out, buf_text(&text));
}

static void add_files(struct buf *out, const struct past_file *files, uint32_t count, uint64_t more)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < count; i++)
		bytes += files[i].size;
	buf_fmt(out, ",%llu", (unsigned long long)count + more);
	if (more)
		buf_char(out, ','); /* of those that are not named the size is not known */
	else
		buf_fmt(out, ",%llu", (unsigned long long)bytes);
}

static void add_attempt(
	struct buf *out, const struct export_run *run, const struct past_attempt *attempt)
{
	const struct past_run *log = run->log;
	const struct money_sum *only;
	struct buf id BUF_LOCAL = {0}, costs BUF_LOCAL = {0};

	text_add_utf8(&id, log->run, strlen(log->run));
	csv_add(out, buf_text(&id));
	add_name(out, log->pipeline);
	add_name(out, log->job);
	add_name(out, attempt->stage);
	buf_fmt(out, ",%u", attempt->number);
	add_field(out, export_state(run, attempt));
	add_time(out, log, attempt->start);
	if (attempt->end >= 0)
		add_time(out, log, attempt->end);
	else
		buf_char(out, ',');
	add_known(out, export_seconds(log, attempt), 6);
	add_known(out, attempt->exit_code, 0);
	add_known(out, attempt->signal ? attempt->signal : -1, 0);
	buf_str(out, attempt->is_allowed ? ",yes" : ",no");
	add_reasons(out, attempt->reasons);
	add_known(out, export_resource(attempt, "cpu_user_seconds"), 3);
	add_known(out, export_resource(attempt, "cpu_system_seconds"), 3);
	add_known(out, export_resource(attempt, "cpu_percent"), 1);
	add_known(out, export_resource(attempt, "memory_mb"), 3);
	add_known(out, export_resource(attempt, "read_mb"), 3);
	add_known(out, export_resource(attempt, "written_mb"), 3);
	add_files(out, attempt->inputs, attempt->input_count, attempt->inputs_more);
	add_files(out, attempt->outputs, attempt->output_count, attempt->outputs_more);
	only = attempt->costs ? money_only(attempt->costs) : NULL;
	add_known(out, only ? only->amount : attempt->costs ? -1 : 0, 6);
	add_text(out, only ? only->currency : NULL);
	add_text(out, attempt->text);
	add_text(out, attempt->command);
	add_text(out, attempt->dir);
	add_known(out, attempt->warnings, 0);
	if (attempt->costs)
		money_text(&costs, attempt->costs);
	add_text(out, buf_text(&costs));
	add_known(out, export_resource(attempt, "gpu_seconds"), 3);
	add_known(out, export_resource(attempt, "gpu_percent"), 1);
	add_known(out, export_resource(attempt, "gpu_memory_mb"), 3);
	buf_str(out, "\r\n");
}

void export_csv(struct buf *out, const struct export_run *run)
{
	buf_str(out,
		"run,pipeline,job,stage,attempt,state,started_at,ended_at,seconds,exit_code,signal,"
		"failure_allowed,reasons,cpu_user_seconds,cpu_system_seconds,cpu_percent,memory_mb,"
		"read_mb,written_mb,input_files,input_bytes,output_files,output_bytes,cost,currency,"
		"message,command,dir,warnings,costs,gpu_seconds,gpu_percent,gpu_memory_mb\r\n");
	for (uint32_t i = 0; i < run->log->attempt_count; i++)
		add_attempt(out, run, &run->log->attempts[i]);
}
