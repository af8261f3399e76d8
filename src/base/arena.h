/* Memory that is given back all at once. Nothing inside is freed one by one. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena {
	struct arena_block *head;
};

void *arena_alloc(struct arena *arena, size_t size); /* zeroed, aligned for any type */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t len);
char *arena_fmt(struct arena *arena, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Empty, with its newest block kept for what comes next: for memory that is used again and
 * again. */
void arena_reset(struct arena *arena);
void arena_free(struct arena *arena); /* the arena is empty and usable afterwards */
/* Behind the name of a local arena: it is freed where its block ends, whichever way that is. */
#define ARENA_LOCAL __attribute__((cleanup(arena_free)))

#endif
