/* Contents of files: hashed, and copied as they are hashed. What is written is what was hashed: a
 * buffer goes both ways. */
#include <errno.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/content.h"
#include "base/mem.h"
#include "base/process.h"

#define CHUNK ((size_t)128 << 10) /* what was read is hashed from the second-level cache */
#define THREADS_MAX 8u

/* A file, piece by piece. */
struct pieces {
	int fd, to; /* to -1: nothing is copied */
	uint64_t size;
	struct sha256 *sums;
	uint32_t count;
	const struct content_how *how;
	atomic_uint next;
	atomic_ullong done;   /* bytes */
	atomic_int end;       /* enum content_end */
	atomic_int end_errno; /* of the first that failed */
};

static void end_with(struct pieces *pieces, enum content_end end, int errnum)
{
	int expected = 0;

	if (atomic_compare_exchange_strong(&pieces->end_errno, &expected, errnum ? errnum : EIO))
		atomic_store(&pieces->end, end);
}

static bool write_at(int fd, const char *data, size_t len, uint64_t at)
{
	while (len > 0) {
		ssize_t n = pwrite(fd, data, len, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		data += n;
		len -= (size_t)n;
		at += (uint64_t)n;
	}
	return true;
}

/* Bytes, 0 at the end or when it failed. */
static size_t take_chunk(
	struct pieces *pieces, struct sha256_hasher *hasher, char *chunk, uint64_t at, size_t len)
{
	ssize_t n;

	if (pieces->how->stop && atomic_load(pieces->how->stop)) {
		end_with(pieces, CONTENT_STOPPED, ECANCELED);
		return 0;
	}
	if (pieces->how->until_ns && clock_mono_ns() > pieces->how->until_ns) {
		end_with(pieces, CONTENT_STOPPED, ETIMEDOUT);
		return 0;
	}
	do
		n = pread(pieces->fd, chunk, len, (off_t)at);
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		end_with(pieces, CONTENT_UNREADABLE, errno);
		return 0;
	}
	sha256_hasher_add(hasher, chunk, (size_t)n);
	if (pieces->to >= 0 && !write_at(pieces->to, chunk, (size_t)n, at)) {
		end_with(pieces, CONTENT_UNWRITABLE, errno);
		return 0;
	}
	return (size_t)n;
}

/* A thread: one piece after another. */
static void *take_pieces(void *ctx)
{
	struct pieces *pieces = ctx;
	struct sha256_hasher *hasher = sha256_hasher_new();
	size_t room = pieces->size < CHUNK ? (size_t)pieces->size + 1 : CHUNK;
	char *chunk = mem_large(room);

	while (atomic_load(&pieces->end_errno) == 0) {
		uint32_t piece = atomic_fetch_add(&pieces->next, 1);
		if (piece >= pieces->count)
			break;
		uint64_t at = piece * CONTENT_PIECE, end = at + CONTENT_PIECE;
		if (end > pieces->size)
			end = pieces->size;
		while (at < end) {
			size_t part = end - at < room ? (size_t)(end - at) : room;
			size_t n = take_chunk(pieces, hasher, chunk, at, part);
			if (!n)
				break;
			at += n;
			atomic_fetch_add(&pieces->done, n);
		}
		pieces->sums[piece] = sha256_hasher_done(hasher);
	}
	sha256_hasher_free(hasher);
	free(chunk);
	return NULL;
}

static void take_all(struct pieces *pieces)
{
	pthread_t threads[THREADS_MAX];
	unsigned wanted = pieces->count > 1 ? process_processors() : 1, started = 0;

	if (wanted > pieces->count)
		wanted = pieces->count;
	/* this thread is one of them */
	while (started + 1 < wanted && started < THREADS_MAX &&
		pthread_create(&threads[started], NULL, take_pieces, pieces) == 0)
		started++;
	take_pieces(pieces);
	while (started > 0)
		pthread_join(threads[--started], NULL);
}

static struct content sum_up(const struct pieces *pieces, struct buf *list)
{
	struct content content = {.size = pieces->size, .sum = pieces->sums[0]};
	char text[SHA256_TEXT_SIZE];
	struct buf own BUF_LOCAL = {0};

	if (pieces->count < 2)
		return content;
	if (!list)
		list = &own;
	for (uint32_t i = 0; i < pieces->count; i++) {
		sha256_format(&pieces->sums[i], text);
		buf_str(list, text);
		buf_char(list, '\n');
	}
	content.sum = sha256_bytes(list->data, list->len);
	return content;
}

static enum content_end read_file(
	int fd, int to, const struct content_how *how, struct content *out)
{
	struct pieces pieces = {.fd = fd, .to = to, .how = how};
	struct stat st;

	if (fstat(fd, &st) < 0)
		return CONTENT_UNREADABLE;
	/* of a small one the call costs as much as copying it */
	if (to >= 0 && (uint64_t)st.st_size >= CHUNK && ioctl(to, FICLONE, fd) == 0) {
		pieces.fd = to;
		pieces.to = -1;
		if (fstat(to, &st) < 0)
			return CONTENT_UNREADABLE;
	}
	pieces.size = (uint64_t)st.st_size;
	pieces.count = (uint32_t)((pieces.size + CONTENT_PIECE - 1) / CONTENT_PIECE);
	if (!pieces.count)
		pieces.count = 1;
	pieces.sums = mem_alloc(pieces.count * sizeof *pieces.sums);
	take_all(&pieces);
	if (atomic_load(&pieces.end_errno) == 0) {
		if (atomic_load(&pieces.done) != pieces.size)
			end_with(&pieces, CONTENT_UNREADABLE, EIO); /* it was cut meanwhile */
		else
			*out = sum_up(&pieces, how->pieces);
	}
	free(pieces.sums);
	errno = atomic_load(&pieces.end_errno);
	return (enum content_end)atomic_load(&pieces.end);
}

static const struct content_how plain;

enum content_end content_fd(int fd, const struct content_how *how, struct content *out)
{
	return read_file(fd, -1, how ? how : &plain, out);
}

enum content_end content_copy(int fd, int to, const struct content_how *how, struct content *out)
{
	return read_file(fd, to, how ? how : &plain, out);
}
