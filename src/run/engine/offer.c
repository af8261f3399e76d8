/* Offering what ran well to the shared cache: contents first, then the entry that names them. A
 * worker puts them, while the run goes on; what it reads has to be what the attempt made. */
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "model/graph/cache_settings.h"
#include "model/graph/job_paths.h"
#include "record/cache/cache_key.h"
#include "record/cache/entry_check.h"
#include "run/engine/context.h"
#include "run/engine/reuse.h"

/* At the end of the run: no longer than the run itself took, or so many times the cache's timeout.
 * Who has results put and nothing else waits as long as they are on their way. */
#define WAIT_TIMEOUTS 6
#define TELL_NS ((int64_t)2 * 1000000000)
#define TELL_AGAIN_NS ((int64_t)30 * 1000000000)

struct offer_file {
	const char *dir, *base, *place;
	struct cache_made made; /* if it is known; its sum if somebody may do without it */
	bool is_known;
	uint8_t mode;       /* RECORD_FILE_EXECUTABLE, RECORD_FILE_PLAIN, or 0: not known */
	const char *target; /* of a link; NULL: it is none */
};

struct offer {
	struct work work; /* first: it is cast back */
	struct cache *cache;
	uint32_t stage;
	struct arena arena;
	struct sha256 key;
	struct entry_variant variant;
	struct offer_file *files; /* by output of the variant */
	struct buf told;
	const char *log;
	bool is_given;
};

/* Is it what the attempt left, as far as its name does not tell? */
static bool is_as_left(const struct offer_file *file, const struct entry_output *put)
{
	if (put->type == 'l' || file->target)
		return put->type == 'l' && text_eq(put->target, file->target);
	return put->type != 'f' || !file->mode ||
	       put->is_executable == (file->mode == RECORD_FILE_EXECUTABLE);
}

/* The places that have all of them. */
static unsigned put_outputs(struct offer *offer)
{
	const struct entry_variant *variant = &offer->variant;
	unsigned places = CACHE_EVERYWHERE;

	for (uint32_t i = 0; i < variant->output_count && places; i++) {
		const struct offer_file *file = &offer->files[i];
		struct entry_output *out = &variant->outputs[i];
		places &= cache_put_output(offer->cache, &offer->arena, file->dir, file->base,
			file->is_known ? &file->made : NULL, out);
		if (places && !is_as_left(file, out))
			return 0;
		out->path = file->place;
	}
	return places && entry_links_fit(variant->outputs, variant->output_count) ? places : 0;
}

/* Nobody takes what is larger. */
static bool is_taken(const struct offer *offer)
{
	struct fs_stat log;

	return offer->told.len <= TOLD_MAX && fs_stat(offer->log, &log, NULL) == 0 &&
	       log.type == 'f' && log.size <= REUSE_LOG_MAX;
}

/* In a worker. */
static void give(struct work *work)
{
	struct offer *offer = (struct offer *)work;
	struct entry_variant *variant = &offer->variant;
	unsigned places = is_taken(offer) ? put_outputs(offer) : 0;

	if (places)
		places &= cache_put_file(offer->cache, offer->log, &variant->log);
	if (places)
		places &= cache_put_bytes(
			offer->cache, offer->told.data, offer->told.len, &variant->manifest);
	offer->is_given = places && cache_put_variant(offer->cache, &offer->key, variant, places);
}

static void offer_free(struct offer *offer)
{
	buf_free(&offer->told);
	arena_free(&offer->arena);
	free(offer);
}

/* A further input, by what is known of it now. */
static bool take_input(struct run *run, struct offer *offer, const struct attempt_file *file)
{
	struct entry_input *input = &offer->variant.inputs[offer->variant.input_count++];
	uint32_t id = stamps_id(run->stamps, file->path);
	const struct stamp *stamp = stamps_get(run->stamps, id);
	bool is_there = !(file->flags & RECORD_FILE_MISSING);
	struct buf name = {0};

	input->content.size = ENTRY_ABSENT;
	if (file->flags & RECORD_FILE_NO_SUM)
		return false;
	/* It may have been hashed before its name was wanted. */
	if (is_there && !stamps_content(run->stamps, id, &input->content)) {
		if (stamp->stat.size > SETTLE_INLINE_MAX)
			return false;
		stamps_look(run->stamps, &id, 1, true);
		if (!stamps_content(run->stamps, id, &input->content))
			return false;
	}
	stamp = stamps_get(run->stamps, id);
	if (is_there && !digest_eq(&stamp->sum, &file->sum))
		return false;
	char kind = !is_there                              ? '0'
		    : file->is_dir                         ? 'd'
		    : file->flags & RECORD_FILE_EXECUTABLE ? 'x'
							   : 'f';
	bool has_name = cache_key_name(&run->finder, kind, file->path, &name);
	input->path = arena_strdup(&offer->arena, buf_text(&name));
	buf_free(&name);
	return has_name;
}

static bool is_inside(const struct offer *offer, const char *place)
{
	for (uint32_t i = 0; i < offer->variant.output_count; i++) {
		if (path_is_under(offer->files[i].place, place))
			return true;
	}
	return false;
}

static bool take_output(
	struct run *run, const struct running *running, struct offer *offer, uint32_t index)
{
	const struct attempt_file *file = &running->attempt.files[index];
	struct offer_file *out = &offer->files[offer->variant.output_count];
	char target[PATH_MAX];

	if (file->flags & RECORD_FILE_NO_SUM || !track_reads(file->track))
		return false;
	out->place =
		stage_made_path(run->graph, running->stage, file->path, ".", &offer->arena) + 2;
	if (is_inside(offer, out->place)) /* of a directory that is put */
		return true;
	const char *path = path_join(&offer->arena, ".", file->path);
	out->dir = path_dir(&offer->arena, path);
	out->base = path_base(path);
	out->is_known = running->made_names && running->made_names[index].size != ENTRY_ABSENT;
	if (out->is_known)
		out->made.name = running->made_names[index];
	out->mode = file->flags & (RECORD_FILE_EXECUTABLE | RECORD_FILE_PLAIN);
	ssize_t len = readlink(path, target, sizeof target);
	if (len >= 0)
		out->target = arena_strndup(&offer->arena, target, (size_t)len);
	if (out->is_known && run->graph->stages[running->stage].flags & STAGE_TEMPORARY)
		out->made.sum = file->sum;
	offer->variant.output_count++;
	return true;
}

static bool take_files(struct run *run, const struct running *running, struct offer *offer)
{
	const struct attempt *attempt = &running->attempt;
	size_t room = (size_t)attempt->file_count + 1;

	offer->files = arena_alloc(&offer->arena, room * sizeof *offer->files);
	offer->variant.inputs = arena_alloc(&offer->arena, room * sizeof *offer->variant.inputs);
	offer->variant.outputs = arena_alloc(&offer->arena, room * sizeof *offer->variant.outputs);
	for (uint32_t i = 0; i < attempt->file_count; i++) {
		const struct attempt_file *file = &attempt->files[i];
		bool is_further = file->role == ROLE_INPUT && file->origin >= ORIGIN_DEPFILE;
		bool is_made = file->role != ROLE_INPUT && running->made_at[i] &&
			       (file->role == ROLE_OUTPUT || file->flags & RECORD_FILE_RETAINED);
		if (file->is_update || (is_further && !take_input(run, offer, file)) ||
			(is_made && !take_output(run, running, offer, i)))
			return false;
	}
	return true;
}

static bool is_offered(struct run *run, const struct running *running, struct sha256 *key)
{
	const struct reuse *reuse = run->reuse;

	if (!reuse || !reuse->givers || running->attempt.restored ||
		running->attempt.status != RECORD_SUCCESS || !cache_writes(reuse->cache) ||
		running->stage >= reuse->stage_cap || !reuse->stages[running->stage].has_key)
		return false;
	/* It is the same before and after, or something changed meanwhile. */
	return reuse_is_sound(&running->attempt) && reuse_key(run, running->stage, key, NULL) &&
	       sha256_eq(key, &reuse->stages[running->stage].key);
}

/* running: what the attempt came to. */
static void submit(struct run *run, const struct running *running, const struct sha256 *key,
	const struct attempt_origin *origin)
{
	struct offer *offer = mem_alloc(sizeof *offer);
	struct entry_variant *variant = &offer->variant;
	struct arena *arena = &offer->arena;

	run->reuse->offered++;
	if (!take_files(run, running, offer) ||
		!told_write(&running->attempt, &run->finder, origin->resources, &offer->told)) {
		offer_free(offer);
		return;
	}
	offer->work.run = give;
	offer->cache = run->reuse->cache;
	offer->stage = running->stage;
	offer->key = *key;
	offer->log = arena_strdup(arena, running->log_path);
	variant->seconds = origin->seconds;
	variant->run = origin->run ? arena_strdup(arena, origin->run) : NULL;
	variant->job = origin->job ? arena_strdup(arena, origin->job) : NULL;
	variant->host = origin->host ? arena_strdup(arena, origin->host) : NULL;
	variant->when = origin->completed_at ? arena_strdup(arena, origin->completed_at) : NULL;
	run->reuse->giving++;
	run->reuse->stages[running->stage].giving++;
	workers_submit(run->reuse->givers, &offer->work);
}

void offer_begin(struct run *run, const struct running *running)
{
	const struct attempt *attempt = &running->attempt;
	char host[256] = "", when[CLOCK_ISO_SIZE];
	struct sha256 key;

	if (!is_offered(run, running, &key))
		return;
	gethostname(host, sizeof host - 1);
	clock_iso(attempt->ended_ns, when);
	const struct attempt_origin origin = {
		.run = attempt->run,
		.job = graph_text(run->graph, run->graph->job),
		.host = host,
		.completed_at = when,
		.seconds = attempt->duration_seconds,
	};
	submit(run, running, &key, &origin);
}

/* Where what lies there comes from. */
static struct attempt_origin origin_of(
	const struct run *run, const struct record_success *success, const char *host)
{
	if (success->restored)
		return (struct attempt_origin){
			.run = success->restored->run,
			.job = success->restored->job,
			.host = success->restored->host,
			.completed_at = success->restored->completed_at,
			.seconds = success->restored->seconds,
		};
	return (struct attempt_origin){
		.run = success->run,
		.job = graph_text(run->graph, run->graph->job),
		.host = host,
		.completed_at = success->completed_at,
		.seconds = success->duration_seconds,
	};
}

/* Names of what was made, of which the bytes are checked by them. */
static void name_made(struct run *run, struct running *running)
{
	const struct attempt *attempt = &running->attempt;

	running->made_names = arena_alloc(
		&running->arena, ((size_t)attempt->file_count + 1) * sizeof *running->made_names);
	running->made_at = arena_alloc(
		&running->arena, ((size_t)attempt->file_count + 1) * sizeof *running->made_at);
	for (uint32_t i = 0; i < attempt->file_count; i++) {
		const struct attempt_file *file = &attempt->files[i];
		running->made_names[i].size = ENTRY_ABSENT;
		if (file->role == ROLE_INPUT || file->flags & RECORD_FILE_MISSING)
			continue;
		running->made_at[i] = file->path;
		uint32_t id = collect_id(run, running->stage, file->path);
		for (int k = 0; k < 2; k++) {
			stamps_look(run->stamps, &id, 1, true);
			if (stamps_content(run->stamps, id, &running->made_names[i]))
				break;
		}
	}
}

/* The log of the success: a later failure has put it aside. */
static char *log_of(struct run *run, struct arena *arena, uint32_t stage, const char *run_id)
{
	const char *dir = graph_text(run->graph, run->graph->stages[stage].dir);
	const char *kept = run_id && !strchr(run_id, '/') ? stage_kept_log(arena, run_id) : NULL;

	if (kept && fs_exists(stage_path(arena, dir, kept)))
		return stage_path(arena, dir, kept);
	return stage_path(arena, dir, STAGE_LOG_FILE);
}

void offer_record(struct run *run, uint32_t stage)
{
	const struct record *record = run_record(run, stage);
	struct running running = {.stage = stage};
	json *used = NULL;
	char host[256] = "";

	gethostname(host, sizeof host - 1);
	if (record->status == RECORD_SUCCESS &&
		told_attempt(&running.arena, run->graph, stage, record, &running.attempt, &used) &&
		reuse_is_sound(&running.attempt)) {
		struct attempt_origin origin = origin_of(run, &record->success, host);
		origin.resources = used;
		running.log_path = log_of(run, &running.arena, stage, record->success.run);
		name_made(run, &running);
		submit(run, &running, &run->reuse->stages[stage].key, &origin);
	}
	json_free(used);
	attempt_free_json(&running.attempt);
	free(running.attempt.files);
	arena_free(&running.arena);
}

void offer_step(struct run *run)
{
	struct work *work;

	while ((work = workers_collect(run->reuse->givers))) {
		struct offer *offer = (struct offer *)work;
		run->reuse->giving--;
		run->reuse->stages[offer->stage].giving--;
		run->reuse->given += offer->is_given;
		offer_free(offer);
	}
}

bool offer_is_giving(const struct run *run, uint32_t stage)
{
	const struct reuse *reuse = run->reuse;

	return reuse && stage < reuse->stage_cap && reuse->stages[stage].giving;
}

/* Until when, by clock_mono_ns; 0: there is no such time. */
static int64_t wait_until(const struct run *run, int64_t now)
{
	int64_t least = run->options->cache ? run->options->cache->timeout_ms * 1000000 : 0;
	int64_t took = now - run->started_mono;

	if (run->options->only_offers)
		return 0;
	least *= WAIT_TIMEOUTS;
	return now + (took > least ? took : least);
}

/* A signal ends the waiting. */
static bool is_awaited(struct run *run, int64_t until)
{
	return run->reuse && run->reuse->giving && !run->signals.first && !run->err.code &&
	       (!until || clock_mono_ns() < until);
}

static void tell_waiting(struct run *run, int64_t until)
{
	uint32_t count = run->reuse->giving;
	struct buf most BUF_LOCAL = {0};

	if (until) {
		buf_str(&most, " for ");
		text_add_duration(&most, (double)(until - clock_mono_ns()) / 1e9);
		buf_str(&most, " at most");
	}
	notify_text(run, RUN_NOTICE, NONE, LOG_INFO,
		"waiting%s until %u result%s in the cache (Ctrl-C ends that)", buf_text(&most),
		count, count == 1 ? " is" : "s are");
}

static void tell_left(struct run *run)
{
	uint32_t count = run->reuse ? run->reuse->giving : 0;

	if (count)
		notify_text(run, RUN_NOTICE, NONE, LOG_WARNING,
			"%u result%s not come to the cache in time; 'restage cache push' puts "
			"%s there",
			count, count == 1 ? " has" : "s have", count == 1 ? "it" : "them");
}

void offer_wait(struct run *run)
{
	int64_t now = clock_mono_ns(), until = wait_until(run, now), tell = now + TELL_NS;
	bool is_cut = run->signals.first || run->err.code; /* then it is the least that is lost */

	reuse_step(run);
	while (is_awaited(run, until)) {
		struct pollfd polls[] = {
			{.fd = run->signals.fd, .events = POLLIN},
			{.fd = reuse_giving_fd(run), .events = POLLIN},
		};
		if (clock_mono_ns() > tell) {
			tell_waiting(run, until);
			tell += TELL_AGAIN_NS;
		}
		clock_poll(polls, sizeof polls / sizeof *polls, 500);
		if (polls[0].revents)
			signals_next(&run->signals);
		reuse_step(run);
	}
	if (!is_cut)
		tell_left(run);
	reuse_stop(run);
	const char *doubt = run->reuse && run->reuse->cache ? cache_doubt(run->reuse->cache) : NULL;
	if (doubt)
		notify_text(run, RUN_NOTICE, NONE, LOG_WARNING, "%s", doubt);
	if (run->reuse && run->options->only_offers)
		notify_text(run, RUN_NOTICE, NONE, LOG_INFO,
			"%u of %u results were put into the cache", run->reuse->given,
			run->reuse->offered);
}
