#include "base/listing.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/dir.h"
#include "base/err.h"
#include "base/exclude.h"
#include "base/fs.h"
#include "base/path.h"
#include "base/tree.h"

struct reader {
	struct listing *out;
	const char *root;
	const struct listing_how *how;
	unsigned links; /* followed, in which the walk is */
	size_t next;    /* of what is known: no item before it comes any more */
	struct err *err;
};

const char *listing_text(const struct listing *listing, size_t offset)
{
	return listing->text.data + offset;
}

static size_t add_text(struct listing *listing, const char *text)
{
	size_t at = listing->text.len;

	buf_add(&listing->text, text, strlen(text) + 1);
	return at;
}

void listing_begin(struct listing *out)
{
	*out = (struct listing){.text = BUF_SOFT};
	buf_char(&out->text, '\0');
}

struct listing_item *listing_add(struct listing *listing, const char *rel, char type)
{
	if (listing->count == listing->cap) {
		size_t cap = listing->cap ? listing->cap * 2 : 64;
		struct listing_item *items = realloc(listing->items, cap * sizeof *items);
		if (!items)
			return NULL;
		listing->items = items;
		listing->cap = cap;
	}
	struct listing_item *item = &listing->items[listing->count];
	memset(item, 0, sizeof *item);
	item->type = type;
	item->rel = rel ? add_text(listing, rel) : 0;
	if (listing->text.failed)
		return NULL;
	listing->count++;
	return item;
}

int listing_order(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	unsigned char x = (unsigned char)*a, y = (unsigned char)*b;
	return (x == '/' ? 1 : x == 0 ? 0 : x + 1) - (y == '/' ? 1 : y == 0 ? 0 : y + 1);
}

/* What is known of that path. */
static const struct listing_item *find_known(struct reader *reader, const char *rel)
{
	const struct listing *known = reader->how->known;

	while (known && reader->next < known->count) {
		const struct listing_item *item = &known->items[reader->next];
		int order =
			item->type == '.' ? -1 : listing_order(listing_text(known, item->rel), rel);
		if (order == 0)
			return item;
		if (order > 0)
			return NULL;
		reader->next++;
	}
	return NULL;
}

static int64_t ns_of(const struct timespec *time)
{
	return (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
}

static void take_stat(const struct reader *reader, struct listing_item *item, const struct stat *st)
{
	int64_t mtime = ns_of(&st->st_mtim), ctime = ns_of(&st->st_ctim);
	int64_t newest = mtime > ctime ? mtime : ctime, now = reader->how->now_ns;

	item->size = (uint64_t)st->st_size;
	item->is_executable = st->st_mode & S_IXUSR;
	/* a file system may count in steps of two seconds */
	if (newest + (newest % 1000000000 ? 0 : 2000000000) >= now)
		return;
	item->mtime_ns = mtime;
	item->ctime_ns = ctime;
	item->ino = st->st_ino;
}

static bool take_known(
	struct reader *reader, int at, const char *name, int flags, struct listing_item *item)
{
	struct stat st;
	const struct listing_item *known = find_known(reader, listing_text(reader->out, item->rel));

	if (!known || !known->has_sum || !known->ino ||
		fs_stat_at(at, name, &st, flags ? AT_SYMLINK_NOFOLLOW : 0) < 0 ||
		!S_ISREG(st.st_mode) || known->ino != st.st_ino ||
		known->size != (uint64_t)st.st_size || known->mtime_ns != ns_of(&st.st_mtim) ||
		known->ctime_ns != ns_of(&st.st_ctim))
		return false;
	take_stat(reader, item, &st);
	item->sum = known->sum;
	item->has_sum = true;
	return true;
}

/* The content of a regular file, and its size; nothing if it is none (any more). -1 with errno. */
static int read_content(struct reader *reader, int at, const char *name, int flags,
	struct digest_watch *watch, struct listing_item *item)
{
	struct stat st;
	int result = 0;
	struct listing_reader *more = reader->how->reader;

	if (reader->how->known && !more && take_known(reader, at, name, flags, item))
		return 0;
	int fd FD_LOCAL = dir_open(at, name, O_RDONLY | flags);
	if (fd < 0)
		return tree_is_gone(errno) ? 0 : -1;
	if (fstat(fd, &st) < 0) {
		result = -1;
	} else if (S_ISREG(st.st_mode)) {
		reader->out->has_read = true;
		take_stat(reader, item, &st);
		result = digest_fd(
			fd, more ? more->begin(more, watch) : watch, &item->sum, &item->size);
		item->has_sum = result == 0;
		if (more && item->has_sum)
			more->done(more, (size_t)(item - reader->out->items));
	}
	return result;
}

/* 0, TREE_FOLLOW, or -1 with errno. */
static int read_link(struct reader *reader, const struct tree_entry *entry, size_t index)
{
	char target[4096 + 1]; /* Linux links hold less than 4096 bytes */
	struct stat st;
	ssize_t n = readlinkat(entry->parent, entry->name, target, sizeof target - 1);

	if (n < 0) /* EINVAL: it is no link any more */
		return tree_is_gone(errno) || errno == EINVAL ? 0 : -1;
	target[n] = '\0';
	reader->out->items[index].target = add_text(reader->out, target);
	/* where it leads cannot always be asked; then its text is all there is */
	if (fs_stat_at(entry->parent, entry->name, &st, 0) < 0)
		return 0;
	if (S_ISREG(st.st_mode)) {
		reader->out->items[index].leads_to = 'f';
		return read_content(
			reader, entry->parent, entry->name, 0, NULL, &reader->out->items[index]);
	}
	if (!S_ISDIR(st.st_mode) || reader->how->is_plain)
		return 0;
	reader->out->items[index].leads_to = 'd';
	reader->links++;
	return TREE_FOLLOW;
}

static int enter(void *ctx, const struct tree_entry *entry)
{
	struct reader *reader = ctx;
	struct listing *out = reader->out;
	int result = 0;

	if (exclude_has(reader->how->exclude, entry->name))
		return TREE_SKIP;
	size_t index = out->count;
	struct listing_item *item = listing_add(out, entry->rel, entry->type);
	if (!item)
		return tree_fail(reader->root, entry->rel, ENOMEM, "read", reader->err);
	item->is_linked = reader->links > 0;
	if (entry->type == 'f') {
		struct digest_watch *watch = reader->how->watch;
		if (watch)
			watch->name = entry->rel;
		result = read_content(reader, entry->parent, entry->name, O_NOFOLLOW, watch, item);
		out->bytes += item->is_linked ? 0 : item->size;
		out->files += !item->is_linked;
	} else if (entry->type == 'l') {
		result = read_link(reader, entry, index);
	}
	return result == -1 ? tree_fail(reader->root, entry->rel, errno, "read", reader->err)
			    : result;
}

static int leave(void *ctx, const struct tree_entry *entry)
{
	struct reader *reader = ctx;

	reader->links -= entry->type == 'l';
	return listing_add(reader->out, NULL, '.')
		       ? 0
		       : tree_fail(reader->root, entry->rel, ENOMEM, "read", reader->err);
}

int listing_read(
	struct listing *out, const char *path, const struct listing_how *how, struct err *err)
{
	const struct tree_visitor visitor = {.enter = enter, .leave = leave};
	struct reader reader = {.out = out, .root = path, .how = how, .err = err};

	listing_begin(out);
	out->is_timed = how->now_ns;
	if (tree_walk(path, &visitor, &reader, err) == 0 && !out->text.failed)
		return 0;
	if (out->text.failed)
		err_sys(err, ENOMEM, "read", path);
	listing_free(out);
	return -1;
}

bool listing_retarget(struct listing *listing, size_t item, const char *target)
{
	listing->items[item].target = add_text(listing, target);
	return !listing->text.failed;
}

/* Stages that are renumbered make what they made before: "../04_asr/x" counts as "../asr/x". */
static void add_target(struct hasher *hasher, const char *text)
{
	char plain[PATH_MAX];
	size_t len = 0;

	if (strlen(text) >= sizeof plain) {
		hasher_add_str(hasher, text);
		return;
	}
	for (bool is_first = true; *text; is_first = *text++ == '/') {
		size_t digits = is_first ? strspn(text, "0123456789") : 0;
		if (digits && text[digits] == '_')
			text += digits + 1;
		if (!*text)
			break;
		plain[len++] = *text;
	}
	plain[len] = '\0';
	hasher_add_str(hasher, plain);
}

static void add_link(struct hasher *hasher, const struct listing *listing,
	const struct listing_item *item, bool is_plain)
{
	bool is_executable = item->is_executable && !is_plain;

	if (!item->target)
		return;
	if (is_plain)
		hasher_add_str(hasher, listing_text(listing, item->target));
	else
		add_target(hasher, listing_text(listing, item->target));
	if (item->leads_to == 'f')
		hasher_add(hasher, is_executable ? "\3" : "\1", 1);
	else
		hasher_add(hasher, item->leads_to == 'd' ? "\2" : "\0", 1);
}

int listing_digest(const struct listing *listing, bool is_plain, struct digest *out)
{
	struct hasher *hasher HASHER_LOCAL = hasher_try_new();

	if (!hasher)
		return -1;
	for (size_t i = 0; i < listing->count; i++) {
		const struct listing_item *item = &listing->items[i];
		bool is_executable = item->type == 'f' && item->is_executable && !is_plain;
		if (item->type != '.')
			hasher_add_str(hasher, listing_text(listing, item->rel));
		hasher_add(hasher, is_executable ? "x" : &item->type, 1);
		if (item->type == 'l')
			add_link(hasher, listing, item, is_plain);
		if (item->has_sum)
			hasher_add(hasher, &item->sum, sizeof item->sum);
	}
	*out = hasher_done(hasher);
	return 0;
}

/* What packed listings begin with; a flag each for what an item has. */
static const char magic[] = "restage listing 2\n";
enum {
	HAS_SUM = 1,
	HAS_TARGET = 2,
	EXECUTABLE = 4,
	TO_FILE = 8,
	TO_DIR = 16,
	HAS_STAT = 32
};

/* What stat said of a file, as it is packed. */
struct packed_stat {
	uint64_t size, ino;
	int64_t mtime_ns, ctime_ns;
};

void listing_pack(const struct listing *listing, struct buf *out)
{
	buf_str(out, magic);
	for (size_t i = 0; i < listing->count; i++) {
		const struct listing_item *item = &listing->items[i];
		const char *rel = listing_text(listing, item->rel);
		const char *target = listing_text(listing, item->target);
		buf_char(out, item->type);
		buf_char(out,
			(char)((item->has_sum ? HAS_SUM : 0) | (item->target ? HAS_TARGET : 0) |
				(item->is_executable ? EXECUTABLE : 0) |
				(item->leads_to == 'f' ? TO_FILE : 0) |
				(item->leads_to == 'd' ? TO_DIR : 0) |
				(item->has_sum && item->ino ? HAS_STAT : 0)));
		if (item->has_sum)
			buf_add(out, &item->sum, sizeof item->sum);
		if (item->has_sum && item->ino)
			buf_add(out,
				&(struct packed_stat){
					item->size, item->ino, item->mtime_ns, item->ctime_ns},
				sizeof(struct packed_stat));
		buf_add(out, rel, strlen(rel) + 1);
		if (item->target)
			buf_add(out, target, strlen(target) + 1);
	}
}

/* The text at *at, and on behind it; NULL if it does not end. */
static const char *take_text(const char **at, const char *end)
{
	const char *text = *at, *nul = memchr(text, 0, (size_t)(end - text));

	*at = nul ? nul + 1 : end;
	return nul ? text : NULL;
}

static bool unpack_item(struct listing *out, const char **at, const char *end)
{
	if (end - *at < 3)
		return false;
	char type = (*at)[0];
	unsigned flags = (unsigned char)(*at)[1];
	const char *sum = *at += 2;
	struct packed_stat stat = {0};
	size_t fixed = (flags & HAS_SUM ? sizeof(struct digest) : 0) +
		       (flags & HAS_STAT ? sizeof stat : 0);
	if ((size_t)(end - sum) <= fixed)
		return false;
	*at += fixed;
	if (flags & HAS_STAT)
		memcpy(&stat, *at - sizeof stat, sizeof stat);
	const char *rel = take_text(at, end);
	const char *target = rel && (flags & HAS_TARGET) ? take_text(at, end) : NULL;
	struct listing_item *item = rel ? listing_add(out, *rel ? rel : NULL, type) : NULL;
	if (!item || (flags & HAS_TARGET && !target))
		return false;
	item->target = target ? add_text(out, target) : 0;
	item->has_sum = flags & HAS_SUM;
	if (item->has_sum)
		memcpy(&item->sum, sum, sizeof item->sum);
	item->size = stat.size;
	item->ino = stat.ino;
	item->mtime_ns = stat.mtime_ns;
	item->ctime_ns = stat.ctime_ns;
	item->is_executable = flags & EXECUTABLE;
	item->leads_to = flags & TO_FILE ? 'f' : flags & TO_DIR ? 'd' : 0;
	return !out->text.failed;
}

/* What comes behind a link to a directory, by its path: that is not packed. */
static void mark_linked(struct listing *out)
{
	const char *link = NULL;

	for (size_t i = 0; i < out->count; i++) {
		struct listing_item *item = &out->items[i];
		const char *rel = listing_text(out, item->rel);
		if (item->type == '.')
			continue;
		if (link && !path_below(link, rel))
			link = NULL;
		item->is_linked = link;
		if (!link && item->leads_to == 'd')
			link = rel;
	}
}

bool listing_unpack(struct listing *out, const char *data, size_t len)
{
	const char *at = data + sizeof magic - 1, *end = data + len;
	bool is_whole = len >= sizeof magic - 1 && memcmp(data, magic, sizeof magic - 1) == 0;

	listing_begin(out);
	while (is_whole && at < end)
		is_whole = unpack_item(out, &at, end);
	if (is_whole)
		mark_linked(out);
	else
		listing_free(out);
	return is_whole;
}

void listing_free(struct listing *listing)
{
	free(listing->items);
	buf_free(&listing->text);
	*listing = (struct listing){0};
}
