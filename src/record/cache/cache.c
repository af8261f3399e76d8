/* The places of a cache, asked one after the other: a dir, and behind it a url. */
#include "record/cache/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/dir.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/graph/cache_settings.h"
#include "record/cache/cache_part.h"
#include "record/cache/dir_store.h"
#include "record/cache/url_store.h"

#define KEY_FILE_MAX 4096u

enum use {
	USE_FIND, /* an entry: a server that answers these may be too slow for the rest */
	USE_READ,
	USE_WRITE,
	USES
};

/* Whether a place is still asked. */
struct trust {
	atomic_uint failures[USES]; /* in a row */
	atomic_bool is_told;        /* one warning is enough */
};

struct cache {
	struct dir_store *dir; /* NULL: there is none */
	struct url_store *url; /* the same */
	struct trust dir_trust, url_trust;
	bool reads, writes;
	atomic_bool is_stopped;
	struct buf key_text;
	struct entry_key key;
	pthread_mutex_t lock;
	struct buf complaint, told; /* complaint: under the lock */
};

static bool is_trusted(const struct cache *cache, const struct trust *trust, enum use use)
{
	return !atomic_load(&cache->is_stopped) &&
	       atomic_load(&trust->failures[use]) < CACHE_PATIENCE;
}

/* May this place be used so? */
static bool reads_dir(const struct cache *cache)
{
	return cache->dir && cache->reads && is_trusted(cache, &cache->dir_trust, USE_FIND) &&
	       is_trusted(cache, &cache->dir_trust, USE_READ);
}

static bool reads_url(const struct cache *cache)
{
	return cache->url && cache->reads && is_trusted(cache, &cache->url_trust, USE_FIND) &&
	       is_trusted(cache, &cache->url_trust, USE_READ);
}

static bool writes_dir(const struct cache *cache)
{
	return cache->dir && cache->writes && is_trusted(cache, &cache->dir_trust, USE_WRITE);
}

static bool writes_url(const struct cache *cache)
{
	return cache->url && cache->writes && is_trusted(cache, &cache->url_trust, USE_WRITE);
}

/* What came from the url is kept in the dir in front of it, also by who puts nothing else. */
static bool fills_dir(const struct cache *cache)
{
	return cache->dir && is_trusted(cache, &cache->dir_trust, USE_WRITE);
}

/* A place answered, or did not: then `trouble` says why. */
static void note(struct cache *cache, struct trust *trust, enum use use, const struct err *trouble)
{
	if (atomic_load(&cache->is_stopped))
		return;
	if (trouble->code == EXIT_OK) {
		atomic_store(&trust->failures[use], 0);
		return;
	}
	atomic_fetch_add(&trust->failures[use], 1);
	if (atomic_exchange(&trust->is_told, true))
		return;
	pthread_mutex_lock(&cache->lock);
	buf_fmt(&cache->complaint,
		"%scache: %s; the run goes on, after %d failures in a row without it",
		cache->complaint.len ? "; " : "", trouble->text, CACHE_PATIENCE);
	pthread_mutex_unlock(&cache->lock);
}

static void note_dir(struct cache *cache, enum use use, const struct err *trouble)
{
	note(cache, &cache->dir_trust, use, trouble);
}

static void note_url(struct cache *cache, enum use use, const struct err *trouble)
{
	note(cache, &cache->url_trust, use, trouble);
}

static int read_key(struct cache *cache, const char *path, struct err *err)
{
	char *place = cache_place(path);
	int result = fs_read(place, KEY_FILE_MAX, &cache->key_text, err);

	free(place);
	if (result < 0)
		return -1;
	cache->key = (struct entry_key){cache->key_text.data, cache->key_text.len};
	/* a line's end is what editors add */
	while (cache->key.len && strchr("\r\n", cache->key.data[cache->key.len - 1]))
		cache->key.len--;
	if (!cache->key.len)
		return err_set(err, EXIT_WORLD, "the key_file '%s' is empty", path);
	return 0;
}

struct cache *cache_open_to_look(const struct cache_settings *settings, struct err *err)
{
	struct cache_settings own = *settings;
	struct cache *cache;

	own.url = NULL;
	own.max_size = 0;
	cache = cache_open(&own, err);
	if (!cache)
		return NULL;
	cache->writes = false;
	if (cache->dir)
		dir_store_only_look(cache->dir);
	return cache;
}

struct cache *cache_open(const struct cache_settings *settings, struct err *err)
{
	struct cache *cache;
	int result = 0;

	if (sha256_load(err) < 0)
		return NULL;
	cache = mem_alloc(sizeof *cache);
	pthread_mutex_init(&cache->lock, NULL);
	cache->reads = settings->mode == CACHE_READ_WRITE || settings->mode == CACHE_READ;
	cache->writes = settings->mode == CACHE_READ_WRITE || settings->mode == CACHE_WRITE;
	if (settings->key_file)
		result = read_key(cache, settings->key_file, err);
	if (result == 0 && settings->dir) {
		char *path = cache_place(settings->dir);
		cache->dir = dir_store_new(
			path, settings->max_size, settings->is_linked, &cache->is_stopped);
		free(path);
	}
	if (result == 0 && settings->url) {
		cache->url =
			url_store_new(settings->url, settings->timeout_ms, &cache->is_stopped, err);
		result = cache->url ? 0 : -1;
	}
	if (result == 0)
		return cache;
	cache_close(cache);
	return NULL;
}

void cache_close(struct cache *cache)
{
	if (!cache)
		return;
	dir_store_free(cache->dir);
	url_store_free(cache->url);
	pthread_mutex_destroy(&cache->lock);
	buf_free(&cache->key_text);
	buf_free(&cache->complaint);
	buf_free(&cache->told);
	free(cache);
}

const char *cache_dir(const struct cache *cache)
{
	return cache->dir ? dir_store_path(cache->dir) : NULL;
}

const struct entry_key *cache_key(const struct cache *cache)
{
	return &cache->key;
}

void cache_stop(struct cache *cache)
{
	atomic_store(&cache->is_stopped, true);
}

bool cache_reads(const struct cache *cache)
{
	return reads_dir(cache) || reads_url(cache);
}

bool cache_writes(const struct cache *cache)
{
	return writes_dir(cache) || writes_url(cache);
}

const char *cache_complaint(struct cache *cache)
{
	buf_reset(&cache->told);
	pthread_mutex_lock(&cache->lock);
	buf_add(&cache->told, cache->complaint.data, cache->complaint.len);
	buf_reset(&cache->complaint);
	pthread_mutex_unlock(&cache->lock);
	return cache->told.len ? cache->told.data : NULL;
}

const char *cache_doubt(struct cache *cache)
{
	buf_reset(&cache->told);
	return cache->url ? url_store_doubt(cache->url, &cache->told) : NULL;
}

/* Adds what a place has of an entry behind what is known. What cannot be read counts as
 * nothing. */
static bool add_entry(struct cache *cache, struct arena *arena, const struct sha256 *key,
	const struct buf *text, struct entry *out)
{
	struct entry *read = arena_alloc(arena, sizeof *read);

	if (entry_parse(arena, buf_text(text), text->len, key, &cache->key, read, NULL) < 0)
		return false;
	for (uint32_t i = 0; i < read->count; i++)
		entry_append(out, &read->variants[i]);
	return read->count > 0;
}

static bool find_in_dir(
	struct cache *cache, struct arena *arena, const struct sha256 *key, struct entry *out)
{
	struct err trouble = {0};
	struct buf text BUF_LOCAL = {0};
	bool is_found = dir_store_read_entry(cache->dir, key, &text, &trouble) &&
			add_entry(cache, arena, key, &text, out);

	note_dir(cache, USE_FIND, &trouble);
	return is_found;
}

static bool find_at_url(
	struct cache *cache, struct arena *arena, const struct sha256 *key, struct entry *out)
{
	struct err trouble = {0};
	struct buf text BUF_LOCAL = {0};
	bool is_found = url_store_read_entry(cache->url, key, &text, &trouble) &&
			add_entry(cache, arena, key, &text, out);

	note_url(cache, USE_FIND, &trouble);
	return is_found;
}

static bool write_to_dir(struct cache *cache, const struct sha256 *key, const struct buf *text)
{
	struct err trouble = {0};
	int result = dir_store_write_entry(cache->dir, key, text->data, text->len, &trouble);

	note_dir(cache, USE_WRITE, &trouble);
	return result == 0;
}

static bool write_to_url(struct cache *cache, const struct sha256 *key, const struct buf *text)
{
	struct err trouble = {0};
	int result = url_store_write_entry(cache->url, key, text->data, text->len, &trouble);

	note_url(cache, USE_WRITE, &trouble);
	return result == 0;
}

/* Would another place's entry tell of something else? Not of a stage that reads what it declares
 * and nothing besides. */
static bool is_complete(const struct entry *entry)
{
	for (uint32_t i = 0; i < entry->count; i++) {
		if (entry->variants[i].input_count)
			return false;
	}
	return entry->count > 0;
}

bool cache_find(
	struct cache *cache, struct arena *arena, const struct sha256 *key, struct entry *out)
{
	struct buf text BUF_LOCAL = {0};

	out->count = 0;
	if (reads_dir(cache))
		(void)find_in_dir(cache, arena, key, out);
	if (reads_url(cache) && !is_complete(out) && find_at_url(cache, arena, key, out) &&
		fills_dir(cache)) {
		entry_write(out, key, &cache->key, &text);
		(void)write_to_dir(cache, key, &text);
	}
	return out->count > 0;
}

bool cache_put_variant(struct cache *cache, const struct sha256 *key,
	const struct entry_variant *variant, unsigned places)
{
	struct arena arena ARENA_LOCAL = {0};
	struct entry *entry = arena_alloc(&arena, sizeof *entry);
	struct buf text BUF_LOCAL = {0};
	bool is_put = false;

	/* also by who does not read: the variants of others stay */
	if ((places & CACHE_AT_DIR) && writes_dir(cache))
		(void)find_in_dir(cache, &arena, key, entry);
	if ((places & CACHE_AT_URL) && writes_url(cache))
		(void)find_at_url(cache, &arena, key, entry);
	entry_add(entry, variant);
	entry_write(entry, key, &cache->key, &text);
	if (text.len <= ENTRY_SIZE_MAX) {
		is_put = (places & CACHE_AT_DIR) && writes_dir(cache) &&
			 write_to_dir(cache, key, &text);
		is_put |= (places & CACHE_AT_URL) && writes_url(cache) &&
			  write_to_url(cache, key, &text);
	}
	return is_put;
}

static bool has_content(struct cache *cache, const struct content *content)
{
	struct err trouble = {0};
	bool is_there = reads_dir(cache) && dir_store_has(cache->dir, content);

	if (!is_there && reads_url(cache)) {
		is_there = url_store_has(cache->url, content, &trouble);
		note_url(cache, USE_FIND, &trouble);
	}
	return is_there;
}

bool cache_has(struct cache *cache, const struct entry_variant *variant)
{
	bool is_whole = has_content(cache, &variant->log) && has_content(cache, &variant->manifest);

	for (uint32_t i = 0; i < variant->output_count && is_whole; i++) {
		if (variant->outputs[i].type != 'l')
			is_whole = has_content(cache, &variant->outputs[i].content);
	}
	return is_whole;
}

/* What came from the url as a file is kept in the dir. */
static void fill_dir(struct cache *cache, const char *path)
{
	struct err trouble = {0};
	struct content content;
	int fd = dir_open(AT_FDCWD, path, O_RDONLY | O_NOFOLLOW);

	if (fd < 0)
		return;
	(void)dir_store_put(cache->dir, fd, &content, NULL, &trouble);
	note_dir(cache, USE_WRITE, &trouble);
	close(fd);
}

/* Then no other place is asked. */
static bool is_late(int64_t until_ns)
{
	return until_ns && clock_mono_ns() > until_ns;
}

enum cache_result cache_take_file(struct cache *cache, const struct content *content,
	const char *to, bool is_executable, int64_t until_ns, struct err *err)
{
	enum cache_result result = CACHE_MISS;
	struct err trouble = {0};

	if (reads_dir(cache)) {
		result = dir_store_take(
			cache->dir, content, to, is_executable, until_ns, &trouble, err);
		note_dir(cache, USE_READ, &trouble);
	}
	if (result != CACHE_MISS || !reads_url(cache) || is_late(until_ns))
		return result;
	err_clear(&trouble);
	result = url_store_take(cache->url, content, to, is_executable, until_ns, &trouble, err);
	note_url(cache, USE_READ, &trouble);
	if (result == CACHE_TAKEN && fills_dir(cache))
		fill_dir(cache, to);
	return result;
}

enum cache_result cache_take_bytes(struct cache *cache, const struct content *content, size_t limit,
	int64_t until_ns, struct buf *out)
{
	struct err trouble = {0};
	size_t start = out->len;
	bool is_taken = false;

	if (reads_dir(cache)) {
		is_taken = dir_store_take_bytes(cache->dir, content, limit, out, &trouble);
		note_dir(cache, USE_READ, &trouble);
	}
	if (is_taken || !reads_url(cache) || is_late(until_ns))
		return is_taken ? CACHE_TAKEN : CACHE_MISS;
	err_clear(&trouble);
	is_taken = url_store_take_bytes(cache->url, content, limit, until_ns, out, &trouble);
	note_url(cache, USE_READ, &trouble);
	if (is_taken && fills_dir(cache)) {
		err_clear(&trouble);
		(void)dir_store_put_bytes(cache->dir, content, out->data + start, &trouble);
		note_dir(cache, USE_WRITE, &trouble);
	}
	return is_taken ? CACHE_TAKEN : CACHE_MISS;
}

unsigned cache_put_fd(struct cache *cache, int fd, struct content *out)
{
	struct err trouble = {0};
	struct buf pieces BUF_LOCAL = {0};
	const struct content_how how = {.pieces = &pieces, .stop = &cache->is_stopped};
	bool is_read = false;
	unsigned places = 0;

	if (writes_dir(cache)) {
		is_read = dir_store_put(cache->dir, fd, out, &pieces, &trouble);
		places = is_read ? CACHE_AT_DIR : 0;
		note_dir(cache, USE_WRITE, &trouble);
	}
	if (!is_read && writes_url(cache)) {
		buf_reset(&pieces);
		is_read = content_fd(fd, &how, out) == CONTENT_READ;
	}
	if (is_read && writes_url(cache)) {
		err_clear(&trouble);
		if (url_store_put(cache->url, out, &pieces, fd, &trouble) == 0)
			places |= CACHE_AT_URL;
		note_url(cache, USE_WRITE, &trouble);
	}
	return places;
}

unsigned cache_put_file(struct cache *cache, const char *path, struct content *out)
{
	int fd = dir_open(AT_FDCWD, path, O_RDONLY | O_NOFOLLOW);
	unsigned places = fd >= 0 ? cache_put_fd(cache, fd, out) : 0;

	if (fd >= 0)
		close(fd);
	return places;
}

unsigned cache_put_bytes(struct cache *cache, const char *data, size_t len, struct content *out)
{
	struct err trouble = {0};
	unsigned places = 0;

	*out = content_bytes(data, len);
	if (writes_dir(cache)) {
		if (dir_store_put_bytes(cache->dir, out, data, &trouble))
			places = CACHE_AT_DIR;
		note_dir(cache, USE_WRITE, &trouble);
	}
	if (writes_url(cache)) {
		err_clear(&trouble);
		if (url_store_put_bytes(cache->url, out, data, &trouble) == 0)
			places |= CACHE_AT_URL;
		note_url(cache, USE_WRITE, &trouble);
	}
	return places;
}
