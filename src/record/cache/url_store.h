/* A cache on a server: GET, HEAD and PUT of <url>/ac/<64 hex digits> and <url>/cas/<64 hex
 * digits>, as Bazel's clients do, so that its servers, nginx with WebDAV, and stores that speak S3
 * will do.
 *
 * A content of more than CONTENT_PIECE bytes is an object for each piece, and one with the list of
 * their sums, which its own sum names. Of s3://BUCKET/PREFIX requests are signed with the keys in
 * AWS_* variables; elsewhere RESTAGE_CACHE_AUTHORIZATION is sent, or what ~/.netrc says.
 *
 * Taking must be done until a time by clock_mono_ns (0: whenever), looking something up within the
 * timeout.
 *
 * Safe in any thread. `trouble` is filled if the server is at fault, or the way to it; a miss is
 * no fault. */
#ifndef RECORD_URL_STORE_H
#define RECORD_URL_STORE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/cache/cache.h"

struct url_store;

/* NULL with err: there is no libcurl, or something is missing in the environment. Once *stop is
 * true, requests end soon as a miss. */
struct url_store *url_store_new(
	const char *url, int64_t timeout_ms, const atomic_bool *stop, struct err *err);
void url_store_free(struct url_store *store);
/* Why it is doubtful, after all that was asked, that anything can be read; in out. NULL: it is
 * not. */
const char *url_store_doubt(struct url_store *store, struct buf *out);

bool url_store_read_entry(
	struct url_store *store, const struct sha256 *name, struct buf *out, struct err *trouble);
int url_store_write_entry(struct url_store *store, const struct sha256 *name, const char *text,
	size_t len, struct err *trouble);

bool url_store_has(struct url_store *store, const struct content *content, struct err *trouble);
enum cache_result url_store_take(struct url_store *store, const struct content *content,
	const char *to, bool is_executable, int64_t until_ns, struct err *trouble, struct err *err);
bool url_store_take_bytes(struct url_store *store, const struct content *content, size_t limit,
	int64_t until_ns, struct buf *out, struct err *trouble);
/* Puts what an open file holds; `pieces` as content_fd tells them. */
int url_store_put(struct url_store *store, const struct content *content, const struct buf *pieces,
	int fd, struct err *trouble);
int url_store_put_bytes(struct url_store *store, const struct content *content, const char *data,
	struct err *trouble);

#endif
