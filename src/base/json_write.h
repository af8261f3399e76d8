/* JSON written as it goes into a buffer, without a tree: strings are escaped, numbers have the
 * fewest digits that read back the same (json.h), and what stands between values is the writer's
 * matter.
 *
 *	struct json_writer w = {.out = &text};
 *
 *	json_write_object(&w, NULL);
 *	json_write_str(&w, "state", "done");
 *	json_write_array(&w, "files");
 *	json_write_name(&w, NULL, path);
 *	json_write_end(&w);
 *	json_write_finish(&w);
 *
 * In an object each value has a key; in an array, and at the top, it has none (NULL). A key is
 * valid UTF-8; that it stands only once in its object is the caller's matter. Everything is on one
 * line, {"a": 1, "b": [1, 2]}, unless said otherwise. */
#ifndef BASE_JSON_WRITE_H
#define BASE_JSON_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"

/* more than a tree that was parsed can have, and what we write around it */
#define JSON_LEVELS_MAX 256

struct json_writer {
	struct buf *out; /* borrowed */
	bool is_pretty;  /* each value has a line of its own */
	bool is_flush;   /* such lines begin at the left margin; else with two blanks a level */
	unsigned depth;
	uint8_t level[JSON_LEVELS_MAX]; /* what is open, and what it has so far */
};

/* They open; each has its json_write_end. */
void json_write_object(struct json_writer *w, const char *key);
void json_write_array(struct json_writer *w, const char *key);
/* an array, each value on a line of its own */
void json_write_rows(struct json_writer *w, const char *key);
/* An object at the top, each member on a line of its own; the first is "schema". */
void json_write_document(struct json_writer *w, const char *schema);
void json_write_end(struct json_writer *w);
/* Ends what is open at the top, and the line; the writer can begin anew. */
void json_write_finish(struct json_writer *w);

/* NULL: null; no UTF-8: U+FFFD */
void json_write_str(struct json_writer *w, const char *key, const char *text);
/* len bytes of what a program printed, NUL may be among them; text NULL: null. */
void json_write_output(struct json_writer *w, const char *key, const char *text, size_t len);
/* as name.h has it; NULL: null */
void json_write_name(struct json_writer *w, const char *key, const char *name);
void json_write_num(struct json_writer *w, const char *key, double value);   /* not finite: null */
void json_write_known(struct json_writer *w, const char *key, double value); /* negative: null */
/* the same, to the microsecond */
void json_write_seconds(struct json_writer *w, const char *key, double value);
void json_write_bool(struct json_writer *w, const char *key, bool value);
void json_write_null(struct json_writer *w, const char *key);
void json_write_node(struct json_writer *w, const char *key, const json *node); /* NULL: null */
/* Only the key; the caller appends one value to w->out. */
void json_write_key(struct json_writer *w, const char *key);

#endif
