/* JSON trees by cJSON, with what it leaves open closed: trailing text and NUL are errors, names are
 * matched with case, depth is limited, numbers are written shortest, files names survive (name.h).
 * The only file that includes cJSON.h is json.c (and users see `struct cJSON` as an opaque
 * node). */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf;
struct err;
typedef struct cJSON json; /* a node; members are read through the functions below */

/* From here on all trees are made of what alloc gives, which free() takes back. One that ends the
 * program when memory runs out saves the callers from taking that for a mistake in the text. Until
 * then malloc. */
void json_memory(void *(*alloc)(size_t size));

/* NULL with err filled ("line N: ...", for the caller to put the file's name before), also for
 * invalid UTF-8, a name that stands twice in an object of the top two levels, over 200 levels of
 * depth, \u0000, numbers that are not finite or over 63 characters. A BOM is passed over. */
json *json_parse(const char *text, size_t len, struct err *err);
void json_free(json *node);
/* Frees a tree where its block ends. */
void json_leave(json **node);
#define JSON_LOCAL __attribute__((cleanup(json_leave)))

/* json_check.c: what a text must be before cJSON may read it, names that stand twice apart. */
#define JSON_DEPTH_MAX 200

int json_check(const char *text, size_t len, struct err *err); /* -1: err says "line N: ..." */
/* The line of the n-th key, from 0, of the top two levels, in a text that has passed. */
unsigned long json_key_line(const char *text, size_t len, size_t n);

/* json_texts.c, for programs without that library: texts[i] is that of the member called names[i]
 * (64 at most), in the arena; NULL: it is not there, or no text. False where json_parse would give
 * NULL, or no object; of names that stand twice only those are looked for. */
bool json_texts(struct arena *arena, const char *text, size_t len, const char *const *names,
	size_t count, const char **texts);

/* Two-space indentation, ": " and ",\n", as Python's json.dumps(indent=2, ensure_ascii=False)
 * writes; integers without a point, other numbers with the fewest digits that read back the
 * same. What need not be a tree is written by json_write.h. */
void json_format(const json *node, struct buf *out);
void json_format_line(const json *node, struct buf *out); /* on one line: {"a": 1, "b": [1, 2]} */

json *json_object(void);
json *json_array(void);
json *json_string(const char *text); /* invalid UTF-8 becomes U+FFFD */
json *json_number(double value);
json *json_true(void);
json *json_null(void);
json *json_copy(const json *node);

/* Adders take ownership of value; with value NULL (out of memory) they do nothing and return
 * false. */
/* Replaces a member of that name in place, else appends. */
bool json_set(json *object, const char *key, json *value);
/* Appends; the caller knows that it is new: O(1). */
bool json_put(json *object, const char *key, json *value);
/* Sets copies of the members of `from`; one called `inner` is merged where both have an object. */
bool json_merge(json *object, const json *from, const char *inner);
bool json_push(json *array, json *value);
bool json_replace(json *array, const json *old, json *value); /* frees old, an element of array */

enum json_kind {
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
};
enum json_kind json_kind(const json *node);

const json *json_get(const json *object, const char *key);     /* NULL if absent or no object */
const char *json_str(const json *node, const char *otherwise); /* borrowed */
double json_num(const json *node, double otherwise);
bool json_is(const json *node, enum json_kind kind); /* false for NULL */
const char *json_get_str(const json *object, const char *key, const char *otherwise);
double json_get_num(const json *object, const char *key, double otherwise);
const json *json_first(const json *container); /* first child; then json_next */
const json *json_next(const json *node);
const char *json_key(const json *node); /* name of a member */
size_t json_count(const json *container);
json *json_detach(json *object, const char *key); /* the member, now the caller's; NULL if absent */

#endif
