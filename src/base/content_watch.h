/* The name of a content (content.h), made while its file is read for its digest anyway. */
#ifndef BASE_CONTENT_WATCH_H
#define BASE_CONTENT_WATCH_H

#include "base/content.h"
#include "base/digest.h"

struct content_watch {
	struct digest_watch watch; /* first: it is cast back */
	struct content_hasher *hasher;
	struct digest_watch *also; /* who else wants to see the file; NULL: nobody */
};

/* After sha256_load. For one file after another. */
void content_watch_begin(struct content_watch *watch);
/* What is read next is seen by `also` as well. */
struct digest_watch *content_watch_also(struct content_watch *watch, struct digest_watch *also);
/* Of the file that was read last, to its end. */
struct content content_watch_done(struct content_watch *watch);
void content_watch_end(struct content_watch *watch);

#endif
