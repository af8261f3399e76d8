/* Waiting for changes of files, by inotify. Directories are watched, not files: one for many files,
 * and a file that an editor replaces is seen as well. */
#ifndef BASE_DIRWATCH_H
#define BASE_DIRWATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dirwatch;
struct err;

struct dirwatch *dirwatch_new(struct err *err); /* NULL: the kernel gives none */
void dirwatch_free(struct dirwatch *watch);     /* NULL is fine */

/* Paths are relative to the current directory, or absolute; normalised. */
/* A file: that it changes, comes or goes, and so does a directory on the way to it. */
void dirwatch_file(struct dirwatch *watch, const char *path);
/* Whatever is in a directory, and with `is_deep` at any depth below it, but for names that
 * `exclude` has (exclude.h; NULL: none). */
void dirwatch_dir(struct dirwatch *watch, const char *path, bool is_deep, const char *exclude);
/* What is at that path or below it does not count, whatever is said of what is around it. */
void dirwatch_ignore(struct dirwatch *watch, const char *path);

int dirwatch_fd(const struct dirwatch *watch);         /* readable when something has happened */
uint32_t dirwatch_count(const struct dirwatch *watch); /* directories */
/* Takes what has happened. The path of the first change that counts, borrowed until the next call;
 * NULL: there was none. *more: how many others. */
const char *dirwatch_read(struct dirwatch *watch, uint32_t *more);
/* What cannot be watched, and why, one line; NULL: there is no such thing. */
const char *dirwatch_missed(const struct dirwatch *watch);

#endif
