/* The records of job files: for jobfile.c only.
 *
 * They are gone through in one order by one function for both ways: writing, it is given a value
 * and gives it back; reading, it gives what is there, and from the first mistake on nothing. */
#ifndef RUN_JOBFILE_WALK_H
#define RUN_JOBFILE_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf;
struct err;

struct walk {
	struct buf *out; /* NULL: reading */
	struct arena *arena;
	const char *path, *start, *at, *end;
	struct err *err;
	bool has_failed;
};

/* Reading: is it whole, and of the format that its first line says? Then its records come. */
bool walk_begin(struct walk *walk, const char *first_line);
/* 0, or -1 with err: of all that was read. */
int walk_finish(struct walk *walk);
/* Writing: the last line, of what begins at `start`. */
void walk_write_end(struct buf *out, size_t start);

void walk_fail(struct walk *walk, const char *what);
/* Any bytes; NULL: none at all. Borrowed. */
const char *walk_read(struct walk *walk, const char *name, size_t *len);
void walk_write(struct walk *walk, const char *name, const char *value, size_t len);

const char *walk_text(struct walk *walk, const char *name, const char *value); /* NULL: none */
const char *walk_must(struct walk *walk, const char *name, const char *value);
int64_t walk_number(struct walk *walk, const char *name, int64_t value, int64_t min, int64_t max);
bool walk_truth(struct walk *walk, const char *name, bool value);
double walk_real(struct walk *walk, const char *name, double value);
/* How many come: no more than have room in what is left. */
uint32_t walk_count(struct walk *walk, const char *name, size_t value);
/* A list that NULL ends. */
char **walk_texts(struct walk *walk, const char *name, char *const *values, size_t *found);

#endif
