/* What a text must be before cJSON may read it: one JSON value as RFC 8259 has it, in valid UTF-8,
 * at most 200 levels deep, without \u0000 and lone surrogates, its numbers finite and under 64
 * bytes. */
#ifndef BASE_JSON_CHECK_H
#define BASE_JSON_CHECK_H

#include <stddef.h>

struct err;

#define JSON_DEPTH_MAX 200

int json_check(const char *text, size_t len, struct err *err); /* -1: err says "line N: ..." */
/* The line of the n-th key, from 0, of the top two levels, in a text that has passed. */
unsigned long json_key_line(const char *text, size_t len, size_t n);

#endif
