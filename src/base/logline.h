/* The one form of a log line: "[2025-11-27 14:09:15] [name] [LEVEL] message". */
#ifndef BASE_LOGLINE_H
#define BASE_LOGLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

enum log_level {
	LOG_DEBUG,
	LOG_INFO,
	LOG_WARNING,
	LOG_ERROR,
};

const char *log_level_name(enum log_level level); /* "DEBUG" ... */
/* Any case; WARN, CRITICAL, FATAL too; -1 if unknown. */
int log_level_parse(const char *text, enum log_level *out);

/* That of a word that tools use for one ("panic"), in any case; NULL: it is none. */
const enum log_level *log_word_level(const char *text, size_t len);

/* Appends "[time] [name] [LEVEL] " */
void log_prefix(struct buf *out, int64_t wall_ns, const char *name, enum log_level level);
/* Appends prefix, message and newline; each line of a message of several lines has the prefix. An
 * empty message ends without a trailing blank. */
void log_line(struct buf *out, int64_t wall_ns, const char *name, enum log_level level,
	const char *message, size_t len);

/* What stands before the message of a line. */
struct log_head {
	int64_t time;     /* 20251127140915: orders as the times do */
	const char *name; /* in the line; a stage's name may hold anything, "] [" too */
	size_t name_len;
	enum log_level level;
	size_t len; /* up to the message */
};

#define LOG_HEAD_MAX ((size_t)1024) /* a line whose head is longer has none */

/* False if the line does not begin so. Looks at LOG_HEAD_MAX bytes at most. */
bool log_parse(const char *line, size_t len, struct log_head *out);

/* The level of a line of a tool's output, by the habits of tools. A level's word (error, fatal,
 * critical, panic, warning, warn, debug, trace, info) counts at the beginning, behind a time or
 * behind "[tool @ 0x...] ": in any case with ':', ']' or '=' or by itself, else in capitals. So do
 * "file:3:5: error:", "program: fatal:", names of exceptions ("ValueError: bad"), fields
 * (time=... level=error, {"level": "error"}) and what some tools write in their own way. LOG_INFO
 * otherwise: "Error rate: 0.03" is a result. */
enum log_level log_guess(const char *line, size_t len);

#endif
