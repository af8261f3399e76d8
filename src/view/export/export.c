#include "view/export/export.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "view/words/words.h"

#define FORMAT(name, file, wants_records, is_of_job) \
	{name, wants_records, is_of_job, export_##file},

const struct export_format export_formats[] = {
	EXPORT_FORMATS(FORMAT, FORMAT){NULL, false, false, NULL}};

void export_time(const struct past_run *log, double at, char text[CLOCK_ISO_SIZE])
{
	clock_iso(log->begin_ns + (int64_t)(at * 1e9), text);
}

double export_end(const struct past_run *log, const struct past_attempt *attempt)
{
	double end = attempt->end >= 0 ? attempt->end : log->last_at;

	return end > attempt->start ? end : attempt->start;
}

double export_seconds(const struct past_run *log, const struct past_attempt *attempt)
{
	if (attempt->seconds >= 0)
		return attempt->seconds;
	return export_end(log, attempt) - attempt->start;
}

double export_resource(const struct past_attempt *attempt, const char *name)
{
	return attempt->resources ? json_get_num(attempt->resources, name, -1) : -1;
}

double export_cpu_seconds(const struct past_attempt *attempt)
{
	double user = export_resource(attempt, "cpu_user_seconds");
	double system = export_resource(attempt, "cpu_system_seconds");

	if (user < 0 && system < 0)
		return export_resource(attempt, "cpu_seconds");
	return (user > 0 ? user : 0) + (system > 0 ? system : 0);
}

const char *export_state(const struct export_run *run, const struct past_attempt *attempt)
{
	switch (attempt->state) {
	case PAST_DONE:
		return attempt->restored ? "restored" : "done";
	case PAST_FAILED:
		if (attempt->is_interrupted)
			return "interrupted";
		return attempt->will_retry ? "retried" : "failed";
	case PAST_RUNNING:
		/* the runner was killed: nobody wrote how the attempt ended */
		return run->is_alive ? "running" : "interrupted";
	case PAST_WAITING:
	case PAST_FRESH:
	case PAST_SKIPPED:
	case PAST_BLOCKED:
		break;
	}
	return "unknown";
}

void export_outcome(
	struct buf *out, const struct export_run *run, const struct past_attempt *attempt)
{
	if (attempt->signal) {
		buf_str(out, "killed by ");
		text_add_signal(out, attempt->signal);
	} else if (attempt->exit_code > 0) {
		buf_fmt(out, "exit code %d", attempt->exit_code);
	} else if (attempt->state == PAST_RUNNING && !run->is_alive) {
		buf_str(out, "the run was killed");
	} else {
		buf_str(out, export_state(run, attempt));
	}
	if (outcome_says_more(attempt->text)) {
		buf_str(out, ": ");
		text_add_utf8(out, attempt->text, strlen(attempt->text));
	}
}

double export_total(const struct past_run *log, const char *name)
{
	return log->totals ? json_get_num(log->totals, name, 0) : 0;
}

uint32_t *export_previous(const struct past_run *log)
{
	uint32_t *previous = mem_alloc((log->attempt_count + 1) * sizeof *previous);
	uint32_t *last MEM_LOCAL = mem_alloc((log->stage_count + 1) * sizeof *last);

	for (uint32_t i = 0; i < log->stage_count; i++)
		last[i] = NONE;
	for (uint32_t i = 0; i < log->attempt_count; i++) {
		previous[i] = last[log->attempts[i].stage_index];
		last[log->attempts[i].stage_index] = i;
	}
	return previous;
}
