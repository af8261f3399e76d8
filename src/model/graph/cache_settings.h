/* Where the shared cache is, and how it is used: [cache], with what RESTAGE_CACHE and the command
 * line say on top. None of it is part of what identifies a stage. */
#ifndef MODEL_CACHE_SETTINGS_H
#define MODEL_CACHE_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct err;
struct graph;

enum cache_mode {
	CACHE_READ_WRITE,
	CACHE_READ,
	CACHE_WRITE,
	CACHE_OFF,
};

#define CACHE_TIMEOUT_MS 10000

struct cache_settings {
	/* "~/" means the home directory, a relative one is from the root; NULL: none */
	const char *dir;
	/* http, https or s3; NULL: none; with a dir: the dir is in front of it */
	const char *url;
	enum cache_mode mode;
	uint64_t max_size; /* bytes of dir; 0: no limit */
	/* `link = hard`: restored files are links to the cache's, read-only */
	bool is_linked;
	const char *key_file; /* as dir; NULL: none */
	int64_t timeout_ms;   /* for connecting, and for a server that stalls */
};

/* The keys of [cache]: X(name, what it takes). */
#define CACHE_KEYS(X) \
	X("dir", "a directory, such as ~/.cache/restage") \
	X("url", \
		"https://HOST/PATH, http://HOST/PATH or s3://BUCKET/PREFIX, without name and password") \
	X("mode", "read-write, read, write or off") \
	X("max_size", "a size such as 50G") \
	X("link", "no or hard") \
	X("key_file", "a file that holds a secret") \
	X("timeout", "a duration of at least one second, such as 10s")

struct cache_settings cache_settings_default(void); /* no place: off */
/* Takes one key; the value is borrowed. False: it is none of these, or not what it takes. */
bool cache_settings_put(struct cache_settings *settings, const char *key, const char *value);
/* A directory or a url, in the place of both. False: it is neither. */
bool cache_settings_place(struct cache_settings *settings, const char *place);
/* What counts: [cache] of the graph, then RESTAGE_CACHE (a place, or "off"), then the command line
 * (`place`; NULL: it says nothing); there a relative directory is from `here`. Texts lie in the
 * arena. -1 with err: a place that makes no sense. */
struct cache_wish {
	const char *place, *here;
	bool is_off;
};
int cache_settings_find(struct cache_settings *settings, struct arena *arena,
	const struct graph *graph, const struct cache_wish *wish, struct err *err);
/* Is there a cache at all? */
bool cache_settings_on(const struct cache_settings *settings);

/* The path that `dir` or `key_file` means; caller frees. */
char *cache_place(const char *path);

#endif
