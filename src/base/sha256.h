/* SHA-256, and HMAC with it, by libcrypto, which is loaded when it is first asked for: most runs
 * never need it. The only file that includes headers of OpenSSL is sha256.c. Where XXH3 (digest.h)
 * guards against accidents, nobody can aim at one of these.
 *
 * All but sha256_load may be called only after it has returned 0. Every function may be called by
 * several threads at once, a hasher by one at a time. */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

struct sha256 {
	uint8_t bytes[32];
};

#define SHA256_TEXT_SIZE 65 /* 64 hex digits + NUL */

/* -1 with err: this build has no SHA-256, or libcrypto is not there. The first answer is kept. */
int sha256_load(struct err *err);

struct sha256 sha256_bytes(const void *data, size_t len);
struct sha256 sha256_hmac(const void *key, size_t key_len, const void *data, size_t len);

struct sha256_hasher; /* streaming state */
struct sha256_hasher *sha256_hasher_new(void);
void sha256_hasher_add(struct sha256_hasher *hasher, const void *data, size_t len);
struct sha256 sha256_hasher_done(struct sha256_hasher *hasher); /* it can begin anew */
void sha256_hasher_free(struct sha256_hasher *hasher);          /* NULL is fine */

/* Without libcrypto, too. */
bool sha256_eq(const struct sha256 *a, const struct sha256 *b);
void sha256_format(const struct sha256 *sum, char text[SHA256_TEXT_SIZE]); /* lower case */
bool sha256_parse(const char *text, struct sha256 *out); /* as it is written, nothing after it */

#endif
