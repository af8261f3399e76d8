/* Looking at files and reading them, for stamps. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "base/listing.h"
#include "base/listing_content.h"
#include "record/index/index.h"
#include "record/stamp/stamp_part.h"
#include "record/stamp/trees.h"

/* Has the clock visibly moved on past t at probe? A time without a fraction may come from a file
 * system that counts in seconds, or in two. */
static bool is_past(int64_t t, int64_t probe)
{
	return t % 1000000000 == 0 ? t + 2000000000 <= probe : t < probe;
}

bool stamp_is_settled(const struct fs_stat *stat, int64_t probe)
{
	return probe != 0 && is_past(stat->mtime_ns, probe) && is_past(stat->ctime_ns, probe);
}

/* stat of a file; of a directory what stat says of everything in it, folded to the same form. */
int stamp_look(const struct fs_base *base, const char *path, const char *exclude,
	struct fs_stat *stat, struct err *err)
{
	if (fs_stat_below(base, path, stat, err) < 0)
		return -1;
	return stat->type == 'd' ? stamp_look_dir(path, exclude, NULL, NULL, stat, err) : 0;
}

int stamp_look_dir(const char *path, const char *exclude, tree_see *see, void *ctx,
	struct fs_stat *stat, struct err *err)
{
	struct digest tree;
	int64_t newest;

	*stat = (struct fs_stat){.type = 'd'};
	if (digest_tree_stat(path, exclude, see, ctx, &tree, &newest, err) < 0)
		return -1;
	memcpy(&stat->size, tree.bytes, 8);
	memcpy(&stat->ino, tree.bytes + 8, 8);
	stat->mtime_ns = newest;
	stat->ctime_ns = newest;
	return 0;
}

static int hash_dir(const struct reading *how, struct stamp *stamp, struct err *err)
{
	struct listing listing, known = {0};
	struct listing_contents contents = {0};
	bool is_known = !digest_is_zero(&how->known) && trees_find(how->trees, &how->known, &known);
	const struct listing_how reading = {
		.exclude = how->exclude,
		.now_ns = how->probe_ns,
		.known = is_known ? &known : NULL,
		.reader = how->slot ? &contents.reader : NULL,
	};

	if (how->slot)
		listing_contents_begin(&contents);
	int result = listing_read(&listing, how->path, &reading, err);

	if (is_known)
		listing_free(&known);
	if (how->slot && result == 0)
		how->slot->is = listing_content(&listing, &contents);
	if (how->slot)
		listing_contents_end(&contents);
	if (result < 0)
		return -1;
	result = listing_digest(&listing, false, &stamp->sum);
	stamp->size = listing.bytes;
	stamp->files = listing.files < INDEX_FILES_MAX ? (uint32_t)listing.files : INDEX_FILES_MAX;
	if (result == 0)
		trees_keep(how->state_fd, &stamp->sum, &listing);
	listing_free(&listing);
	return result < 0 ? err_sys(err, ENOMEM, "hash", how->path) : 0;
}

static int hash_file(const struct reading *how, struct stamp *stamp, struct err *err)
{
	struct content_watch watch;

	if (!how->slot)
		return digest_file(how->path, &stamp->sum, &stamp->size, err);
	content_watch_begin(&watch);
	int status = digest_file_watched(how->path, &watch.watch, &stamp->sum, &stamp->size, err);
	how->slot->is = content_watch_done(&watch);
	content_watch_end(&watch);
	return status;
}

/* Reads the content, and looks again: what changed meanwhile is read again, up to three times; then
 * it is given as it came, unsettled, and whoever compares will see it differ again. */
int stamp_hash(const struct reading *how, struct stamp *stamp, struct err *err)
{
	for (int attempt = 0; attempt < 3; attempt++) {
		struct fs_stat after;
		int status = 0;
		if (stamp->stat.type == 0) {
			stamp->state = STAMP_HASHED;
			return 0;
		}
		if (stamp->stat.type == 'd')
			status = hash_dir(how, stamp, err);
		else if (stamp->stat.type == 'f')
			status = hash_file(how, stamp, err);
		else
			return err_set(err, EXIT_WORLD, "'%s' is neither a file nor a directory",
				how->path);
		if (status < 0 && err->sys != ENOENT)
			return -1;
		bool is_gone = status < 0;
		if (is_gone)
			err_clear(err);
		if (stamp_look(NULL, how->path, how->exclude, &after, err) < 0)
			return -1;
		if (!is_gone && fs_same(&stamp->stat, &after)) {
			stamp->is_settled = stamp_is_settled(&after, how->probe_ns);
			stamp->state = STAMP_HASHED;
			return 0;
		}
		stamp->stat = after;
	}
	stamp->is_settled = false;
	stamp->state = STAMP_HASHED;
	return 0;
}

/* The next part of a large file. True: there is more of it. */
bool stamp_hash_part(struct hashing *h)
{
	struct stamp *stamp = &h->result;
	struct fs_stat after;

	if (!h->file && h->how.slot && !h->watch.hasher)
		content_watch_begin(&h->watch);
	if (!h->file && !(h->file = digest_file_open(
				  h->how.path, h->how.slot ? &h->watch.watch : NULL, &h->err)))
		return false;
	h->part_bytes = PART_BYTES;
	int more = digest_file_some(h->file, PART_BYTES, &stamp->sum, &stamp->size, &h->err);
	if (more > 0)
		return true;
	digest_file_close(h->file);
	h->file = NULL;
	if (h->how.slot)
		h->slot.is = content_watch_done(&h->watch);
	if (more < 0 || stamp_look(NULL, h->how.path, NULL, &after, &h->err) < 0)
		return false;
	bool is_same = fs_same(&stamp->stat, &after);
	stamp->is_settled = is_same && stamp_is_settled(&after, h->how.probe_ns);
	stamp->stat = after;
	if (is_same || ++h->attempts == 3) {
		stamp->state = STAMP_HASHED;
		return false;
	}
	return after.type == 'f'; /* once more */
}

bool stamps_read_apart(struct stamps *stamps, const char *path, struct stamp *out)
{
	struct err err = {0};

	memset(out, 0, sizeof *out);
	stamps_read_probe(stamps);
	const struct reading how = {.path = path, .probe_ns = stamps->probe_ns, .state_fd = -1};
	return fs_stat(path, &out->stat, &err) == 0 && stamp_hash(&how, out, &err) == 0 &&
	       out->state == STAMP_HASHED && out->stat.type == 'f';
}

/* Asks the file system what time it is: sets the probe file's times to now and reads them back. */
void stamps_read_probe(struct stamps *stamps)
{
	struct stat st;

	if (stamps->probe_fd < 0 || futimens(stamps->probe_fd, NULL) < 0 ||
		fstat(stamps->probe_fd, &st) < 0)
		return;
	stamps->probe_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
}
