#include "base/logline.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/clock.h"

static const struct word {
	const char *text;
	enum log_level level;
	bool is_name; /* also the name of a level, not only a word that tools use */
} words[] = {
	{"debug", LOG_DEBUG, true},
	{"info", LOG_INFO, true},
	{"warning", LOG_WARNING, true},
	{"warn", LOG_WARNING, true},
	{"error", LOG_ERROR, true},
	{"critical", LOG_ERROR, true},
	{"fatal", LOG_ERROR, true},
	{"panic", LOG_ERROR, false},
	{"trace", LOG_DEBUG, false},
	{"verbose", LOG_DEBUG, false},
};

static const struct word *find_word(const char *text, size_t len)
{
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (strlen(words[i].text) == len && strncasecmp(words[i].text, text, len) == 0)
			return &words[i];
	}
	return NULL;
}

const char *log_level_name(enum log_level level)
{
	static const char *const names[] = {"DEBUG", "INFO", "WARNING", "ERROR"};

	return names[level];
}

int log_level_parse(const char *text, enum log_level *out)
{
	const struct word *word = find_word(text, strlen(text));

	if (!word || !word->is_name)
		return -1;
	*out = word->level;
	return 0;
}

void log_prefix(struct buf *out, int64_t wall_ns, const char *name, enum log_level level)
{
	char time[CLOCK_LOG_SIZE];

	clock_log(wall_ns, time);
	buf_char(out, '[');
	buf_str(out, time);
	buf_str(out, "] [");
	buf_str(out, name);
	buf_str(out, "] [");
	buf_str(out, log_level_name(level));
	buf_str(out, "] ");
}

void log_line(struct buf *out, int64_t wall_ns, const char *name, enum log_level level,
	const char *message, size_t len)
{
	const char *end = message + len;

	do {
		const char *newline = memchr(message, '\n', (size_t)(end - message));
		size_t n = (size_t)((newline ? newline : end) - message);
		log_prefix(out, wall_ns, name, level);
		if (n > 0)
			buf_add(out, message, n);
		else if (out->len > 0 && !out->failed)
			out->len--; /* the blank before nothing; the newline takes its place */
		buf_char(out, '\n');
		message += n + (newline != NULL);
	} while (message < end);
}

/* "2025-11-27 14:09:15" as 20251127140915, -1 if it is no such text. */
static int64_t parse_time(const char *text)
{
	static const char form[] = "dddd-dd-dd dd:dd:dd";
	int64_t time = 0;

	for (size_t i = 0; form[i]; i++) {
		if (form[i] != 'd') {
			if (text[i] != form[i])
				return -1;
			continue;
		}
		if (text[i] < '0' || text[i] > '9')
			return -1;
		time = time * 10 + (text[i] - '0');
	}
	return time;
}

/* The level between text and the next ']', -1 if that is no level. */
static int parse_level(const char *text, size_t len, enum log_level *level, size_t *word_len)
{
	char word[16];
	const char *close = memchr(text, ']', len < sizeof word ? len : sizeof word);

	if (!close)
		return -1;
	*word_len = (size_t)(close - text);
	memcpy(word, text, *word_len);
	word[*word_len] = '\0';
	return log_level_parse(word, level);
}

bool log_parse(const char *line, size_t len, struct log_head *out)
{
	const size_t time_len = strlen("[2025-11-27 14:09:15]");
	const char *at, *end;
	size_t word_len;

	if (len > LOG_HEAD_MAX)
		len = LOG_HEAD_MAX;
	if (len < time_len + 2 || line[0] != '[' || memcmp(line + time_len - 1, "] [", 3) != 0)
		return false;
	out->time = parse_time(line + 1);
	if (out->time < 0)
		return false;
	end = line + len;
	out->name = at = line + time_len + 2;
	while ((at = memmem(at, (size_t)(end - at), "] [", 3))) {
		if (parse_level(at + 3, (size_t)(end - at) - 3, &out->level, &word_len) == 0) {
			out->name_len = (size_t)(at - out->name);
			out->len = (size_t)(at - line) + 3 + word_len + 1;
			out->len += out->len < len && line[out->len] == ' ';
			return true;
		}
		at += 2;
	}
	return false;
}

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
static const struct word *level_word(struct text *text, bool may_be_small)
{
	struct text word;
	bool is_framed = skip_one(text, "[<(|");
	bool is_value = skip_text(text, "level=") || skip_text(text, "severity=");

	if (is_value)
		skip_text(text, "\"");
	word = next_word(text);
	const struct word *found = find_word(word.at, word.len);
	if (!found)
		return NULL;
	if (is_framed)
		return skip_one(text, "]>)|") ? found : NULL;
	if (is_value)
		return !text->len || skip_one(text, "\"" BLANKS) ? found : NULL;
	if (!text->len || skip_one(text, ":]="))
		return found;
	return skip_one(text, BLANKS) && (may_be_small || is_in_capitals(word)) ? found : NULL;
}

/* Loggers write names between time and level: "- root - ERROR -", "[main] WARN". */
static const struct word *level_behind_time(struct text text)
{
	for (int i = 0; i < 4 && text.len; i++) {
		struct text word = text;
		const struct word *found = level_word(&word, false);
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

/* What stands behind "x.c:3:5: ", "ld: ": a level with its colon, or an exception's name. */
static bool level_behind_place(struct text text, enum log_level *level)
{
	size_t len = text.len;

	while (text.len && !strchr(BLANKS, *text.at))
		skip(&text, 1);
	if (!text.len || text.len == len || text.at[-1] != ':')
		return false;
	skip_all(&text, BLANKS);
	if (is_exception(text, level))
		return true;
	skip_text(&text, "fatal ");
	struct text word = next_word(&text);
	const struct word *found = find_word(word.at, word.len);
	if (!found || !text.len || *text.at != ':')
		return false;
	*level = found->level;
	return true;
}

enum log_level log_guess(const char *line, size_t len)
{
	struct text text = {line, len};
	size_t tool = tool_prefix(line, len);
	const struct word *found;
	enum log_level level;

	skip(&text, tool);
	if (skip_time(&text))
		found = level_behind_time(text);
	else
		found = level_word(&(struct text){text.at, text.len}, tool != 0);
	if (found)
		return found->level;
	if (skip_text(&text, "fatal error:") || skip_text(&text, "Error in ") /* R */ ||
		skip_text(&text, "make: ***"))
		return LOG_ERROR;
	return text.len && (is_exception(text, &level) || level_behind_place(text, &level))
		       ? level
		       : LOG_INFO;
}
