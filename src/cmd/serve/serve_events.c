#include "cmd/serve/serve_feed.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/dir.h"
#include "base/fs.h"
#include "base/json_write.h"
#include "base/map.h"
#include "base/name.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"
#include "record/runs/past.h"
#include "run/job/stage_dirs.h"
#include "view/page/report.h"

#define PIECE ((size_t)256 * 1024)
#define LINE_MAX_SIZE ((size_t)64 * 1024 * 1024)
#define STAGE_LOG_MAX ((size_t)1024 * 1024)
#define RUNNING_LOG_MAX ((size_t)64 * 1024)
#define RUNNING_MAX 8u /* stages whose logs are sent while they run */
#define SECOND_NS ((int64_t)1000 * 1000 * 1000)

void events_free(struct events *events)
{
	map_free(&events->stages);
	arena_free(&events->arena);
	*events = (struct events){0};
}

void events_of(struct events *events, const struct graph *graph)
{
	struct buf name BUF_LOCAL = {0};

	events_free(events);
	events->graph = graph;
	events->is_running = arena_alloc(&events->arena, (size_t)graph->stage_count + 1);
	events->dirs = stage_dirs_find(&events->arena, graph, NULL);
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		buf_reset(&name);
		name_to_json(&name, stage_name(graph, i));
		map_put(&events->stages, arena_strdup(&events->arena, buf_text(&name)), i);
	}
}

static uint32_t stage_of(const struct events *events, const json *line)
{
	return map_get(&events->stages, json_get_str(line, "stage", ""));
}

/* Where a stage lies: a run that begins gives renumbered ones their present places. */
static const char *dir_of(const struct events *events, uint32_t stage)
{
	const char *dir = graph_text(events->graph, events->graph->stages[stage].dir);

	return events->dirs && !fs_is_dir(dir) ? events->dirs[stage] : dir;
}

const char *events_dir(const struct events *events, const char *stage)
{
	uint32_t id = map_get(&events->stages, stage);

	return id == NONE ? NULL : dir_of(events, id);
}

static void begin_event(struct buf *out, const struct report_position *at)
{
	buf_str(out, "id: ");
	report_position_add(out, at);
	buf_str(out, "\ndata: ");
}

static void end_event(struct buf *out)
{
	buf_str(out, "\n\n");
}

static bool ends_an_attempt(const char *line, size_t len)
{
	return past_line_is(line, len, "done") || past_line_is(line, len, "fail") ||
	       past_line_is(line, len, "skip") || past_line_is(line, len, "retry");
}

static void add_stage(const struct events *events, uint32_t stage, const struct report_position *at,
	struct buf *out)
{
	begin_event(out, at);
	report_stage_event(out, stage_name(events->graph, stage), dir_of(events, stage),
		report_files_of_each(events->graph->stage_count), STAGE_LOG_MAX);
	end_event(out);
}

/* A line of JSON may have CR between its parts, which would end the line of the event. */
static void add_line(struct buf *out, const char *line, size_t len)
{
	size_t from = out->len;

	buf_add(out, line, len);
	for (size_t i = from; i < out->len; i++) {
		if (out->data[i] == '\r')
			out->data[i] = ' ';
	}
}

static void take_line(const struct events *events, const char *line, size_t len,
	struct report_position *at, struct buf *out)
{
	json *parsed JSON_LOCAL = len && line[0] == '{' ? json_parse(line, len, NULL) : NULL;
	uint32_t stage = parsed && ends_an_attempt(line, len) ? stage_of(events, parsed) : NONE;

	if (stage != NONE)
		add_stage(events, stage, at, out);
	at->record += len + 1;
	if (parsed) {
		begin_event(out, at);
		add_line(out, line, len);
		end_event(out);
	}
}

/* Appends what stands in the file from `from` on: some PIECE bytes, more only until a line is
 * whole. Returns the length of the whole lines in it. */
static size_t read_lines(const char *path, size_t from, struct buf *out)
{
	int fd FD_LOCAL = dir_open(AT_FDCWD, path, O_RDONLY);
	size_t whole = 0;
	struct stat st;

	if (fd < 0)
		return 0;
	while (!whole && out->len < LINE_MAX_SIZE && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		ssize_t got;
		const char *last;

		buf_reserve(out, PIECE + 1);
		got = pread(fd, out->data + out->len, PIECE, (off_t)(from + out->len));
		if (got <= 0)
			break;
		out->len += (size_t)got;
		last = memrchr(out->data, '\n', out->len);
		whole = last ? (size_t)(last + 1 - out->data) : 0;
	}
	return whole;
}

void events_of_record(struct events *events, const char *path, struct listener_place *place,
	size_t limit, struct buf *out)
{
	struct buf text BUF_LOCAL = {0};
	size_t whole = read_lines(path, place->at.record, &text), before = out->len;

	for (size_t at = 0; at < whole && out->len - before < limit;) {
		const char *line = text.data + at;
		size_t len = (size_t)((const char *)memchr(line, '\n', whole - at) - line);

		take_line(events, line, len, &place->at, out);
		at += len + 1;
	}
}

void events_of_log(const char *path, struct listener_place *place, struct buf *out)
{
	bool is_first = place->at.log == 0;
	struct json_writer w = {.out = out};
	struct buf text BUF_LOCAL = {0};
	size_t whole = read_lines(path, place->at.log, &text);

	if (whole) {
		place->at.log += whole;
		begin_event(out, &place->at);
		json_write_object(&w, NULL);
		json_write_str(&w, "event", "pipeline_log");
		json_write_output(&w, is_first ? "text" : "more", text.data, whole);
		json_write_end(&w);
		end_event(out);
	}
}

void events_of_death(const char *record_path, struct listener_place *place, struct buf *out)
{
	struct json_writer w = {.out = out};
	struct buf text BUF_LOCAL = {0};
	const char *line;
	size_t len;

	if (place->has_told_of_death)
		return;
	place->has_told_of_death = true;
	report_read_tail(record_path, PIECE, &text);
	while (text.len > 0 && text.data[text.len - 1] == '\n')
		text.data[--text.len] = '\0';
	line = memrchr(buf_text(&text), '\n', text.len);
	line = line ? line + 1 : buf_text(&text);
	len = strlen(line);
	if (text.len > 0 && !past_line_is(line, len, "run_end")) {
		begin_event(out, &place->at);
		json_write_object(&w, NULL);
		json_write_str(&w, "event", "run_end");
		json_write_str(&w, "outcome", "killed");
		json_write_end(&w);
		end_event(out);
	}
}

/* Reads on in the record to know which stages run. */
static void follow(struct events *events, const char *path, const char *run)
{
	struct report_position *at = &events->followed;
	struct buf text BUF_LOCAL = {0};
	size_t whole;

	if (strcmp(at->run, run) != 0) {
		*at = (struct report_position){0};
		memcpy(at->run, run, strlen(run) + 1);
		memset(events->is_running, 0, events->graph->stage_count);
	}
	while ((whole = read_lines(path, at->record, &text)) > 0) {
		for (const char *line = text.data, *end = text.data + whole; line < end;) {
			size_t len =
				(size_t)((const char *)memchr(line, '\n', (size_t)(end - line)) -
					 line);
			bool starts = past_line_is(line, len, "start");

			if (starts || ends_an_attempt(line, len)) {
				json *parsed JSON_LOCAL = json_parse(line, len, NULL);
				uint32_t stage = parsed ? stage_of(events, parsed) : NONE;

				if (stage != NONE)
					events->is_running[stage] = starts;
			}
			line += len + 1;
		}
		at->record += whole;
		buf_reset(&text);
	}
}

static bool has_grown(const char *dir, int64_t since_ns)
{
	struct fs_stat st = {0};
	struct arena arena ARENA_LOCAL = {0};

	fs_stat(stage_path(&arena, dir, STAGE_LOG_FILE), &st, NULL);
	return st.type == 'f' && st.mtime_ns >= since_ns;
}

void events_of_running(struct events *events, const char *record_path,
	const struct listener_place *place, struct buf *out)
{
	/* wall time, and a second more: clocks of file systems lag behind */
	int64_t since_ns =
		place->logs_ns ? clock_wall_ns() - (clock_mono_ns() - place->logs_ns) - SECOND_NS
			       : 0;
	uint32_t sent = 0;

	follow(events, record_path, place->at.run);
	for (uint32_t i = 0; i < events->graph->stage_count && sent < RUNNING_MAX; i++) {
		if (!events->is_running[i] || !has_grown(dir_of(events, i), since_ns))
			continue;
		begin_event(out, &place->at);
		report_stage_event(
			out, stage_name(events->graph, i), dir_of(events, i), 0, RUNNING_LOG_MAX);
		end_event(out);
		sent++;
	}
}
