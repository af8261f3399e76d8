#include "record/cache/url_store.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/http.h"
#include "base/mem.h"
#include "record/cache/url_place.h"

#define ASK_FROM 16384u         /* bytes: what is less is sent without asking whether it is there */
#define LINE (SHA256_TEXT_SIZE) /* of the list of pieces */

struct url_store {
	struct url_place place;
	struct http_options options;
	struct http_client *client;
	pthread_mutex_t lock;
	/* Requests that were refused as what is not there may be; and was another one served? */
	atomic_uint denied;
	atomic_bool is_proven;
	/* What was there and not what its name says: it is put anew. Under the lock. */
	struct sha256 *wrong;
	size_t wrong_count, wrong_cap;
};

struct url_store *url_store_new(
	const char *url, int64_t timeout_ms, const atomic_bool *stop, struct err *err)
{
	struct url_store *store = mem_alloc(sizeof *store);

	pthread_mutex_init(&store->lock, NULL);
	if (url_place_find(&store->place, url, err) == 0) {
		store->options = (struct http_options){
			.stop = stop,
			.timeout_ms = timeout_ms,
			.authorization = store->place.authorization,
			.sign = store->place.sign,
			.sign_key = store->place.sign_key,
		};
		store->client = http_client_new(&store->options, err);
	}
	if (store->client)
		return store;
	url_store_free(store);
	return NULL;
}

void url_store_free(struct url_store *store)
{
	if (!store)
		return;
	http_client_free(store->client);
	url_place_free(&store->place);
	pthread_mutex_destroy(&store->lock);
	free(store->wrong);
	free(store);
}

static void note_wrong(struct url_store *store, const struct sha256 *name)
{
	pthread_mutex_lock(&store->lock);
	MEM_ROOM(store->wrong, store->wrong_count, store->wrong_cap);
	store->wrong[store->wrong_count++] = *name;
	pthread_mutex_unlock(&store->lock);
}

static bool is_wrong(struct url_store *store, const struct sha256 *name)
{
	bool is_known = false;

	pthread_mutex_lock(&store->lock);
	for (size_t i = 0; i < store->wrong_count && !is_known; i++)
		is_known = sha256_eq(&store->wrong[i], name);
	pthread_mutex_unlock(&store->lock);
	return is_known;
}

/* What to do about a status; "" where nobody knows. */
static const char *advice(int status)
{
	switch (status) {
	case 401:
	case 403:
		return "; check RESTAGE_CACHE_AUTHORIZATION, ~/.netrc, or AWS_* variables";
	case 405:
		return "; it takes none of these: use mode = read, or have it take PUT";
	case 413:
		return "; it takes no objects of that size (in nginx client_max_body_size)";
	case 507:
		return "; it is full";
	default:
		return "";
	}
}

/* A store that speaks S3 says so of what is not there, too, to a key that may not list the bucket.
 * Of a HEAD it says no more. */
static bool is_denied(
	const struct url_store *store, enum http_method method, int status, const char *said)
{
	return status == 403 && store->place.sign && method != HTTP_PUT &&
	       (method == HTTP_HEAD || strstr(said, "<Code>AccessDenied</Code>"));
}

const char *url_store_doubt(struct url_store *store, struct buf *out)
{
	unsigned count = atomic_load(&store->denied);

	if (!count || atomic_load(&store->is_proven))
		return NULL;
	buf_fmt(out,
		"cache: '%s' answers 403 to all that is asked (%u request%s), as it does of what is "
		"not there and of what may not be read; check AWS_* variables, or let the key list "
		"the bucket (s3:ListBucket)",
		store->place.base, count, count == 1 ? "" : "s");
	return out->data;
}

struct ask {
	enum http_method method;
	bool is_entry;
	const struct sha256 *name;
	const struct sha256 *body; /* what a PUT sends, hashed */
	struct http_request request;
};

/* Does a stage wait for it, that would rather run? */
static bool is_look_up(const struct ask *ask)
{
	return ask->method == HTTP_HEAD || (ask->method == HTTP_GET && ask->is_entry);
}

/* The status: 200 (of a PUT all that mean success), 404 for what is not there, or HTTP_ENOUGH; -1
 * with trouble. */
static int ask_server(struct url_store *store, struct ask *ask, struct err *trouble)
{
	static const char *const methods[] = {"GET", "HEAD", "PUT"};
	struct buf url = {0}, hash = {0}, session = {0};
	char hex[SHA256_TEXT_SIZE], said[1024] = "";
	int status;

	sha256_format(ask->name, hex);
	buf_fmt(&url, "%s/%s/%s", store->place.base, ask->is_entry ? "ac" : "cas", hex);
	ask->request.method = ask->method;
	if (is_look_up(ask))
		ask->request.until_ns = clock_mono_ns() + store->options.timeout_ms * 1000000;
	ask->request.url = url.data;
	if (store->place.sign) {
		struct sha256 body = ask->body ? *ask->body : sha256_bytes("", 0);
		sha256_format(&body, hex);
		buf_fmt(&hash, "x-amz-content-sha256: %s", hex);
		ask->request.headers[0] = hash.data;
	}
	if (store->place.session) {
		buf_fmt(&session, "x-amz-security-token: %s", store->place.session);
		ask->request.headers[1] = session.data;
	}
	ask->request.said = said;
	ask->request.said_size = sizeof said;
	status = http_ask(store->client, &ask->request, trouble);
	if (is_denied(store, ask->method, status, said)) {
		atomic_fetch_add(&store->denied, 1);
		status = 404;
	}
	if (ask->method == HTTP_PUT && (status == 201 || status == 204))
		status = 200;
	if (ask->method != HTTP_PUT && status == 410)
		status = 404;
	if (status == 200)
		atomic_store(&store->is_proven, true);
	if (status > 0 && status != 200 && (status != 404 || ask->method == HTTP_PUT)) {
		err_set(trouble, EXIT_WORLD, "'%s' answers %d to %s%s", url.data, status,
			methods[ask->method], advice(status));
		status = -1;
	}
	buf_free(&url);
	buf_free(&hash);
	buf_free(&session);
	return status;
}

/* Where an answer goes that fits in memory. */
struct text_sink {
	struct buf *out;
	size_t end; /* of out->len */
};

static bool take_text(void *ctx, const char *data, size_t len)
{
	struct text_sink *sink = ctx;

	if (len > sink->end - sink->out->len)
		return false;
	buf_add(sink->out, data, len);
	return true;
}

static int read_text(struct url_store *store, bool is_entry, const struct sha256 *name,
	size_t limit, int64_t until_ns, struct buf *out, struct err *trouble)
{
	struct text_sink sink = {.out = out, .end = out->len + limit};
	struct ask ask = {.method = HTTP_GET, .is_entry = is_entry, .name = name};

	ask.request.until_ns = until_ns;
	ask.request.take = take_text;
	ask.request.ctx = &sink;
	return ask_server(store, &ask, trouble);
}

bool url_store_read_entry(
	struct url_store *store, const struct sha256 *name, struct buf *out, struct err *trouble)
{
	size_t start = out->len;
	int status = read_text(store, true, name, ENTRY_SIZE_MAX, 0, out, trouble);

	if (status != 200)
		out->len = start;
	return status == 200;
}

/* Bytes of up to a piece, by their sum. */
static bool read_sum(struct url_store *store, const struct sha256 *sum, size_t size,
	int64_t until_ns, struct buf *out, struct err *trouble)
{
	size_t start = out->len;
	int status = read_text(store, false, sum, size, until_ns, out, trouble);

	if (status == 200) {
		struct sha256 read = sha256_bytes(out->data + start, out->len - start);
		if (out->len - start == size && sha256_eq(&read, sum))
			return true;
	}
	if (status == 200 || status == HTTP_ENOUGH)
		note_wrong(store, sum);
	out->len = start;
	return false;
}

bool url_store_take_bytes(struct url_store *store, const struct content *content, size_t limit,
	int64_t until_ns, struct buf *out, struct err *trouble)
{
	if (content->size > limit || content->size > CONTENT_PIECE)
		return false;
	/* an empty answer must not leave a buffer without a string */
	buf_reserve(out, 1);
	return read_sum(store, &content->sum, (size_t)content->size, until_ns, out, trouble);
}

/* Where an answer goes that is written as it comes. */
struct file_sink {
	int fd;
	uint64_t at, end;
	struct sha256_hasher *hasher;
	int64_t until_ns;
	int errnum; /* it could not be written */
};

static bool take_into_file(void *ctx, const char *data, size_t len)
{
	struct file_sink *sink = ctx;

	if (len > sink->end - sink->at)
		return false;
	sha256_hasher_add(sink->hasher, data, len);
	while (len > 0) {
		ssize_t n = pwrite(sink->fd, data, len, (off_t)sink->at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			sink->errnum = errno;
			return false;
		}
		data += n;
		len -= (size_t)n;
		sink->at += (uint64_t)n;
	}
	return true;
}

/* A content of up to a piece goes to where the sink stands. */
static enum cache_result take_piece(struct url_store *store, const struct sha256 *sum,
	uint64_t size, struct file_sink *sink, struct err *trouble)
{
	struct ask ask = {.method = HTTP_GET, .name = sum};
	struct sha256 read;
	int status;

	sink->end = sink->at + size;
	ask.request.until_ns = sink->until_ns;
	ask.request.take = take_into_file;
	ask.request.ctx = sink;
	status = ask_server(store, &ask, trouble);
	read = sha256_hasher_done(sink->hasher);
	if (sink->errnum)
		return CACHE_FAILED;
	if (status == 200 && sink->at == sink->end && sha256_eq(&read, sum))
		return CACHE_TAKEN;
	if (status == 200 || status == HTTP_ENOUGH)
		note_wrong(store, sum);
	return CACHE_MISS;
}

static bool read_line(const struct buf *list, uint64_t piece, struct sha256 *out)
{
	char hex[SHA256_TEXT_SIZE];

	memcpy(hex, list->data + piece * LINE, sizeof hex);
	if (hex[sizeof hex - 1] != '\n')
		return false;
	hex[sizeof hex - 1] = '\0';
	return sha256_parse(hex, out);
}

static uint64_t count_pieces(uint64_t size)
{
	return (size + CONTENT_PIECE - 1) / CONTENT_PIECE;
}

static uint64_t piece_size(uint64_t size, uint64_t piece)
{
	uint64_t left = size - piece * CONTENT_PIECE;

	return left < CONTENT_PIECE ? left : CONTENT_PIECE;
}

static enum cache_result take_pieces_of(struct url_store *store, const struct content *content,
	struct file_sink *sink, struct err *trouble)
{
	uint64_t count = count_pieces(content->size);
	enum cache_result result = CACHE_MISS;
	struct buf list BUF_LOCAL = {0};
	struct sha256 sum;

	if (count <= ENTRY_SIZE_MAX / LINE && read_sum(store, &content->sum, (size_t)count * LINE,
						      sink->until_ns, &list, trouble))
		result = CACHE_TAKEN;
	for (uint64_t i = 0; i < count && result == CACHE_TAKEN; i++) {
		if (read_line(&list, i, &sum))
			result = take_piece(
				store, &sum, piece_size(content->size, i), sink, trouble);
		else
			result = CACHE_MISS;
	}
	return result;
}

enum cache_result url_store_take(struct url_store *store, const struct content *content,
	const char *to, bool is_executable, int64_t until_ns, struct err *trouble, struct err *err)
{
	struct file_sink sink = {.until_ns = until_ns};
	enum cache_result result;

	sink.fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		is_executable ? 0777 : 0666);
	if (sink.fd < 0) {
		err_sys(err, errno, "create", to);
		return CACHE_FAILED;
	}
	sink.hasher = sha256_hasher_new();
	if (content->size > CONTENT_PIECE)
		result = take_pieces_of(store, content, &sink, trouble);
	else
		result = take_piece(store, &content->sum, content->size, &sink, trouble);
	sha256_hasher_free(sink.hasher);
	if (close(sink.fd) < 0 && errno != EINTR && result == CACHE_TAKEN) {
		sink.errnum = errno; /* quotas and NFS tell it here */
		result = CACHE_FAILED;
	}
	if (result == CACHE_FAILED)
		err_sys(err, sink.errnum, "write", to);
	if (result != CACHE_TAKEN)
		(void)unlink(to);
	return result;
}

/* 1: it is there, 0: it is not; -1 with trouble. */
static int look_for(struct url_store *store, const struct sha256 *sum, struct err *trouble)
{
	struct ask ask = {.method = HTTP_HEAD, .name = sum};
	int status = is_wrong(store, sum) ? 404 : ask_server(store, &ask, trouble);

	return status < 0 ? -1 : status == 200;
}

bool url_store_has(struct url_store *store, const struct content *content, struct err *trouble)
{
	return look_for(store, &content->sum, trouble) == 1;
}

static int put_object(struct url_store *store, struct ask *ask, struct err *trouble)
{
	ask->method = HTTP_PUT;
	if (!ask->is_entry && ask->request.size >= ASK_FROM) {
		int found = look_for(store, ask->name, trouble);
		if (found != 0)
			return found < 0 ? -1 : 0;
	}
	return ask_server(store, ask, trouble) == 200 ? 0 : -1;
}

int url_store_write_entry(struct url_store *store, const struct sha256 *name, const char *text,
	size_t len, struct err *trouble)
{
	struct sha256 body = sha256_bytes(text, len);
	struct ask ask = {.is_entry = true, .name = name, .body = &body};

	ask.request.data = text;
	ask.request.size = len;
	return put_object(store, &ask, trouble);
}

int url_store_put_bytes(struct url_store *store, const struct content *content, const char *data,
	struct err *trouble)
{
	struct ask ask = {.name = &content->sum, .body = &content->sum};

	ask.request.data = data;
	ask.request.size = content->size;
	return put_object(store, &ask, trouble);
}

static int put_piece(struct url_store *store, const struct sha256 *sum, int fd, uint64_t offset,
	uint64_t size, struct err *trouble)
{
	struct ask ask = {.name = sum, .body = sum};

	ask.request.fd = fd;
	ask.request.offset = offset;
	ask.request.size = size;
	return put_object(store, &ask, trouble);
}

int url_store_put(struct url_store *store, const struct content *content, const struct buf *pieces,
	int fd, struct err *trouble)
{
	uint64_t count = count_pieces(content->size);
	struct content list;
	struct sha256 sum;

	if (count < 2)
		return put_piece(store, &content->sum, fd, 0, content->size, trouble);
	/* The list comes last, so that one that is there has its pieces. */
	for (uint64_t i = 0; i < count; i++) {
		if (!read_line(pieces, i, &sum) ||
			put_piece(store, &sum, fd, i * CONTENT_PIECE, piece_size(content->size, i),
				trouble) < 0)
			return -1;
	}
	list = (struct content){.size = pieces->len, .sum = content->sum};
	return url_store_put_bytes(store, &list, pieces->data, trouble);
}
