/* What lies in a directory, all levels, with the content of each file: what its digest is made of.
 *
 * Links to directories are followed; one that leads back to a directory that it lies in is an error
 * with its path. The digest is over, for each entry, sorted by bytes within its directory, a
 * directory before its content:
 *	the path from the directory (length, bytes), the kind (one byte), and
 *	'f' the digest of the content; 'x' the same of a file that its owner may execute
 *	'l' the link's text (length, bytes) without the numbers of stages' directories ("04_asr" is
 *	    "asr"), then 0, or 1 and the digest of the content if it leads to a file, 3 and the digest if that may be executed, or 2 if it leads to a directory,
 *	    whose entries follow as of a directory
 *	'd' its entries, then '.' once it was read to its end
 *	'o' nothing (FIFO, socket, device)
 * Owners, times and other modes do not count. What vanishes meanwhile leaves its name and kind, and
 * so a digest that the directory will not have again. */
#ifndef BASE_LISTING_H
#define BASE_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/digest.h"

struct listing_item {
	size_t rel;        /* offset in text: its path from the directory */
	size_t target;     /* offset in text: of a link its text; 0: none */
	struct digest sum; /* of the content of a file, also of one that a link leads to */
	char type;         /* 'f', 'd', 'l', 'o'; '.' the end of a directory: no path */
	char leads_to;     /* of a link: 'f', 'd', 0 */
	bool has_sum;
	bool is_executable; /* by its owner */
	bool is_linked;     /* behind a link that was followed */
	/* of a file as stat had it when it was read; ino 0: a later change need not show in that */
	uint64_t size, ino;
	int64_t mtime_ns, ctime_ns;
};

/* All zero: nothing. */
struct listing {
	struct listing_item *items;
	size_t count, cap;
	struct buf text; /* NUL-terminated; begins with one NUL */
	/* files that do not lie behind a link, and the bytes in them */
	uint64_t files, bytes;
	bool has_read; /* a file was read: it is not as it was known */
	bool is_timed; /* what stat says is in it */
};

/* Who makes something more of each content, in the same reading (listing_content.h). */
struct listing_reader {
	/* What is to see the next file's content, and hand it on to `also`, which may be NULL. */
	struct digest_watch *(*begin)(struct listing_reader *reader, struct digest_watch *also);
	void (*done)(struct listing_reader *reader, size_t item); /* that was it */
};

/* How a directory is read. All zero: all of it. */
struct listing_how {
	const char *exclude; /* what is left out: see exclude.h */
	bool is_plain;       /* links to directories are not followed, as before format 2 */
	struct digest_watch *watch;
	/* NULL: nobody; else every file is read, whatever is known */
	struct listing_reader *reader;
	/* What was in it at some time: a file of which stat says the same as then is not read. */
	const struct listing *known;
	/* The file system's clock before the reading; 0: not known. Of a file that is older a later
	 * change must show in stat. */
	int64_t now_ns;
};

int listing_read(
	struct listing *out, const char *path, const struct listing_how *how, struct err *err);
const char *listing_text(const struct listing *listing, size_t offset);
/* One that is not read: it begins empty, and gets its entries in the order in which they would be
 * read; rel NULL: a directory ends. NULL: out of memory. */
void listing_begin(struct listing *out);
struct listing_item *listing_add(struct listing *listing, const char *rel, char type);
/* The text of a link is another now. False: out of memory. */
bool listing_retarget(struct listing *listing, size_t item, const char *target);
/* -1 with ENOMEM. is_plain: as of files of which nobody may execute one. */
int listing_digest(const struct listing *listing, bool is_plain, struct digest *out);
/* The order of paths in a listing, as strcmp: a directory before its content, and that before what
 * comes behind it. */
int listing_order(const char *a, const char *b);
/* To bytes and back: what the digest is made of, and what stat said; without counts. False: these
 * are none, or memory ran out; nothing is left to free. */
void listing_pack(const struct listing *listing, struct buf *out);
bool listing_unpack(struct listing *out, const char *data, size_t len);
void listing_free(struct listing *listing);

#endif
