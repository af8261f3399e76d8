#include "stageio/program/args.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const option_names[ARG_COUNT] = {
	[ARG_STAGE] = "stage",
	[ARG_JOB_DIR] = "job-dir",
	[ARG_TYPE] = "type",
	[ARG_LABEL] = "label",
	[ARG_RETAINED] = "retained",
	[ARG_REASON] = "reason",
	[ARG_FROM] = "from",
	[ARG_EXCEPTION_TYPE] = "exception-type",
	[ARG_DETAIL] = "detail",
	[ARG_QUANTITY] = "quantity",
	[ARG_UNIT] = "unit",
	[ARG_SHIM] = "shim",
};

bool args_complain(const char *fmt, ...)
{
	va_list args;

	fputs("stageio: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	return false;
}

/* The option that `text` (behind "--") begins with a name of, up to its end or '='. */
static int find_option(const char *text, unsigned allowed)
{
	size_t len = strcspn(text, "=");

	for (int i = 0; i < ARG_COUNT; i++) {
		if ((allowed & ARG_BIT(i)) && strlen(option_names[i]) == len &&
			memcmp(option_names[i], text, len) == 0)
			return i;
	}
	return -1;
}

bool args_read(
	struct args *args, int argc, char **argv, int at, unsigned allowed, size_t word_limit)
{
	bool only_words = false;

	args->words = argv + at;
	args->word_count = 0;
	for (; at < argc; at++) {
		char *text = argv[at];
		if (only_words || text[0] != '-' || !text[1]) {
			args->words[args->word_count++] = text;
			if (!only_words && args->word_count >= word_limit) {
				only_words = true;
				at += at + 1 < argc && strcmp(argv[at + 1], "--") == 0;
			}
			continue;
		}
		if (strcmp(text, "--") == 0) {
			only_words = true;
			continue;
		}
		if (strcmp(text, "--help") == 0 || strcmp(text, "-h") == 0) {
			args->wants_help = true;
			continue;
		}
		if (strcmp(text, "--version") == 0) {
			args->wants_version = true;
			continue;
		}
		int option = strncmp(text, "--", 2) == 0 ? find_option(text + 2, allowed) : -1;
		if (option < 0)
			return args_complain(
				"unknown option '%s'; words that begin with '-' go behind --",
				text);
		char *value = strchr(text, '=');
		if (!value && at + 1 == argc)
			return args_complain("option '%s' needs a value", text);
		args->option[option] = value ? value + 1 : argv[++at];
	}
	return true;
}

static const char *skip_digits(const char *text)
{
	while (isdigit((unsigned char)*text))
		text++;
	return text;
}

/* A number as JSON writes it. Integers beyond 2^53 would lose digits: they stay text. */
static bool is_number(const char *text)
{
	const char *at = text + (*text == '-'), *digits = at, *end = skip_digits(at);
	bool is_integer = true;

	if (end == digits || (*digits == '0' && end > digits + 1))
		return false;
	if (*end == '.') {
		const char *fraction = end + 1;
		end = skip_digits(fraction);
		if (end == fraction)
			return false;
		is_integer = false;
	}
	if (*end == 'e' || *end == 'E') {
		const char *exponent = end + 1 + (end[1] == '-' || end[1] == '+');
		end = skip_digits(exponent);
		if (end == exponent)
			return false;
		is_integer = false;
	}
	if (*end || end - text > 60)
		return false;
	if (!is_integer)
		return true;
	return end - digits < 16 || (end - digits == 16 && strcmp(digits, "9007199254740992") <= 0);
}

static bool is_json_word(const char *text)
{
	return strcmp(text, "true") == 0 || strcmp(text, "false") == 0 ||
	       strcmp(text, "null") == 0 || is_number(text);
}

bool args_fields(char **words, size_t count, stageio_field *fields)
{
	for (size_t i = 0; i < count; i++) {
		char *equals = strchr(words[i], '=');
		if (!equals || equals == words[i])
			return args_complain("expected KEY=VALUE, not '%s'", words[i]);
		bool is_json = equals[-1] == ':' && equals - 1 > words[i];
		equals[is_json ? -1 : 0] = '\0';
		fields[i] = (stageio_field)STAGEIO_STR(words[i], equals + 1);
		if (is_json || is_json_word(equals + 1))
			fields[i].kind = STAGEIO_KIND_JSON;
	}
	return true;
}
