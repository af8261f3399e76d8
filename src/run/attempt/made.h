/* Reading what an attempt made: the same where it ran and on the head. */
#ifndef RUN_MADE_H
#define RUN_MADE_H

#include "base/digest.h"

struct launch_made;
struct listing;
struct listing_reader;
struct named;

/* type: as fs_stat has it. Of a file *sum and *size (bytes that were read), of a directory *list
 * (else untouched). EXIT_STAGE: the attempt's doing. reader: who makes something more of
 * the contents; NULL: nobody. */
int made_read(const struct launch_made *made, char type, struct named *named,
	struct listing_reader *reader, struct digest *sum, uint64_t *size, struct listing *list,
	struct err *err);

#endif
