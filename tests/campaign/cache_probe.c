/* A cache by itself, for those who try to break one.
 *
 *	cache_probe PLACE [OPTION=VALUE]... VERB ARGUMENT...
 *
 * OPTION is a key of [cache]. The verbs:
 *	put KEY PATH...     puts files, links and directories, and an entry that names them
 *	take KEY DIR        takes what the entry names, into a new directory
 *	hammer SEED COUNT   puts, takes and trims, at random, by itself; what it takes must be right
 *
 * Prints "done", "miss" or "failed" for each; what the cache complains of goes to stderr. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/text.h"
#include "model/graph/cache_settings.h"
#include "record/cache/cache.h"
#include "record/cache/dir_store.h"

#define HAMMER_KEYS 40u
#define HAMMER_SIZE 70000u
#define HAMMER_LIMIT 1000000u /* bytes: a third of what all of it takes */

static struct arena arena;

static int say(const char *what)
{
	puts(what);
	return 0;
}

static int put(struct cache *cache, const char *key, const char *const *paths, int count)
{
	struct entry_output *outputs = arena_alloc(&arena, (size_t)count * sizeof *outputs);
	struct entry_variant variant = {.outputs = outputs, .output_count = (uint32_t)count};
	struct sha256 name = sha256_bytes(key, strlen(key));
	unsigned places = cache_put_bytes(cache, "log", 3, &variant.log) &
			  cache_put_bytes(cache, "{}", 2, &variant.manifest);

	for (int i = 0; i < count && places; i++)
		places &= cache_put_output(cache, &arena, ".", paths[i], NULL, &outputs[i]);
	return say(places && cache_put_variant(cache, &name, &variant, places) ? "done" : "failed");
}

static int take(struct cache *cache, const char *key, const char *dir)
{
	struct sha256 name = sha256_bytes(key, strlen(key));
	struct entry *entry = arena_alloc(&arena, sizeof *entry);
	struct err err = {0};

	if (!cache_find(cache, &arena, &name, entry))
		return say("miss");
	if (fs_mkdirs(dir, &err) < 0)
		return say(err.text);
	switch (cache_take_outputs(cache, &entry->variants[0], dir, 0, &err)) {
	case CACHE_TAKEN:
		return say("done");
	case CACHE_MISS:
		return say("miss");
	default:
		return say(err.text);
	}
}

/* What a key stands for is known to all. */
static void make_text(uint32_t key, struct buf *out)
{
	uint32_t x = key * 2654435761u + 1;

	buf_reset(out);
	for (uint32_t size = x % HAMMER_SIZE; out->len < size;) {
		x = x * 1664525u + 1013904223u;
		buf_add(out, &x, sizeof x);
	}
	buf_str(out, "end");
}

static bool is_right(uint32_t key, const struct buf *got)
{
	struct buf want = {0};

	make_text(key, &want);
	bool is_same = got->len == want.len && memcmp(got->data, want.data, want.len) == 0;
	buf_free(&want);
	return is_same;
}

static void hammer_put(struct cache *cache, uint32_t key)
{
	struct sha256 name = sha256_bytes(&key, sizeof key);
	struct entry_output output = {.path = "out", .type = 'f'};
	struct entry_variant variant = {.outputs = &output, .output_count = 1};
	struct buf text = {0};

	make_text(key, &text);
	if (cache_put_bytes(cache, text.data, text.len, &output.content) &&
		cache_put_bytes(cache, "log", 3, &variant.log)) {
		variant.manifest = variant.log;
		(void)cache_put_variant(cache, &name, &variant, CACHE_AT_DIR);
	}
	buf_free(&text);
}

/* 1: taken, 0: a miss; -1: wrong. */
static int hammer_take(struct cache *cache, uint32_t key)
{
	struct sha256 name = sha256_bytes(&key, sizeof key);
	struct arena own = {0};
	struct entry *entry = arena_alloc(&own, sizeof *entry);
	struct buf got = {0};
	int result = 0;

	if (cache_find(cache, &own, &name, entry) &&
		cache_take_bytes(cache, &entry->variants[0].outputs[0].content, HAMMER_SIZE + 8, 0,
			&got) == CACHE_TAKEN)
		result = is_right(key, &got) ? 1 : -1;
	buf_free(&got);
	arena_free(&own);
	return result;
}

static int hammer(struct cache *cache, const char *dir, uint32_t seed, uint32_t count)
{
	struct dir_trimmed trimmed;
	struct err err = {0};
	uint32_t x = seed * 2246822519u + 1, taken = 0;

	for (uint32_t i = 0; i < count; i++) {
		x = x * 1664525u + 1013904223u;
		uint32_t key = (x >> 8) % HAMMER_KEYS;
		int result = hammer_take(cache, key);
		if (result < 0)
			return say("wrong");
		taken += (uint32_t)result;
		if (!result)
			hammer_put(cache, key);
		if (x >> 28 == 0 && dir_store_trim(dir, HAMMER_LIMIT, &trimmed, &err) < 0)
			return say(err.text);
	}
	printf("%" PRIu32 "\n", taken);
	return say("done");
}

int main(int argc, char **argv)
{
	struct cache_settings settings = cache_settings_default();
	const char *const *args = (const char *const *)argv;
	struct err err = {0};
	int at = 2, code = 2;

	if (argc < 4 || !cache_settings_place(&settings, args[1]))
		return 2;
	for (char *equals; at < argc && (equals = strchr(argv[at], '=')); at++) {
		*equals = '\0';
		if (!cache_settings_put(&settings, argv[at], equals + 1))
			return 2;
	}
	struct cache *cache = cache_open(&settings, &err);
	if (!cache) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	if (at + 2 < argc && text_eq(args[at], "put"))
		code = put(cache, args[at + 1], args + at + 2, argc - at - 2);
	else if (at + 3 == argc && text_eq(args[at], "take"))
		code = take(cache, args[at + 1], args[at + 2]);
	else if (at + 3 == argc && text_eq(args[at], "hammer") && settings.dir)
		code = hammer(cache, settings.dir, (uint32_t)atoi(args[at + 1]),
			(uint32_t)atoi(args[at + 2]));
	const char *complaint = cache_complaint(cache);
	if (complaint)
		fprintf(stderr, "%s\n", complaint);
	cache_close(cache);
	arena_free(&arena);
	return code;
}
