/* Paths as text: nothing here looks at the disk. Paths are bytes; '/' separates. */
#ifndef BASE_PATH_H
#define BASE_PATH_H

#include <stdbool.h>

struct arena;

/* Lexically normal form: no "." component, no "//", no trailing '/', ".." folded where a name
 * stands before it. "" becomes ".". "a/../../b" becomes "../b"; "/.." becomes "/". */
char *path_norm(struct arena *arena, const char *path);
/* `path` if it is absolute, else dir/path; normalised. */
char *path_join(struct arena *arena, const char *dir, const char *path);
/* Is `path` dir itself or below it? Both normalised. dir "." holds every relative path without
 * "..". */
bool path_is_under(const char *dir, const char *path);
/* The part of `path` below dir ("" for dir itself), or NULL if it is not below. Borrowed. */
const char *path_below(const char *dir, const char *path);

/* The relative path that leads from the directory `from` to `to`; both are normalised, and relative
 * to one place or absolute. "." for the directory itself. */
char *path_relative(struct arena *arena, const char *from, const char *to);

/* After the last '/'; borrowed. */
const char *path_base(const char *path);
/* Before the last '/', "." if there is none. */
char *path_dir(struct arena *arena, const char *path);
/* The base without its last extension; ".x" and "x." have none. */
char *path_stem(struct arena *arena, const char *path);
/* The last extension without its dot, "" if there is none; borrowed. */
const char *path_ext(const char *path);

#endif
