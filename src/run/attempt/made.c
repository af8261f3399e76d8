#include "run/attempt/made.h"

#include <errno.h>

#include "base/err.h"
#include "base/listing.h"
#include "run/attempt/named.h"
#include "run/exec/exec.h"

int made_read(const struct launch_made *made, char type, struct named *named,
	struct listing_reader *reader, struct digest *sum, uint64_t *size, struct listing *list,
	struct err *err)
{
	struct digest_watch *watch = made->is_output ? named_watch(named, made->path) : NULL;
	const struct listing_how how = {.watch = watch, .reader = reader};

	switch (type) {
	case 'd':
		if (listing_read(list, made->at, &how, err) == 0)
			return 0;
		if (err->sys == ELOOP) /* a circle of links: the stage's doing */
			err->code = EXIT_STAGE;
		return -1;
	case 'f':
		return digest_file_watched(
			made->at, reader ? reader->begin(reader, watch) : watch, sum, size, err);
	case 'l':
		return 0; /* one that leads nowhere as yet: the head decides */
	default:
		return err_set(err, EXIT_STAGE, "output '%s' is neither a file nor a directory",
			made->path);
	}
}
