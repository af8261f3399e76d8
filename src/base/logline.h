/* The one form of a log line: "[2025-11-27 14:09:15] [name] [LEVEL] message". */
#ifndef BASE_LOGLINE_H
#define BASE_LOGLINE_H

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

/* Appends "[time] [name] [LEVEL] " */
void log_prefix(struct buf *out, int64_t wall_ns, const char *name, enum log_level level);
/* Appends prefix, message and newline; each line of a message of several lines has the prefix. An
 * empty message ends without a trailing blank. */
void log_line(struct buf *out, int64_t wall_ns, const char *name, enum log_level level,
	const char *message, size_t len);

/* The level of a line of a tool's output: after an optional "[tool @ 0x...] ", a first word such as
 * error, fatal, critical, warning, warn, debug, info, in any case, followed by ':' or ']' or a
 * blank or the end, or in brackets ("[error] ..."); LOG_INFO otherwise. */
enum log_level log_guess(const char *line, size_t len);

#endif
