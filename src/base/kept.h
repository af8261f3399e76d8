/* A file of rows that are worth keeping, and no loss: each row is as long as the others, begins
 * with the digest that it is found by, and ends with one of all before it, which tells damage.
 * Whatever cannot be read or written is left out. */
#ifndef BASE_KEPT_H
#define BASE_KEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/table.h"

struct kept_form {
	const char *magic; /* what the file begins with */
	size_t row_size;
	uint32_t spare; /* so many rows that are of no use now may stay */
};

struct kept {
	const struct kept_form *form;
	struct table table; /* key -> its row */
	char *rows;
	bool *is_used; /* by row, as the caller says; as has_new */
	uint32_t count, cap;
	bool has_new;
};

void kept_read(struct kept *kept, const char *path);
/* The row's place, or NONE. */
uint32_t kept_find(const struct kept *kept, const struct digest *key);
const void *kept_row(const struct kept *kept, uint32_t at);
/* Takes the row in, its last digest apart, in place of one with its key; *at: its place. False: it
 * was there already. */
bool kept_put(struct kept *kept, const void *row, uint32_t *at);
/* Replaces the file of that name, if there is anything new: by the rows that are used, and the
 * others if these are not too many. */
void kept_write(struct kept *kept, int dir_fd, const char *name);
void kept_free(struct kept *kept);

#endif
