/* By libcrypto, which is loaded here and nowhere else. */
#include "base/sha256.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/library.h"
#include "base/mem.h"

/* The functions of the library that are used, each with its type. */
#define EACH_FUNCTION(X) \
	X(OPENSSL_init_crypto) \
	X(EVP_MD_CTX_new) \
	X(EVP_MD_CTX_free) \
	X(EVP_MD_fetch) \
	X(EVP_DigestInit_ex) \
	X(EVP_DigestUpdate) \
	X(EVP_DigestFinal_ex) \
	X(HMAC)

static struct {
#define DECLARE(name) __typeof__(name) *name;
	EACH_FUNCTION(DECLARE)
#undef DECLARE
	/* asked for once: finding it anew costs more than hashing a small file */
	EVP_MD *algorithm;
} crypto;

static const char *begin(void)
{
	/* Cleaning up at exit would take it from threads that still hash. */
	crypto.OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL);
	crypto.algorithm = crypto.EVP_MD_fetch(NULL, "SHA256", NULL);
	return crypto.algorithm ? NULL : "offers no SHA-256";
}

int sha256_load(struct err *err)
{
#define NAME(name) #name "\0"
	static struct library library = {
		.file = RESTAGE_CRYPTO,
		.purpose = "the cache names what it holds: install libssl3, or whatever your "
			   "system calls it, or go without a cache (--no-cache)",
		.names = EACH_FUNCTION(NAME),
		.functions = &crypto,
		.begin = begin,
	};
#undef NAME

	return library_load(&library, err);
}

/* The library's state, under our name. */
static EVP_MD_CTX *state_of(struct sha256_hasher *hasher)
{
	return (void *)hasher;
}

/* The library fails here for want of memory alone. */
static void must(int result)
{
	if (result != 1)
		mem_fail(sizeof(struct sha256));
}

struct sha256_hasher *sha256_hasher_new(void)
{
	EVP_MD_CTX *state = crypto.EVP_MD_CTX_new();

	if (!state)
		mem_fail(sizeof(struct sha256));
	must(crypto.EVP_DigestInit_ex(state, crypto.algorithm, NULL));
	return (void *)state;
}

void sha256_hasher_add(struct sha256_hasher *hasher, const void *data, size_t len)
{
	must(crypto.EVP_DigestUpdate(state_of(hasher), data, len));
}

struct sha256 sha256_hasher_done(struct sha256_hasher *hasher)
{
	struct sha256 sum;

	must(crypto.EVP_DigestFinal_ex(state_of(hasher), sum.bytes, NULL));
	must(crypto.EVP_DigestInit_ex(state_of(hasher), crypto.algorithm, NULL));
	return sum;
}

void sha256_hasher_free(struct sha256_hasher *hasher)
{
	if (hasher)
		crypto.EVP_MD_CTX_free(state_of(hasher));
}

struct sha256 sha256_bytes(const void *data, size_t len)
{
	struct sha256_hasher *hasher = sha256_hasher_new();
	struct sha256 sum;

	sha256_hasher_add(hasher, data, len);
	sum = sha256_hasher_done(hasher);
	sha256_hasher_free(hasher);
	return sum;
}

struct sha256 sha256_hmac(const void *key, size_t key_len, const void *data, size_t len)
{
	struct sha256 sum;

	if (!crypto.HMAC(crypto.algorithm, key, (int)key_len, data, len, sum.bytes, NULL))
		mem_fail(sizeof sum);
	return sum;
}
