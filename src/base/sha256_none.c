/* A restage that was built without libcrypto: nothing here is called but sha256_load. */
#include <stdlib.h>

#include "base/err.h"
#include "base/sha256.h"

int sha256_load(struct err *err)
{
	return err_set(err, EXIT_WORLD,
		"this restage was built without a cache: install libssl-dev and build it again with "
		"-DRESTAGE_CACHE=ON, or go without one (--no-cache)");
}

struct sha256 sha256_bytes(const void *data, size_t len)
{
	(void)data;
	(void)len;
	abort();
}

struct sha256 sha256_hmac(const void *key, size_t key_len, const void *data, size_t len)
{
	(void)key;
	(void)key_len;
	return sha256_bytes(data, len);
}

struct sha256_hasher *sha256_hasher_new(void)
{
	abort();
}

void sha256_hasher_add(struct sha256_hasher *hasher, const void *data, size_t len)
{
	(void)hasher;
	(void)data;
	(void)len;
	abort();
}

struct sha256 sha256_hasher_done(struct sha256_hasher *hasher)
{
	(void)hasher;
	abort();
}

void sha256_hasher_free(struct sha256_hasher *hasher)
{
	(void)hasher;
}
