#include "base/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/digest_wide.h"
#include "base/dir.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"

#define SMALL_FILE DIGEST_PIECE /* read at once, onto the stack */
/* Half of a common second-level cache: what the kernel has just copied is hashed from there. With 1
 * MiB the same took half as long again. */
#define LARGE_CHUNK ((size_t)128 << 10)

static const char prefix[] = "xxh3-128:";

static struct digest canonical(XXH128_hash_t hash)
{
	XXH128_canonical_t bytes;
	struct digest digest;

	_Static_assert(sizeof bytes == sizeof digest, "a digest is the canonical form");
	XXH128_canonicalFromHash(&bytes, hash);
	memcpy(&digest, &bytes, sizeof digest);
	return digest;
}

/* Up to this the library hashes without vectors: there is nothing to choose. */
#define SHORT_MAX 240

/* NULL: the library as it is packaged. */
static const struct digest_wide *widest(void)
{
#ifdef RESTAGE_WIDE_DIGEST
	if (__builtin_cpu_supports("avx512f"))
		return &digest_avx512;
	if (__builtin_cpu_supports("avx2"))
		return &digest_avx2;
#endif
	return NULL;
}

static void update(XXH3_state_t *state, const void *data, size_t len)
{
	const struct digest_wide *wide = len > SHORT_MAX ? widest() : NULL;

	if (wide)
		wide->update(state, data, len);
	else
		XXH3_128bits_update(state, data, len);
}

struct digest digest_bytes(const void *data, size_t len)
{
	const struct digest_wide *wide = len > SHORT_MAX ? widest() : NULL;

	if (wide) {
		struct digest_wide_hash hash = wide->bytes(data, len);
		return canonical((XXH128_hash_t){.low64 = hash.low, .high64 = hash.high});
	}
	return canonical(XXH3_128bits(data, len));
}

bool digest_eq(const struct digest *a, const struct digest *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

bool digest_is_zero(const struct digest *digest)
{
	static const struct digest zero;

	return digest_eq(digest, &zero);
}

void digest_format(const struct digest *digest, char text[DIGEST_TEXT_SIZE])
{
	_Static_assert(sizeof prefix + 2 * sizeof digest->bytes == DIGEST_TEXT_SIZE, "it fits");

	memcpy(text, prefix, sizeof prefix - 1);
	text_put_hex(text + sizeof prefix - 1, digest->bytes, sizeof digest->bytes);
}

bool digest_parse(const char *text, struct digest *out)
{
	return strncmp(text, prefix, sizeof prefix - 1) == 0 &&
	       text_take_hex(text + sizeof prefix - 1, out->bytes, sizeof out->bytes);
}

/* The library's state, under our name: it has to come from its own allocator (alignment). */
static XXH3_state_t *state_of(struct hasher *hasher)
{
	return (void *)hasher;
}

struct hasher *hasher_try_new(void)
{
	XXH3_state_t *state = XXH3_createState();

	if (state)
		XXH3_128bits_reset(state);
	return (void *)state;
}

struct hasher *hasher_new(void)
{
	struct hasher *hasher = hasher_try_new();

	if (!hasher)
		mem_fail(sizeof(XXH3_state_t *));
	return hasher;
}

void hasher_reset(struct hasher *hasher)
{
	XXH3_128bits_reset(state_of(hasher));
}

void hasher_add(struct hasher *hasher, const void *data, size_t len)
{
	update(state_of(hasher), data, len);
}

void hasher_add_u64(struct hasher *hasher, uint64_t value)
{
	uint8_t bytes[8];

	for (int i = 7; i >= 0; i--) {
		bytes[i] = (uint8_t)value;
		value >>= 8;
	}
	hasher_add(hasher, bytes, sizeof bytes);
}

void hasher_add_str(struct hasher *hasher, const char *text)
{
	size_t len = strlen(text);

	hasher_add_u64(hasher, len);
	hasher_add(hasher, text, len);
}

struct digest hasher_done(const struct hasher *hasher)
{
	return canonical(XXH3_128bits_digest((const void *)hasher));
}

void hasher_free(struct hasher *hasher)
{
	XXH3_freeState(state_of(hasher));
}

void hasher_leave(struct hasher **hasher)
{
	hasher_free(*hasher);
}

/* Fills as much as there is. A regular file of `expected` bytes (0: not known) that gave just as
 * many has ended: whoever must know that it did not grow meanwhile looks at it again anyway. -1
 * with errno. */
static ssize_t read_full(int fd, char *data, size_t size, size_t expected)
{
	size_t have = 0;

	while (have < size && (have == 0 || have != expected)) {
		ssize_t n = read(fd, data + have, size - have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

/* Shows it a piece; who wants no more of them becomes NULL. False with errno: nothing more is to be
 * read at all. */
static bool is_wanted(struct digest_watch **watch, const char *data, size_t len, bool is_first)
{
	if (!*watch || (*watch)->see(*watch, data, len, is_first))
		return true;
	bool is_over = (*watch)->is_over;
	*watch = NULL;
	errno = is_over ? ECANCELED : errno;
	return !is_over;
}

/* The rest of a file whose beginning is in `small`. watch: who wants more of it, or NULL. -1 with
 * errno. */
static int digest_large(
	int fd, const char *small, struct digest_watch *watch, struct digest *out, uint64_t *size)
{
	XXH3_state_t *state = XXH3_createState();
	char *chunk MEM_LOCAL = mem_large(LARGE_CHUNK);
	ssize_t n = -1;

	if (state) {
		XXH3_128bits_reset(state);
		update(state, small, SMALL_FILE);
		*size = SMALL_FILE;
		while ((n = read_full(fd, chunk, LARGE_CHUNK, 0)) > 0) {
			update(state, chunk, (size_t)n);
			*size += (uint64_t)n;
			if (!is_wanted(&watch, chunk, (size_t)n, false)) {
				n = -1;
				break;
			}
			if ((size_t)n < LARGE_CHUNK)
				break; /* read_full has seen the end */
		}
		*out = canonical(XXH3_128bits_digest(state));
	} else {
		errno = ENOMEM;
	}
	XXH3_freeState(state);
	return n < 0 ? -1 : 0;
}

static int digest_expected(
	int fd, size_t expected, struct digest_watch *watch, struct digest *out, uint64_t *size)
{
	char small[SMALL_FILE];
	ssize_t n = read_full(fd, small, sizeof small, expected);

	if (n < 0)
		return -1;
	if (!is_wanted(&watch, small, (size_t)n, true))
		return -1;
	if ((size_t)n == sizeof small)
		return digest_large(fd, small, watch, out, size);
	*out = digest_bytes(small, (size_t)n);
	*size = (uint64_t)n;
	return 0;
}

int digest_fd(int fd, struct digest_watch *watch, struct digest *out, uint64_t *size)
{
	return digest_expected(fd, 0, watch, out, size);
}

static int open_regular(const char *path, struct stat *st, struct err *err)
{
	int fd = dir_open(AT_FDCWD, path, O_RDONLY);

	if (fd < 0) {
		err_sys(err, errno, "open", path);
		return -1;
	}
	if (fstat(fd, st) < 0)
		err_sys(err, errno, "stat", path);
	else if (!S_ISREG(st->st_mode))
		err_set(err, EXIT_WORLD, "cannot hash '%s': it is no regular file", path);
	else
		return fd;
	close(fd);
	return -1;
}

int digest_file_watched(const char *path, struct digest_watch *watch, struct digest *out,
	uint64_t *size, struct err *err)
{
	struct stat st;
	int fd FD_LOCAL = open_regular(path, &st, err), result = 0;

	if (fd < 0)
		return -1;
	if (digest_expected(fd, (size_t)st.st_size, watch, out, size) < 0)
		result = err_sys(err, errno, "read", path);
	return result;
}

int digest_file(const char *path, struct digest *out, uint64_t *size, struct err *err)
{
	return digest_file_watched(path, NULL, out, size, err);
}

struct digest_file {
	char *path;
	int fd;
	uint64_t size; /* read so far */
	struct hasher *hasher;
	struct digest_watch *watch; /* NULL: nobody wants more of it */
};

struct digest_file *digest_file_open(const char *path, struct digest_watch *watch, struct err *err)
{
	struct stat st;
	int fd = open_regular(path, &st, err);

	if (fd < 0)
		return NULL;
	struct digest_file *file = mem_alloc(sizeof *file);
	file->path = mem_strdup(path);
	file->fd = fd;
	file->hasher = hasher_new();
	file->watch = watch;
	return file;
}

int digest_file_some(struct digest_file *file, uint64_t limit, struct digest *out, uint64_t *size,
	struct err *err)
{
	char *chunk MEM_LOCAL = mem_grow(NULL, LARGE_CHUNK, 1);
	ssize_t n = 1;

	for (uint64_t done = 0; done < limit && n > 0; done += (uint64_t)n) {
		n = read_full(file->fd, chunk, LARGE_CHUNK, 0);
		if (n <= 0)
			break;
		hasher_add(file->hasher, chunk, (size_t)n);
		if (file->watch &&
			!file->watch->see(file->watch, chunk, (size_t)n, file->size == 0))
			file->watch = NULL;
		file->size += (uint64_t)n;
	}
	if (n < 0)
		err_sys(err, errno, "read", file->path);
	if (n != 0)
		return n < 0 ? -1 : 1;
	*out = hasher_done(file->hasher);
	*size = file->size;
	return 0;
}

void digest_file_close(struct digest_file *file)
{
	if (!file)
		return;
	close(file->fd);
	hasher_free(file->hasher);
	free(file->path);
	free(file);
}
