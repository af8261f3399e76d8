/* The command line of the program `stageio`. */
#ifndef STAGEIO_PROGRAM_ARGS_H
#define STAGEIO_PROGRAM_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "stageio.h"

enum arg_option {
	ARG_STAGE,
	ARG_JOB_DIR,
	ARG_TYPE,
	ARG_LABEL,
	ARG_RETAINED,
	ARG_REASON,
	ARG_FROM,
	ARG_EXCEPTION_TYPE,
	ARG_DETAIL,
	ARG_QUANTITY,
	ARG_UNIT,
	ARG_SHIM,
	ARG_COUNT,
};

#define ARG_BIT(option) (1u << (option))

struct args {
	const char *option[ARG_COUNT]; /* NULL: not given */
	char **words;                  /* what is no option; in argv */
	size_t word_count;
	stageio_field *fields; /* made of words, by those commands that have some */
	size_t field_count;
	char *message; /* the same */
	bool wants_help, wants_version;
};

/* Reads argv[*at ...]: options of the set `allowed`, and words, until `word_limit` words are there;
 * what is behind that, or behind "--", is taken as words whatever it looks like. Words are moved to
 * the front of argv + *at. False after a message. */
bool args_read(
	struct args *args, int argc, char **argv, int at, unsigned allowed, size_t word_limit);

/* "key=value" (numbers, true, false and null are what they are in JSON, all else is text) or
 * "key:=JSON". The '=' in the word is overwritten, fields[i] refer to the words. False after a
 * message. */
bool args_fields(char **words, size_t count, stageio_field *fields);

/* "stageio: " and the message, on stderr; false. */
bool args_complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
