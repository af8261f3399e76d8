/* Records at the end of the index: what a run appends of what it changed, so that what it writes grows with
 * what it did and not with the job.
 *
 * A record is a head (magic, counts, digest), then entries of files and of stages with their numbers. Its
 * digest covers its counts and entries and the digest before it, so that a record belongs to one whole and
 * to its place in the row. What is not whole (the runner was killed, the disk was full, or another process reads
 * while it is written) ends the row: what the index says without it was true once, and is compared with the
 * files and manifests that there are, as always. Nothing is appended behind it; the next writing is whole. */
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

#define RECORD_MAGIC "record 1"
#define SHARE 4           /* records together have at most this part of the whole ... */
#define LEAST (64 * 1024) /* ... or so many bytes */

struct tail {
	char magic[8];
	uint32_t file_count, stage_count;
	struct digest digest;
};

struct file_entry {
	uint32_t number, zero;
	struct index_file file;
};

struct stage_entry {
	uint32_t number, zero;
	struct index_stage stage;
};

static struct digest digest_of(const struct digest *last, const struct tail *tail, const char *entries, size_t len)
{
	struct hasher *hasher = hasher_new();
	hasher_add(hasher, last, sizeof *last);
	hasher_add(hasher, tail, offsetof(struct tail, digest));
	hasher_add(hasher, entries, len);
	struct digest digest = hasher_done(hasher);
	hasher_free(hasher);
	return digest;
}

/* The length of the entries of a record that is whole; 0: it is not. */
static size_t entries_of(const struct index *index, const struct tail *tail, const char *entries, size_t left)
{
	uint64_t len = (uint64_t)tail->file_count * sizeof(struct file_entry) +
		       (uint64_t)tail->stage_count * sizeof(struct stage_entry);
	if (memcmp(tail->magic, RECORD_MAGIC, sizeof tail->magic) != 0 || len == 0 || len > left)
		return 0;
	struct digest digest = digest_of(&index->last, tail, entries, (size_t)len);
	return digest_eq(&digest, &tail->digest) ? (size_t)len : 0;
}

/* False if an entry is not of this index. */
static bool take(struct index *index, const struct tail *tail, const char *at)
{
	for (uint32_t i = 0; i < tail->file_count; i++, at += sizeof(struct file_entry)) {
		struct file_entry entry;
		memcpy(&entry, at, sizeof entry);
		if (entry.number >= index->file_count || entry.file.path != index->files[entry.number].path)
			return false;
		index->files[entry.number] = entry.file;
	}
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
		index->last = tail.digest;
		index->end += sizeof tail + entries;
	}
}

static bool rests_on_changed(const struct index *index, uint32_t stage, const bool *changed)
{
	const struct stage *s = &index->graph->stages[stage];
	const struct index_stage *entry = &index->stages[stage];
	for (uint32_t i = 0; i < s->input_count + s->output_count; i++) {
		if (changed[index->graph->uses[s->first_use + i].file])
			return true;
	}
	for (uint32_t i = 0; i < entry->extra_count; i++) {
		if (changed[index->extras[entry->first_extra + i]])
			return true;
	}
	return false;
}

/* Guards aside. */
static bool same_stage(const struct index_stage *a, const struct index_stage *b)
{
	return digest_eq(&a->key, &b->key) && fs_same(&a->manifest, &b->manifest) &&
	       !(a->seconds < b->seconds || a->seconds > b->seconds) && a->flags == b->flags &&
	       a->first_extra == b->first_extra && a->extra_count == b->extra_count;
}

/* By members: between them are bytes that mean nothing. */
static bool same_file(const struct index_file *a, const struct index_file *b)
{
	return fs_same(&a->stat, &b->stat) && digest_eq(&a->sum, &b->sum) && a->size == b->size &&
	       a->flags == b->flags;
}

static bool same_sources(const struct index *a, const struct index *b)
{
	for (uint32_t i = 0; i < b->graph->source_count; i++) {
		if (!fs_same(&a->sources[i].stat, &b->sources[i].stat) ||
			a->sources[i].flags != b->sources[i].flags)
			return false;
	}
	return true;
}

static bool is_like(const struct index *old, const struct index *index)
{
	return !old->is_torn && old->is_of_this_boot && digest_eq(&old->request, &index->request) &&
	       old->file_count == index->file_count && old->extra_count == index->extra_count &&
	       old->extra_size == index->extra_size &&
	       same_sources(old, index) &&
	       (index->extra_count == 0 || memcmp(old->extras, index->extras,
						   index->extra_count * sizeof *index->extras) == 0) &&
	       memcmp(old->extra_text, index->extra_text, index->extra_size) == 0;
}

static void add_files(const struct index *old, const struct index *index, struct tail *tail, bool *changed,
	struct buf *out)
{
	for (uint32_t i = 0; i < index->file_count; i++) {
		struct file_entry entry = {.number = i, .file = index->files[i]};
		if (same_file(&old->files[i], &index->files[i]))
			continue;
		changed[i] = true;
		buf_add(out, &entry, sizeof entry);
		tail->file_count++;
	}
}

static void add_stages(const struct index *old, struct index *index, struct tail *tail, const bool *changed,
	struct buf *out)
{
	struct buf bytes = {0};
	for (uint32_t i = 0; i < index->graph->stage_count; i++) {
		index->stages[i].guard = old->stages[i].guard;
		if (same_stage(&old->stages[i], &index->stages[i]) &&
			(tail->file_count == 0 || !rests_on_changed(index, i, changed)))
			continue;
		index->stages[i].guard = index_guard(index, i, &bytes);
		struct stage_entry entry = {.number = i, .stage = index->stages[i]};
		buf_add(out, &entry, sizeof entry);
		tail->stage_count++;
	}
	buf_free(&bytes);
}

/* -1 with err; 0 if the file is not the one that old was read from. Nothing is left of a record that could not
 * be written whole. */
static int append(const struct index *old, const char *path, const struct buf *record, struct err *err)
{
	struct stat st;
	int status = 0;
	int fd = dir_open(AT_FDCWD, path, O_WRONLY | O_APPEND | O_NOFOLLOW);
	if (fd < 0)
		return 0;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size == old->end) {
		status = fs_write_all(fd, record->data, record->len) == 0 ? 1 : -1;
		if (status < 0) {
			err_sys(err, errno, "write", path);
			if (ftruncate(fd, st.st_size) < 0)
				status = -1; /* then its end is torn, and whoever reads it sees that */
		}
	}
	close(fd);
	return status;
}

int index_append(const struct index *old, struct index *index, const char *path, struct err *err)
{
	struct tail tail = {.magic = RECORD_MAGIC};
	struct buf record = {0};
	int status = 0;
	if (!is_like(old, index))
		return 0;
	bool *changed = mem_alloc((size_t)index->file_count + 1);
	buf_add(&record, &tail, sizeof tail);
	add_files(old, index, &tail, changed, &record);
	add_stages(old, index, &tail, changed, &record);
	free(changed);
	uint64_t end = old->end + record.len, most = old->size / SHARE > LEAST ? old->size / SHARE : LEAST;
	if (record.len == sizeof tail) {
		status = 1; /* nothing is new */
		end = old->end;
		tail.digest = old->last;
	} else if (end - old->size <= most) {
		tail.digest = digest_of(&old->last, &tail, record.data + sizeof tail, record.len - sizeof tail);
		memcpy(record.data, &tail, sizeof tail);
		status = append(old, path, &record, err);
	}
	if (status > 0) {
		index->last = tail.digest;
		index->size = old->size;
		index->end = end;
		index->is_of_this_boot = true;
		index->is_torn = false;
	}
	buf_free(&record);
	return status;
}
