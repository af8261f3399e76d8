/* Stages that run elsewhere, looked at while somebody watches: what they say is told as they say
 * it, and not only at their end. A look costs an opening on a file system that many share: it is
 * taken of few stages in one turn, of each rarely, and of none where nobody watches. */
#include "base/clock.h"
#include "base/fs.h"
#include "run/engine/context.h"

#define ASK_MS 2000   /* between two questions whether somebody watches */
#define TURN_MS 500   /* between two turns */
#define LOOK_MS 10000 /* between two looks at a stage */
#define PIECES_MAX 16 /* of what they said, in one turn; each look takes one at least */

static bool is_watched(struct run *run, int64_t now)
{
	struct away_watch *watch = &run->away_watch;

	if (now >= watch->ask_ms) {
		watch->is_watched = notify_is_watched(run);
		watch->ask_ms = now + ASK_MS;
	}
	return watch->is_watched;
}

/* Gives the number of pieces. */
static uint32_t look(struct run *run, struct running *running, int64_t now, uint32_t most)
{
	struct fs_stat ignored;
	uint32_t pieces = 0;

	/* of a file that was not there the system would go on saying so */
	fs_stat(running->own_dir, &ignored, NULL);
	while (pieces++ < most && stage_events_tell(run, running))
		continue;
	events_rest(running->events);
	running->away->look_ms = now + LOOK_MS;
	return pieces;
}

/* Gives when the next of them is due. */
static int64_t look_at_some(struct run *run, int64_t now)
{
	const struct away_list *list = &run->away_list;
	struct away_watch *watch = &run->away_watch;
	uint32_t left = PIECES_MAX;
	int64_t next = now + LOOK_MS;

	for (uint32_t n = 0; n < list->count; n++) {
		uint32_t at = watch->at < list->count ? watch->at : 0;
		struct running *running = list->at[at];
		const struct away *away = running->away;
		if (away->has_started && away->look_ms <= now) {
			if (!left)
				return now;
			uint32_t pieces = look(run, running, now, left);
			left -= pieces < left ? pieces : left;
		}
		if (away->has_started && away->look_ms < next)
			next = away->look_ms;
		watch->at = at + 1;
	}
	return next;
}

int64_t away_watch_wake_ms(const struct run *run)
{
	return run->away_list.count && !run->is_leaving ? run->away_watch.wake_ms : -1;
}

void away_watch_step(struct run *run)
{
	struct away_watch *watch = &run->away_watch;
	int64_t now = clock_mono_ns() / 1000000;

	if (away_watch_wake_ms(run) < 0 || now < watch->wake_ms)
		return;
	watch->wake_ms = now + ASK_MS;
	if (!is_watched(run, now))
		return;
	int64_t next = look_at_some(run, now);
	if (next < now + TURN_MS)
		next = now + TURN_MS;
	if (next < watch->wake_ms)
		watch->wake_ms = next;
}
