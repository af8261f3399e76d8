#include "model/graph/cache_settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/path.h"
#include "base/text.h"
#include "model/graph/graph.h"

static const char *const modes[] = {
	[CACHE_READ_WRITE] = "read-write",
	[CACHE_READ] = "read",
	[CACHE_WRITE] = "write",
	[CACHE_OFF] = "off",
};

struct cache_settings cache_settings_default(void)
{
	return (struct cache_settings){.timeout_ms = CACHE_TIMEOUT_MS};
}

/* A name and a password would stand in logs, a question or a fragment would end up in front of the
 * names of objects. */
static bool is_url(const char *text)
{
	const char *host = strstr(text, "://");
	bool is_s3 = text_starts(text, "s3://");

	if (!is_s3 && !text_starts(text, "https://") && !text_starts(text, "http://"))
		return false;
	host += 3;
	/* what needs no escape where requests are signed */
	for (const char *at = host; *at; at++) {
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/:[]%",
			    *at) ||
			(is_s3 && strchr(":[]%~", *at)))
			return false;
	}
	return *host && *host != '/';
}

static bool put_mode(struct cache_settings *settings, const char *value)
{
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		if (strcmp(value, modes[i]) != 0)
			continue;
		settings->mode = (enum cache_mode)i;
		return true;
	}
	return false;
}

bool cache_settings_put(struct cache_settings *settings, const char *key, const char *value)
{
	if (strcmp(key, "dir") == 0)
		settings->dir = value;
	else if (strcmp(key, "key_file") == 0)
		settings->key_file = value;
	else if (strcmp(key, "url") == 0)
		settings->url = is_url(value) ? value : NULL;
	else if (strcmp(key, "mode") == 0)
		return put_mode(settings, value);
	else if (strcmp(key, "max_size") == 0)
		return text_to_size(value, &settings->max_size);
	else if (strcmp(key, "timeout") == 0)
		return text_to_duration(value, &settings->timeout_ms) &&
		       settings->timeout_ms >= 1000;
	else if (strcmp(key, "link") == 0)
		settings->is_linked = strcmp(value, "hard") == 0;
	else
		return false;
	if (strcmp(key, "link") == 0)
		return settings->is_linked || strcmp(value, "no") == 0;
	return *value && (strcmp(key, "url") != 0 || settings->url);
}

bool cache_settings_place(struct cache_settings *settings, const char *place)
{
	bool is_dir = !strstr(place, "://");

	settings->dir = is_dir ? place : NULL;
	settings->url = is_dir || !is_url(place) ? NULL : place;
	return *place && (is_dir || settings->url);
}

static int put_place(struct cache_settings *settings, struct arena *arena, const char *here,
	const char *whose, const char *place, struct err *err)
{
	if (!cache_settings_place(settings, arena_strdup(arena, place))) {
		/* not its text: there may be a password in it */
		return err_set(err, EXIT_USAGE,
			"%s takes a directory, or https://HOST/PATH, http://HOST/PATH or "
			"s3://BUCKET/PREFIX, without name and password (see 'restage help cache')",
			whose);
	}
	if (settings->dir && !text_starts(settings->dir, "~/"))
		settings->dir = path_join(arena, here, settings->dir);
	/* who asks for one has one */
	if (settings->mode == CACHE_OFF)
		settings->mode = CACHE_READ_WRITE;
	return 0;
}

int cache_settings_find(struct cache_settings *settings, struct arena *arena,
	const struct graph *graph, const struct cache_wish *wish, struct err *err)
{
	const char *variable = getenv("RESTAGE_CACHE");

	*settings = cache_settings_default();
	for (uint32_t i = 0; i < graph->cache.count; i++) {
		const struct pair *pair = &graph->pairs[graph->cache.first + i];
		(void)cache_settings_put(settings, graph_text(graph, pair->name),
			arena_strdup(arena, graph_text(graph, pair->value)));
	}
	if (wish->is_off || (!wish->place && text_eq(variable, "off"))) {
		settings->mode = CACHE_OFF;
		return 0;
	}
	if (wish->place)
		return put_place(settings, arena, wish->here, "--cache", wish->place, err);
	if (variable && *variable)
		return put_place(settings, arena, wish->here, "RESTAGE_CACHE", variable, err);
	return 0;
}

bool cache_settings_on(const struct cache_settings *settings)
{
	return settings->mode != CACHE_OFF && (settings->dir || settings->url);
}

char *cache_place(const char *path)
{
	const char *home = getenv("HOME");
	struct buf place = {0};

	if (text_starts(path, "~/") && home && *home) {
		buf_str(&place, home);
		path++;
	}
	buf_str(&place, path);
	return buf_steal(&place);
}
