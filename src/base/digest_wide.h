/* XXH3-128 over long data with the vectors that this processor has. The packaged library is
 * compiled for every processor of the architecture (SSE2 on x86-64); its header can be compiled
 * again for wider ones. The results and the state are the same: what one has begun another may end.
 * For digest.c only. */
#ifndef BASE_DIGEST_WIDE_H
#define BASE_DIGEST_WIDE_H

#include <stddef.h>
#include <stdint.h>

/* low64 and high64 of the hash, as XXH128_hash_t has them. */
struct digest_wide_hash {
	uint64_t low, high;
};

struct digest_wide {
	void (*update)(void *state, const void *data, size_t len); /* state: an XXH3_state_t */
	struct digest_wide_hash (*bytes)(const void *data, size_t len);
};

/* By digest_avx2.c and digest_avx512.c, where RESTAGE_WIDE_DIGEST is defined. Only to be called
 * where the processor has what their names say. */
extern const struct digest_wide digest_avx2, digest_avx512;

#endif
