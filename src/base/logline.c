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

const enum log_level *log_word_level(const char *text, size_t len)
{
	const struct word *word = find_word(text, len);

	return word ? &word->level : NULL;
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
