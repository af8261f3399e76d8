#include "base/content_watch.h"

static bool see(struct digest_watch *watch, const char *data, size_t len, bool is_first)
{
	struct content_watch *own = (struct content_watch *)watch;

	if (is_first) /* a reading before may have ended early */
		content_hasher_done(own->hasher);
	content_hasher_add(own->hasher, data, len);
	if (own->also && !own->also->see(own->also, data, len, is_first))
		own->also = NULL;
	return true;
}

void content_watch_begin(struct content_watch *watch)
{
	*watch = (struct content_watch){.watch.see = see, .hasher = content_hasher_new()};
}

struct digest_watch *content_watch_also(struct content_watch *watch, struct digest_watch *also)
{
	watch->also = also;
	return &watch->watch;
}

struct content content_watch_done(struct content_watch *watch)
{
	return content_hasher_done(watch->hasher);
}

void content_watch_end(struct content_watch *watch)
{
	content_hasher_free(watch->hasher);
}
