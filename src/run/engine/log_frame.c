/* What the runner writes into a stage's log itself: how the attempt began, and how it ended. */
#include <math.h>
#include <string.h>

#include "base/path.h"
#include "base/text.h"
#include "run/engine/context.h"

#define LISTED 20         /* files of a kind, of hundreds of thousands */
#define CONFIG_LISTED 100 /* values */
#define VALUE_MAX 500     /* bytes shown of one */
#define COMMAND_MAX 100000

struct frame {
	struct stagelog *log;
	struct buf *line; /* the run's, used again and again */
};

static void end_line(struct frame *frame, enum log_level level)
{
	stagelog_add(frame->log, level, frame->line->data, frame->line->len);
	buf_reset(frame->line);
}

/* On one line, whatever it holds. */
static void add_value(struct buf *out, const char *text)
{
	size_t len = strlen(text), shown = len;

	if (len > VALUE_MAX)
		shown = VALUE_MAX;
	while (shown < len && ((unsigned char)text[shown] & 0xc0) == 0x80)
		shown--; /* not in the middle of a character */
	text_add_printable(out, text, shown);
	if (shown < len)
		buf_fmt(out, " … (%zu bytes more)", len - shown);
}

static void say_config(struct frame *frame, const struct graph *graph, uint32_t stage)
{
	struct span config = graph->stages[stage].config;

	for (uint32_t i = 0; i < config.count && i < CONFIG_LISTED; i++) {
		const struct pair *pair = &graph->pairs[config.first + i];
		buf_str(frame->line, "Config ");
		buf_str(frame->line, graph_text(graph, pair->name));
		buf_str(frame->line, ": ");
		add_value(frame->line, graph_text(graph, pair->value));
		end_line(frame, LOG_INFO);
	}
	if (config.count > CONFIG_LISTED) {
		buf_fmt(frame->line, "... and %u more config values", config.count - CONFIG_LISTED);
		end_line(frame, LOG_INFO);
	}
}

/* "Input media: in/sample.mp4 (video, 50.0 MB)" */
static void say_file(struct frame *frame, const char *what, const struct attempt_file *file)
{
	buf_str(frame->line, what);
	if (file->label && *file->label) {
		buf_char(frame->line, ' ');
		text_add_printable(frame->line, file->label, strlen(file->label));
	}
	buf_str(frame->line, ": ");
	text_add_printable(frame->line, file->path, strlen(file->path));
	buf_str(frame->line, " (");
	text_add_printable(frame->line, file->type, strlen(file->type));
	buf_str(frame->line, ", ");
	text_add_size(frame->line, (double)file->size);
	buf_char(frame->line, ')');
	end_line(frame, LOG_INFO);
}

void log_frame_container(struct run *run, struct running *running, const char *id)
{
	struct frame frame = {running->log, &run->log_line};

	if (!running->log || !running->attempt.container)
		return;
	buf_str(frame.line, "Container: ");
	add_value(frame.line, stage_container(run->graph, running->stage));
	buf_fmt(frame.line, " (%s%s%s)", running->attempt.container, id ? ", " : "", id ? id : "");
	end_line(&frame, LOG_INFO);
}

static void say_files(struct frame *frame, const struct attempt *attempt, enum file_role role,
	const char *what, const char *noun)
{
	uint32_t count = 0;
	double rest = 0;

	for (uint32_t i = 0; i < attempt->file_count; i++) {
		const struct attempt_file *file = &attempt->files[i];
		bool is_tool = file->origin == ORIGIN_COMMAND && text_eq(file->type, LABEL_PROGRAM);
		if (file->role != role || file->flags & RECORD_FILE_MISSING || is_tool)
			continue;
		if (count++ < LISTED)
			say_file(frame, what, file);
		else
			rest += (double)file->size;
	}
	if (count <= LISTED)
		return;
	buf_fmt(frame->line, "... and %u more %s%s, ", count - LISTED, noun,
		count == LISTED + 1 ? "" : "s");
	text_add_size(frame->line, rest);
	buf_str(frame->line, " in all");
	end_line(frame, LOG_INFO);
}

static void say_measure(struct buf *out, const char *what, double mb)
{
	if (mb < 0)
		return;
	buf_str(out, what);
	text_add_size(out, mb * 1048576);
}

static void say_gpus(struct buf *out, const struct attempt_gpus *gpus)
{
	if (gpus->ids)
		buf_fmt(out, ", GPU%s %s", strchr(gpus->ids, ',') ? "s" : "", gpus->ids);
	if (!gpus->used)
		return;
	buf_fmt(out, " (%s", strcmp(gpus->used, "none") == 0 ? "not used" : gpus->used);
	if (gpus->percent >= 0)
		buf_fmt(out, ", %lld%%", llround(gpus->percent));
	say_measure(out, ", peak memory ", gpus->memory_mb);
	buf_str(out, gpus->is_of_device ? ", with whatever else ran there)" : ")");
}

static void say_resources(struct frame *frame, const struct attempt *attempt)
{
	const struct attempt_resources *r = &attempt->resources;
	struct buf *out = frame->line;

	buf_str(out, "Resources: ");
	text_add_duration(out, attempt->duration_seconds);
	if (r->cpu_user_seconds >= 0) {
		buf_str(out, ", CPU time ");
		text_add_duration(out, r->cpu_user_seconds + r->cpu_system_seconds);
	}
	if (r->cpu_percent >= 0 && r->cpu_percent < 1e9) {
		buf_str(out, " (");
		text_add_count(out, (unsigned)(r->cpu_percent + 0.5));
		buf_str(out, "%)");
	}
	say_measure(out, ", peak memory ", r->memory_mb);
	say_measure(out, ", read ", r->read_mb);
	say_measure(out, ", written ", r->written_mb);
	say_gpus(out, &r->gpus);
	end_line(frame, LOG_INFO);
}

void log_frame_command(struct run *run, struct running *running)
{
	const struct graph *graph = run->graph;
	const struct settings *settings = stage_settings(graph, running->stage);
	struct frame frame = {running->log, &run->log_line};

	if (running->attempt.number > 1) {
		buf_fmt(frame.line, "Attempt %u", running->attempt.number);
		end_line(&frame, LOG_INFO);
	}
	buf_str(frame.line, "Command: ");
	buf_add(frame.line, running->attempt.command,
		strnlen(running->attempt.command, COMMAND_MAX));
	end_line(&frame, LOG_DEBUG);
	if (settings->dir) {
		buf_fmt(frame.line, "Runs in: %s", graph_text(graph, settings->dir));
		end_line(&frame, LOG_INFO);
	}
	say_config(&frame, graph, running->stage);
}

void log_frame_inputs(struct run *run, struct running *running)
{
	struct frame frame = {running->log, &run->log_line};

	say_files(&frame, &running->attempt, ROLE_INPUT, "Input", "input");
	buf_str(frame.line, "Output directory: ");
	buf_str(frame.line, running->dir);
	end_line(&frame, LOG_INFO);
}

/* As the logging architecture shows it: below the job's directory, in which the log lies, too. */
static void say_place(struct frame *frame, const struct run *run, const struct running *running,
	const char *what, const char *name)
{
	const char *job_dir = graph_text(run->graph, run->graph->job_dir);
	const char *below = path_below(job_dir, running->dir);

	buf_str(frame->line, what);
	buf_str(frame->line, below && *below ? below : running->dir);
	buf_char(frame->line, '/');
	buf_str(frame->line, name);
	end_line(frame, LOG_INFO);
}

void log_frame_end(struct run *run, struct running *running, enum log_level level, const char *text)
{
	const struct attempt *attempt = &running->attempt;
	struct frame frame = {running->log, &run->log_line};

	if (!running->log)
		return;
	stagelog_end_output(running->log);
	if (attempt->status != RECORD_FAILED)
		say_files(&frame, attempt, ROLE_OUTPUT, "Output", "output");
	say_resources(&frame, attempt);
	if (attempt->money.count) {
		buf_str(frame.line, "Cost: ");
		money_text(frame.line, &attempt->money);
		end_line(&frame, LOG_INFO);
	}
	stagelog_add(running->log, level, text, strlen(text));
	say_place(&frame, run, running, "Stage log: ", STAGE_LOG_FILE);
	say_place(&frame, run, running, "Stage manifest: ", MANIFEST_FILE);
}
