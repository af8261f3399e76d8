#include "run/attempt/node_said.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/job_names.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/said.h"
#include "base/text.h"
#include "record/manifest/events.h"
#include "run/attempt/final_text.h"
#include "run/exec/exec.h"

struct node_said {
	const struct launch *launch;
	node_said_fn *take;
	void *ctx;
	struct arena arena, line_arena;
	struct events_reader *events;
	struct said last;
	struct final_places places;
	struct buf text;
};

/* What is listed there goes where the list says, and the rest beside it. */
static const char *final_place(const void *ctx, const char *rest, struct arena *arena)
{
	const struct node_said *said = ctx;
	const struct launch_away *away = said->launch->away;
	const char *at = path_join(arena, said->places.work_dir, rest);
	const char *elsewhere = path_below(WORK_ROOT, rest);

	for (uint32_t i = 0; i < away->made_count; i++) {
		const char *below = path_below(away->made[i].at, at);
		if (below)
			return path_join(arena, away->made[i].path, *below ? below : ".");
	}
	return elsewhere && *elsewhere ? elsewhere : path_join(arena, said->places.dir, rest);
}

struct node_said *node_said_begin(const struct launch *launch, node_said_fn *take, void *ctx)
{
	struct node_said *said = mem_alloc(sizeof *said);
	const struct launch_away *away = launch->away;
	bool runs_in_work = launch->dir && path_is_under(away->own_dir, launch->dir);

	said->launch = launch;
	said->take = take;
	said->ctx = ctx;
	said->events = events_open(path_join(&said->arena, away->own_dir, WORK_EVENTS));
	said->places = (struct final_places){
		.dir = path_dir(&said->arena, away->log_path),
		.own_dir = away->own_dir,
		.work_dir = runs_in_work ? launch->dir : away->own_dir,
		.place = final_place,
		.ctx = said,
	};
	return said;
}

static bool take_line(void *ctx, const char *line, size_t len)
{
	enum {
		EVENT,
		LEVEL,
		MESSAGE,
		DETAIL,
		TIME,
		NAMES
	};
	static const char *const names[NAMES] = {
		"event", "level", "message", "exception_detail", "time"};
	struct node_said *said = ctx;
	const char *texts[NAMES];
	enum log_level level = LOG_INFO;
	int64_t wall_ns = clock_wall_ns();

	arena_reset(&said->line_arena);
	if (!json_texts(&said->line_arena, line, len, names, NAMES, texts) || !texts[EVENT])
		return false;
	bool is_note = !text_eq(texts[EVENT], "log");
	if (text_eq(texts[EVENT], "error"))
		level = LOG_ERROR;
	else if (text_eq(texts[EVENT], "warning"))
		level = LOG_WARNING;
	else if (is_note)
		return true;
	else if (texts[LEVEL])
		log_level_parse(texts[LEVEL], &level);
	const char *text = texts[MESSAGE] ? texts[MESSAGE] : "";
	const char *detail = is_note && texts[DETAIL] ? texts[DETAIL] : "";
	text = final_text_of(&said->places, text, &said->text);
	if (level >= LOG_WARNING && said_again(&said->last, is_note, level, text, detail))
		return true;
	if (texts[TIME])
		clock_parse_iso(texts[TIME], &wall_ns);
	said->take(said->ctx, level, wall_ns, text);
	return true;
}

/* What cannot be read is left to the head, which says why. */
bool node_said_read(struct node_said *said, bool at_end)
{
	return events_read(said->events, at_end, take_line, said, NULL) > 0;
}

void node_said_end(struct node_said *said)
{
	events_close(said->events);
	said_free(&said->last);
	buf_free(&said->text);
	arena_free(&said->line_arena);
	arena_free(&said->arena);
	free(said);
}
