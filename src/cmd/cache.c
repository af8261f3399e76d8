/* The shared cache by itself: what it holds, whether that is right, and making room. */
#include "record/cache/cache.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "cmd/session.h"
#include "model/graph/cache_settings.h"
#include "record/cache/dir_store.h"
#include "run/engine/run.h"

static const struct option_spec options[] = {
	OPTION('n', "dry-run", NULL, FLAG, is_dry, "verify: remove nothing"),
	OPTIONS_END,
};

struct stats {
	uint64_t count[2], bytes[2]; /* of contents and of entries */
	int64_t oldest_ns;
};

static void add_object(void *ctx, const struct dir_object *object)
{
	struct stats *stats = ctx;

	stats->count[object->is_entry]++;
	stats->bytes[object->is_entry] += object->bytes;
	if (!stats->oldest_ns || object->used_ns < stats->oldest_ns)
		stats->oldest_ns = object->used_ns;
}

static void say_count(struct buf *out, const char *what, uint64_t count, uint64_t bytes)
{
	buf_fmt(out, "%-11s%" PRIu64 " (", what, count);
	text_add_size(out, (double)bytes);
	buf_str(out, ")\n");
}

static int show_stats(struct call *call, const struct cache_settings *settings, struct cache *cache,
	struct err *err)
{
	struct buf *out = &call->out;
	struct stats stats = {0};
	char when[CLOCK_LOG_SIZE];

	if (settings->url)
		buf_fmt(out, "%-11s%s\n", "url", settings->url);
	if (!settings->dir)
		return EXIT_OK;
	if (dir_store_each(cache_dir(cache), add_object, &stats, err) < 0)
		return EXIT_WORLD;
	buf_fmt(out, "%-11s", "directory");
	text_add_printable(out, cache_dir(cache), strlen(cache_dir(cache)));
	buf_char(out, '\n');
	say_count(out, "results", stats.count[true], stats.bytes[true]);
	say_count(out, "contents", stats.count[false], stats.bytes[false]);
	if (settings->max_size) {
		buf_fmt(out, "%-11s", "limit");
		text_add_size(out, (double)settings->max_size);
		buf_char(out, '\n');
	}
	if (stats.oldest_ns) {
		clock_log(stats.oldest_ns, when);
		buf_fmt(out, "%-11s%s\n", "oldest use", when);
	}
	return EXIT_OK;
}

static void tell_wrong(void *ctx, const char *path, const char *wrong)
{
	struct call *call = ctx;

	text_add_printable(&call->out, path, strlen(path));
	buf_fmt(&call->out, " %s\n", wrong);
	session_flush(call);
}

static int verify(struct call *call, const struct cache_settings *settings, struct cache *cache,
	struct err *err)
{
	const struct cache_check check = {
		.removes = !call->wishes.is_dry,
		.tell = tell_wrong,
		.ctx = call,
	};
	struct cache_counts counts = {0};

	(void)settings;
	if (cache_verify(cache, &check, &counts, err) < 0)
		return EXIT_WORLD;
	buf_fmt(&call->out, "objects: %" PRIu64 " (", counts.objects);
	text_add_size(&call->out, (double)counts.bytes);
	buf_fmt(&call->out, "), %" PRIu64 " wrong, %" PRIu64 " removed\n", counts.wrong,
		counts.removed);
	return counts.wrong ? EXIT_DIFFER : EXIT_OK;
}

static int trim(struct call *call, const struct cache_settings *settings, struct cache *cache,
	struct err *err)
{
	uint64_t limit = call->wishes.memory ? call->wishes.memory : settings->max_size;
	struct dir_trimmed trimmed;

	if (!limit)
		return err_set(err, EXIT_USAGE,
			"there is no max_size in [cache]: say to what size, 'restage cache trim 10G'");
	if (dir_store_trim(cache_dir(cache), limit, &trimmed, err) < 0)
		return EXIT_WORLD;
	buf_fmt(&call->out, "removed %" PRIu64 " objects (", trimmed.removed_objects);
	text_add_size(&call->out, (double)trimmed.removed_bytes);
	buf_fmt(&call->out, "), kept %" PRIu64 " (", trimmed.objects);
	text_add_size(&call->out, (double)trimmed.bytes);
	buf_str(&call->out, ")\n");
	return EXIT_OK;
}

/* A run that starts no command. */
static int run_without_commands(struct call *call, bool is_push, struct err *err)
{
	const struct session *session = &call->session;
	bool *wanted = session_select(call, session->graph, STAGES_WANTED, err);

	if (err->code)
		return EXIT_USAGE;
	const struct run_options how = {
		.wanted = wanted,
		.index = session->index,
		.request = digest_is_zero(&session->request) ? NULL : &session->request,
		.only_offers = is_push,
		.only_restores = !is_push,
	};
	int code = session_run_job(call, &how);
	free(wanted);
	return code;
}

static int push(struct call *call, const struct cache_settings *settings, struct cache *cache,
	struct err *err)
{
	(void)settings;
	(void)cache;
	return run_without_commands(call, true, err);
}

static int pull(struct call *call, const struct cache_settings *settings, struct cache *cache,
	struct err *err)
{
	(void)settings;
	(void)cache;
	return run_without_commands(call, false, err);
}

static const struct verb {
	const char *name;
	bool is_of_dir; /* makes no sense without one */
	bool is_of_job; /* the rest are targets */
	int (*run)(struct call *call, const struct cache_settings *settings, struct cache *cache,
		struct err *err);
} verbs[] = {
	{"stats", false, false, show_stats},
	{"verify", true, false, verify},
	{"trim", true, false, trim},
	{"push", false, true, push},
	{"pull", false, true, pull},
};
#define VERB_COUNT (sizeof verbs / sizeof *verbs)

/* Takes the first argument. */
static const char *shift(struct option_list *args)
{
	const char *first = args->count ? args->items[0] : NULL;

	if (first)
		memmove(&args->items[0], &args->items[1], --args->count * sizeof *args->items);
	return first;
}

static int check(struct call *call, struct err *err)
{
	const char *name = shift(&call->args), *size;
	size_t verb = 0;

	while (verb < VERB_COUNT && !text_eq(verbs[verb].name, name))
		verb++;
	if (verb == VERB_COUNT)
		return err_set(err, EXIT_USAGE,
			"'%s' is nothing that 'cache' does: stats, verify, trim, push or pull",
			name);
	call->wishes.verb = (int)verb;
	if (verbs[verb].run == trim && (size = shift(&call->args)) &&
		(!text_to_size(size, &call->wishes.memory) || !call->wishes.memory))
		return err_set(err, EXIT_USAGE, "'%s' is no size such as 10G", size);
	if (call->args.count && !verbs[verb].is_of_job)
		return err_set(
			err, EXIT_USAGE, "'cache %s' takes no '%s'", name, call->args.items[0]);
	return EXIT_OK;
}

static int run(struct call *call, struct err *err)
{
	const struct verb *verb = &verbs[call->wishes.verb];
	struct cache_settings settings;
	struct cache *cache;

	if (session_cache(call, &settings, err) < 0)
		return EXIT_USAGE;
	if (!cache_settings_on(&settings))
		return err_set(err, EXIT_USAGE,
			"there is no cache: name one in [cache], by --cache DIR|URL, or in "
			"RESTAGE_CACHE");
	if (verb->is_of_dir && !settings.dir)
		return err_set(err, EXIT_USAGE,
			"'cache %s' is for directories: what a server holds is its own matter",
			verb->name);
	if (verb->is_of_job) /* the run opens it */
		return verb->run(call, &settings, NULL, err);
	cache = cache_open(&settings, err);
	if (!cache)
		return EXIT_WORLD;
	int code = verb->run(call, &settings, cache, err);
	cache_close(cache);
	return code;
}

const struct command cmd_cache = {
	.name = "cache",
	.usage = "stats|verify|trim|push|pull [TARGET]...",
	.summary = "what the shared cache holds, whether it is right, and making room",
	.details =
		"stats tells how much is there. verify hashes every object and removes what is not what\n"
		"its name says; exit code 4 if there was any. trim removes what was used longest ago,\n"
		"down to max_size, or to the size behind it: trim 10G. push puts what is up to date into\n"
		"the cache, all of it or what the targets need; pull restores what must run and is there,\n"
		"and leaves the rest as it is. Neither runs a command. Where the cache is: [cache],\n"
		"--cache DIR|URL, or the variable RESTAGE_CACHE (\"off\": there is none).",
	.options = options,
	.min_args = 1,
	.max_args = ARGS_ANY,
	.needs = NEEDS_GRAPH,
	.check = check,
	.run = run,
};
