/* Records at the end of the index: what a run appends of what it changed, so that what it writes
 * grows with what it did and not with the job.
 *
 * A record is a head (magic, counts, digest), then entries of files with their numbers, versions
 * and uses that follow those that there are, and entries of stages with their numbers. Its digest
 * covers its counts and entries and the digest before it, so that a record belongs to one whole and
 * to its place in the row. What is not whole (the runner was killed, the disk was full, or another
 * process reads while it is written) ends the row: what the index says without it was true once,
 * and is compared with the files and manifests that there are, as always. Nothing is appended
 * behind it; the next writing is whole. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/dir.h"
#include "base/err.h"
#include "base/mem.h"
#include "model/graph/graph.h"
#include "record/index/index_part.h"

#define RECORD_MAGIC "record 2"
#define SHARE 16          /* records together have at most this part of the whole ... */
#define LEAST (64 * 1024) /* ... or so many bytes */

struct tail {
	char magic[8];
	uint32_t file_count, version_count, use_count, stage_count;
	struct index_digests of; /* all the rest, and the record before */
};

struct file_entry {
	uint32_t number, zero;
	struct index_file file;
};

struct stage_entry {
	uint32_t number, zero;
	struct index_stage stage;
};

static struct index_digests digests_of(
	const struct digest *last, const struct tail *tail, const char *entries, size_t len)
{
	const struct iovec parts[] = {
		{.iov_base = (void *)(uintptr_t)tail, .iov_len = offsetof(struct tail, of)},
		{.iov_base = (void *)(uintptr_t)entries, .iov_len = len},
	};

	return index_digest(last, parts, 2);
}

/* Uses are filled up to a multiple of eight bytes. */
static size_t uses_size(uint32_t count)
{
	return ((size_t)count + count % 2) * sizeof(uint32_t);
}

/* The length of the entries of a record that is whole; 0: it is not. */
static size_t entries_of(
	const struct index *index, const struct tail *tail, const char *entries, size_t left)
{
	uint64_t len = (uint64_t)tail->file_count * sizeof(struct file_entry) +
		       (uint64_t)tail->version_count * sizeof(struct version) +
		       uses_size(tail->use_count) +
		       (uint64_t)tail->stage_count * sizeof(struct stage_entry);

	if (memcmp(tail->magic, RECORD_MAGIC, sizeof tail->magic) != 0 || len == 0 || len > left)
		return 0;
	struct index_digests of = digests_of(&index->last, tail, entries, (size_t)len);
	bool is_whole =
		digest_eq(&of.digest, &tail->of.digest) && digest_eq(&of.seal, &tail->of.seal);
	return is_whole ? (size_t)len : 0;
}

/* An array of the index with `count` elements more, behind those that it has: out of the block,
 * which has no room. */
static void *grow(
	void **own, void *items, uint32_t *had, const char *more, uint32_t count, size_t size)
{
	bool is_own = *own != NULL;

	if (count == 0)
		return items;
	*own = mem_grow(*own, (size_t)*had + count + 1, size);
	if (!is_own && *had)
		memcpy(*own, items, *had * size);
	memcpy((char *)*own + *had * size, more, count * size);
	*had += count;
	return *own;
}

/* False if an entry is not of this index. */
static bool take(struct index *index, const struct tail *tail, const char *at)
{
	for (uint32_t i = 0; i < tail->file_count; i++, at += sizeof(struct file_entry)) {
		struct file_entry entry;
		memcpy(&entry, at, sizeof entry);
		if (entry.number >= index->file_count ||
			entry.file.path != index->files[entry.number].path)
			return false;
		index->files[entry.number] = entry.file;
	}
	if (tail->version_count > UINT32_MAX - index->version_count ||
		tail->use_count > UINT32_MAX - index->use_count)
		return false;
	index->versions = grow(&index->grown[0], index->versions, &index->version_count, at,
		tail->version_count, sizeof *index->versions);
	at += tail->version_count * sizeof *index->versions;
	index->uses = grow(&index->grown[1], index->uses, &index->use_count, at, tail->use_count,
		sizeof *index->uses);
	at += uses_size(tail->use_count);
	for (uint32_t i = 0; i < tail->stage_count; i++, at += sizeof(struct stage_entry)) {
		struct stage_entry entry;
		memcpy(&entry, at, sizeof entry);
		if (entry.number >= index->graph->stage_count)
			return false;
		index->stages[entry.number] = entry.stage;
	}
	return true;
}

void index_take_records(struct index *index, const char *file, size_t len)
{
	struct tail tail;

	while (index->end < len) {
		size_t left = len - (size_t)index->end;
		const char *at = file + index->end;
		index->is_torn = true;
		if (left < sizeof tail)
			return;
		memcpy(&tail, at, sizeof tail);
		size_t entries = entries_of(index, &tail, at + sizeof tail, left - sizeof tail);
		if (entries == 0 || !take(index, &tail, at + sizeof tail))
			return;
		index->is_torn = false;
		index->last = tail.of.digest;
		index->end += sizeof tail + entries;
	}
}

static struct digest digest_sources(const struct index *index)
{
	return digest_bytes(index->sources, index->graph->source_count * sizeof *index->sources);
}

void index_state_lend(struct index_state *state, const struct index *index)
{
	index_state_free(state);
	*state = (struct index_state){
		.request = index->request,
		.sources = digest_sources(index),
		.last = index->last,
		.size = index->size,
		.end = index->end,
		.file_count = index->file_count,
		.version_count = index->version_count,
		.use_count = index->use_count,
		.extra_size = index->extra_size,
		.files = index->files,
		.stages = index->stages,
		.is_open = index->is_of_this_boot && !index->is_torn,
	};
}

/* Of one entry. If two had the same, the old one would stay in the file: what it says was true
 * once, and is compared with what there is, as always. */
static uint64_t mark_of(const void *entry, size_t size)
{
	struct digest digest = digest_bytes(entry, size);
	uint64_t mark;

	memcpy(&mark, digest.bytes, sizeof mark);
	return mark;
}

static uint64_t *marks_of(const void *entries, size_t count, size_t size)
{
	uint64_t *marks = mem_grow(NULL, count + 1, sizeof *marks);

	for (size_t i = 0; i < count; i++)
		marks[i] = mark_of((const char *)entries + i * size, size);
	return marks;
}

void index_state_mark(struct index_state *state, const struct index *index)
{
	index_state_lend(state, index);
	state->file_marks = marks_of(index->files, index->file_count, sizeof *index->files);
	state->stage_marks =
		marks_of(index->stages, index->graph->stage_count, sizeof *index->stages);
	state->files = NULL;
	state->stages = NULL;
}

void index_state_free(struct index_state *state)
{
	free(state->file_marks);
	free(state->stage_marks);
	*state = (struct index_state){0};
}

static bool is_like(const struct index_state *state, const struct index *index)
{
	struct digest sources = digest_sources(index);

	return state->is_open && digest_eq(&state->request, &index->request) &&
	       digest_eq(&state->sources, &sources) && state->file_count == index->file_count &&
	       state->extra_size == index->extra_size &&
	       state->version_count <= index->version_count && state->use_count <= index->use_count;
}

/* Is this what the file holds as entry i? By its bytes. */
static bool is_there(
	const uint64_t *marks, const void *entries, uint32_t i, const void *now, size_t size)
{
	return marks ? marks[i] == mark_of(now, size)
		     : memcmp((const char *)entries + i * size, now, size) == 0;
}

static void add_files(const struct index_state *state, const struct index *index, struct tail *tail,
	struct buf *out)
{
	for (uint32_t i = 0; i < index->file_count; i++) {
		struct file_entry entry = {.number = i, .file = index->files[i]};
		if (is_there(state->file_marks, state->files, i, &entry.file, sizeof entry.file))
			continue;
		buf_add(out, &entry, sizeof entry);
		tail->file_count++;
	}
}

static void add_versions(const struct index_state *state, const struct index *index,
	struct tail *tail, struct buf *out)
{
	static const char none[sizeof(uint32_t)];

	tail->version_count = index->version_count - state->version_count;
	tail->use_count = index->use_count - state->use_count;
	buf_add(out, index->versions + state->version_count,
		tail->version_count * sizeof *index->versions);
	buf_add(out, index->uses + state->use_count, tail->use_count * sizeof *index->uses);
	buf_add(out, none, uses_size(tail->use_count) - tail->use_count * sizeof *index->uses);
}

static void add_stages(const struct index_state *state, const struct index *index,
	struct tail *tail, struct buf *out)
{
	for (uint32_t i = 0; i < index->graph->stage_count; i++) {
		struct stage_entry entry = {.number = i, .stage = index->stages[i]};
		if (is_there(
			    state->stage_marks, state->stages, i, &entry.stage, sizeof entry.stage))
			continue;
		buf_add(out, &entry, sizeof entry);
		tail->stage_count++;
	}
}

/* -1 with err; 0 if the file is not the one that old was read from. Nothing is left of a record
 * that could not be written whole. */
static int append(
	const struct index_state *old, const char *path, const struct buf *record, struct err *err)
{
	struct stat st;
	int status = 0;
	int fd FD_LOCAL = dir_open(AT_FDCWD, path, O_WRONLY | O_APPEND | O_NOFOLLOW);

	if (fd < 0)
		return 0;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size == old->end) {
		status = fs_write_all(fd, record->data, record->len) == 0 ? 1 : -1;
		if (status < 0) {
			err_sys(err, errno, "write", path);
			/* then its end is torn, and whoever reads it sees that */
			if (ftruncate(fd, st.st_size) < 0)
				status = -1;
		}
	}
	return status;
}

int index_append(
	const struct index_state *state, struct index *index, const char *path, struct err *err)
{
	struct tail tail = {.magic = RECORD_MAGIC};
	struct buf record BUF_LOCAL = {0};
	int status = 0;

	if (!is_like(state, index))
		return 0;
	buf_add(&record, &tail, sizeof tail);
	add_files(state, index, &tail, &record);
	add_versions(state, index, &tail, &record);
	add_stages(state, index, &tail, &record);
	uint64_t end = state->end + record.len;
	uint64_t most = state->size / SHARE > LEAST ? state->size / SHARE : LEAST;
	if (record.len == sizeof tail) {
		status = 1; /* nothing is new */
	} else if (end - state->size <= most) {
		tail.of = digests_of(
			&state->last, &tail, record.data + sizeof tail, record.len - sizeof tail);
		memcpy(record.data, &tail, sizeof tail);
		status = append(state, path, &record, err);
		if (status > 0) {
			index->last = tail.of.digest;
			index->size = state->size;
			index->end = end;
			index->is_of_this_boot = true;
			index->is_torn = false;
		}
	}
	return status;
}
