/* The level of a line of a tool's output, by the habits of tools. */
#include <string.h>

#include "base/logline.h"

/* Bytes of a leading "[tool @ 0x55d0c] " as ffmpeg writes, 0 if there is none. */
static size_t tool_prefix(const char *line, size_t len)
{
	const char *close, *at;

	if (len == 0 || line[0] != '[')
		return 0;
	close = memchr(line, ']', len);
	at = close ? memmem(line, (size_t)(close - line), " @ 0x", 5) : NULL;
	if (!at || close + 1 == line + len || close[1] != ' ')
		return 0;
	for (at += 5; at < close; at++) {
		if (!memchr("0123456789abcdefABCDEF", *at, 22))
			return 0;
	}
	return (size_t)(close + 2 - line);
}

struct text {
	const char *at;
	size_t len;
};

static void skip(struct text *text, size_t len)
{
	text->at += len;
	text->len -= len;
}

static bool skip_text(struct text *text, const char *wanted)
{
	size_t len = strlen(wanted);

	if (text->len < len || memcmp(text->at, wanted, len) != 0)
		return false;
	skip(text, len);
	return true;
}

static bool skip_one(struct text *text, const char *bytes)
{
	if (!text->len || !*text->at || !strchr(bytes, *text->at))
		return false;
	skip(text, 1);
	return true;
}

static size_t skip_all(struct text *text, const char *bytes)
{
	size_t len = text->len;

	while (skip_one(text, bytes))
		;
	return len - text->len;
}

#define DIGITS "0123456789"
#define SMALL "abcdefghijklmnopqrstuvwxyz"
#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define BLANKS " \t"

/* "14:09:15", and what a fraction and a zone add */
static bool skip_clock(struct text *text)
{
	if (skip_all(text, DIGITS) != 2 || !skip_text(text, ":") || skip_all(text, DIGITS) != 2 ||
		!skip_text(text, ":") || skip_all(text, DIGITS) != 2)
		return false;
	if (skip_one(text, ".,"))
		skip_all(text, DIGITS);
	if (!skip_text(text, "Z") && skip_one(text, "+-"))
		skip_all(text, DIGITS ":");
	return true;
}

/* "2025-11-27 14:09:15", "[2025/11/27T14:09:15.123Z]", "14:09:15 |": up to the word behind it. */
static bool skip_time(struct text *text)
{
	struct text rest = *text, day;

	skip_text(&rest, "[");
	day = rest;
	if (skip_all(&day, DIGITS) == 4 && skip_one(&day, "-/") && skip_all(&day, DIGITS) == 2 &&
		skip_one(&day, "-/") && skip_all(&day, DIGITS) == 2 && skip_one(&day, " T_"))
		rest = day;
	if (!skip_clock(&rest))
		return false;
	skip_text(&rest, "]");
	if (!skip_all(&rest, BLANKS "-|:"))
		return false;
	*text = rest;
	return true;
}

static struct text next_word(struct text *text)
{
	struct text word = *text;

	word.len = skip_all(text, SMALL CAPITALS);
	return word;
}

static bool is_in_capitals(struct text word)
{
	return skip_all(&word, CAPITALS) && !word.len;
}

/* A level as a word by itself: "ERROR", "[error]", "<warn>", "error:", "level=error". Any case
 * where a sign says that it is one, capitals elsewhere; where may_be_small also then. */
static const enum log_level *level_word(struct text *text, bool may_be_small)
{
	struct text word;
	bool is_framed = skip_one(text, "[<(|");
	bool is_value = skip_text(text, "level=") || skip_text(text, "severity=");

	if (is_value)
		skip_text(text, "\"");
	word = next_word(text);
	const enum log_level *found = log_word_level(word.at, word.len);
	if (!found)
		return NULL;
	if (is_framed)
		return skip_one(text, "]>)|") ? found : NULL;
	if (is_value)
		return !text->len || skip_one(text, "\"" BLANKS) ? found : NULL;
	if (!text->len || skip_one(text, ":]="))
		return found;
	if (skip_one(text, "[")) { /* "error[E0308]: mismatched types", "WARN[0000] " */
		bool has_code = skip_all(text, SMALL CAPITALS DIGITS "_:-") && skip_one(text, "]");
		bool is_said = has_code && text->len &&
			       (*text->at == ':' || (*text->at == ' ' && is_in_capitals(word)));
		return is_said ? found : NULL;
	}
	return skip_one(text, BLANKS) && (may_be_small || is_in_capitals(word)) ? found : NULL;
}

/* Loggers write names between time and level: "- root - ERROR -", "[main] WARN". */
static const enum log_level *level_behind_time(struct text text)
{
	for (int i = 0; i < 4 && text.len; i++) {
		struct text word = text;
		const enum log_level *found = level_word(&word, false);
		if (found)
			return found;
		while (text.len && !strchr(BLANKS, *text.at))
			skip(&text, 1);
		skip_all(&text, BLANKS);
	}
	return NULL;
}

/* "ValueError: bad", "urllib.error.HTTPError: 404", "UserWarning: old" */
static bool is_exception(struct text text, enum log_level *level)
{
	const char *begin = text.at;

	skip_all(&text, SMALL CAPITALS DIGITS "_.");
	size_t len = (size_t)(text.at - begin);
	bool is_warning = len > 7 && memcmp(begin + len - 7, "Warning", 7) == 0;
	bool is_error = (len > 5 && memcmp(begin + len - 5, "Error", 5) == 0) ||
			(len > 9 && memcmp(begin + len - 9, "Exception", 9) == 0);
	if (!text.len || *text.at != ':' || !(is_warning || is_error))
		return false;
	*level = is_warning ? LOG_WARNING : LOG_ERROR;
	return true;
}

/* What stands behind "x.c:3:5: ", "ld: ", "bash: line 5: ": a level with its colon, or an
 * exception's name. */
static bool level_behind_place(struct text text, enum log_level *level)
{
	size_t len = text.len;

	while (text.len && !strchr(BLANKS, *text.at))
		skip(&text, 1);
	if (!text.len || text.len == len || text.at[-1] != ':')
		return false;
	skip_all(&text, BLANKS);
	struct text line = text;
	if (skip_text(&line, "line ") && skip_all(&line, DIGITS) && skip_text(&line, ": "))
		text = line;
	if (is_exception(text, level))
		return true;
	skip_text(&text, "fatal ");
	struct text word = next_word(&text);
	const enum log_level *found = log_word_level(word.at, word.len);
	if (!found || !text.len || *text.at != ':')
		return false;
	*level = *found;
	return true;
}

/* What is said by one tool, or one kind of tool. */
static const struct saying {
	const char *begin;
	enum log_level level;
} sayings[] = {
	{"fatal error:", LOG_ERROR},
	{"make: ***", LOG_ERROR},
	{"Segmentation fault", LOG_ERROR},
	{"Exception in thread ", LOG_ERROR}, /* Java */
	{"Error in ", LOG_ERROR},            /* R */
	{"Warning in ", LOG_WARNING},
	{"Warning message", LOG_WARNING},
	{"CMake Error", LOG_ERROR},
	{"CMake Warning", LOG_WARNING},
	{"npm ERR!", LOG_ERROR},
	{"npm WARN", LOG_WARNING},
	{"[E::", LOG_ERROR}, /* htslib: samtools, bwa */
	{"[W::", LOG_WARNING},
};

static bool level_of_saying(struct text text, enum log_level *level)
{
	for (size_t i = 0; i < sizeof sayings / sizeof *sayings; i++) {
		if (!skip_text(&text, sayings[i].begin))
			continue;
		*level = sayings[i].level;
		return true;
	}
	return false;
}

/* "W0101 12:00:00.123456 17 x.cc:3] ", of Google's logging. */
static bool level_of_glog(struct text text, enum log_level *level)
{
	static const char letters[] = "IWEF";
	static const enum log_level levels[] = {LOG_INFO, LOG_WARNING, LOG_ERROR, LOG_ERROR};
	const char *letter = text.len && *text.at ? strchr(letters, *text.at) : NULL;

	if (!letter)
		return false;
	skip(&text, 1);
	size_t digits = skip_all(&text, DIGITS);
	if ((digits != 4 && digits != 8) || !skip_all(&text, BLANKS) || !skip_clock(&text))
		return false;
	*level = levels[letter - letters];
	return true;
}

/* {"level": "warning", ...}, or time=... level=warning msg=... */
static const enum log_level *level_among_fields(struct text text)
{
	static const char *const keys[] = {
		"\"level\":", "\"severity\":", " level=", " lvl=", " severity="};
	bool is_json = text.len && *text.at == '{';

	if (!is_json && !skip_text(&text, "time=") && !skip_text(&text, "ts=") &&
		!skip_text(&text, "t="))
		return NULL;
	for (size_t i = is_json ? 0 : 2; i < (is_json ? 2 : 5); i++) {
		const char *at = memmem(text.at, text.len, keys[i], strlen(keys[i]));
		if (!at)
			continue;
		struct text value = text;
		skip(&value, (size_t)(at - text.at) + strlen(keys[i]));
		skip_all(&value, BLANKS "\"");
		struct text word = next_word(&value);
		return log_word_level(word.at, word.len);
	}
	return NULL;
}

enum log_level log_guess(const char *line, size_t len)
{
	struct text text = {line, len};
	size_t tool = tool_prefix(line, len);
	const enum log_level *found;
	enum log_level level;

	skip(&text, tool);
	if (skip_time(&text))
		found = level_behind_time(text);
	else
		found = level_word(&(struct text){text.at, text.len}, tool != 0);
	if (!found && !tool)
		found = level_among_fields(text);
	if (found)
		return *found;
	if (level_of_saying(text, &level) || level_of_glog(text, &level))
		return level;
	return text.len && (is_exception(text, &level) || level_behind_place(text, &level))
		       ? level
		       : LOG_INFO;
}
