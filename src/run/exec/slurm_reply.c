#include "run/exec/slurm_reply.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

#define SENTENCE_MAX 300 /* bytes */

static size_t count_digits(const char *text)
{
	return strspn(text, "0123456789");
}

bool slurm_read_submitted(const char *out, char job[SLURM_JOB_SIZE])
{
	/* A plugin of the site may have written lines of its own before it. */
	for (const char *line = out; *line;) {
		size_t digits = count_digits(line), len = strcspn(line, "\n");
		if (digits && digits < SLURM_JOB_SIZE && strchr(";\n", line[digits])) {
			memcpy(job, line, digits);
			job[digits] = '\0';
			return true;
		}
		line += len + (line[len] == '\n');
	}
	return false;
}

static bool has_any(const char *text, const char *const *phrases)
{
	for (; *phrases; phrases++) {
		if (strstr(text, *phrases))
			return true;
	}
	return false;
}

bool slurm_is_silence(const char *text)
{
	static const char *const phrases[] = {"ocket timed out", "nable to contact", "ommunication",
		"onnection", "Transport endpoint", "Zero Bytes", "nsufficient data",
		"Unexpected message", "Protocol authentication", "Munge", "munge",
		"nable to process configuration file", "configuration source", "annot stat file",
		"in standby mode", "Interrupted system call", NULL};

	return has_any(text, phrases);
}

enum slurm_failure slurm_judge_failure(const char *text)
{
	/* What is said of what was asked for; all else is about asking. */
	static const char *const refused[] = {"Batch job submission failed", "unrecognized option",
		"invalid option", "nvalid", "requires an argument", "llegal", "cannot start",
		"fatal: ", NULL};
	static const char *const too_many[] = {"emporarily", "job submit limit", "MaxSubmitJob",
		"ob count", "Too many", "ate limit", "not accepting", NULL};

	if (strstr(text, "Invalid job array specification"))
		return SLURM_TOO_LARGE;
	if (slurm_is_silence(text))
		return SLURM_UNSURE;
	if (has_any(text, too_many))
		return SLURM_TOO_MANY;
	return has_any(text, refused) ? SLURM_REFUSED : SLURM_UNSURE;
}

/* Without the program's name in front of it. */
static const char *skip_source(const char *line)
{
	static const char *const sources[] = {
		"sbatch: error: ", "sbatch: fatal: ", "sbatch: ", "slurmstepd: error: ", NULL};

	for (size_t i = 0; sources[i]; i++) {
		if (text_starts(line, sources[i]))
			return line + strlen(sources[i]);
	}
	return line;
}

void slurm_add_sentence(struct buf *out, const char *text)
{
	size_t before = out->len;

	for (const char *line = text; *line;) {
		size_t len = strcspn(line, "\n"), next = len + (line[len] == '\n');
		const char *said = skip_source(line);
		size_t rest = len - (size_t)(said - line);
		/* "Try ... for more information" */
		if (rest && !text_starts(said, "Try ") && out->len - before < SENTENCE_MAX) {
			buf_str(out, out->len > before ? "; " : "");
			text_add_printable(out, said, rest < SENTENCE_MAX ? rest : SENTENCE_MAX);
		}
		line += next;
	}
}

static const struct {
	const char *word;
	enum slurm_state state;
} words[] = {
	/* The first of each state is its name. */
	{"COMPLETED", SLURM_COMPLETED},
	{"FAILED", SLURM_FAILED},
	{"CANCELLED", SLURM_CANCELLED},
	{"TIMEOUT", SLURM_TIMEOUT},
	{"DEADLINE", SLURM_TIMEOUT},
	{"NODE_FAIL", SLURM_NODE_FAIL},
	{"PREEMPTED", SLURM_PREEMPTED},
	{"REVOKED", SLURM_PREEMPTED},
	{"BOOT_FAIL", SLURM_BOOT_FAIL},
	{"OUT_OF_MEMORY", SLURM_OUT_OF_MEMORY},
	{"PENDING", SLURM_PENDING},
	{"REQUEUED", SLURM_PENDING},
	{"REQUEUE_FED", SLURM_PENDING},
	{"REQUEUE_HOLD", SLURM_HELD},
	{"SPECIAL_EXIT", SLURM_HELD},
	{"RESV_DEL_HOLD", SLURM_PENDING},
	{"CONFIGURING", SLURM_PENDING},
	{"RUNNING", SLURM_RUNNING},
	{"RESIZING", SLURM_RUNNING},
	{"SIGNALING", SLURM_RUNNING},
	{"STAGE_OUT", SLURM_ENDING},
	{"STOPPED", SLURM_RUNNING},
	{"SUSPENDED", SLURM_RUNNING},
	{"COMPLETING", SLURM_ENDING},
};

enum slurm_state slurm_read_state(const char *word, size_t len)
{
	/* "CANCELLED by 1000", "CANCELLED+" */
	size_t n = 0;

	while (n < len && (isupper((unsigned char)word[n]) || word[n] == '_'))
		n++;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (strlen(words[i].word) == n && memcmp(words[i].word, word, n) == 0)
			return words[i].state;
	}
	return SLURM_MISSING;
}

bool slurm_is_over(enum slurm_state state)
{
	return state >= SLURM_COMPLETED && state <= SLURM_OUT_OF_MEMORY;
}

const char *slurm_state_name(enum slurm_state state)
{
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (words[i].state == state)
			return words[i].word;
	}
	return "";
}

/* What goes on to the next '|' of the line. */
static bool take_field(const char **at, const char *end, const char **field, size_t *len)
{
	const char *bar = memchr(*at, '|', (size_t)(end - *at));

	*field = *at;
	*len = (size_t)((bar ? bar : end) - *at);
	*at = bar ? bar + 1 : end;
	return bar != NULL;
}

static bool copy_number(const char *field, size_t len, char job[SLURM_JOB_SIZE])
{
	if (len == 0 || len >= SLURM_JOB_SIZE)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!isdigit((unsigned char)field[i]))
			return false;
	}
	memcpy(job, field, len);
	job[len] = '\0';
	return true;
}

static int64_t read_seconds(const char *field, size_t len)
{
	int64_t seconds = 0;

	if (len > 12)
		return 0;
	for (size_t i = 0; i < len; i++) {
		if (!isdigit((unsigned char)field[i]))
			return 0;
		seconds = seconds * 10 + (field[i] - '0');
	}
	return seconds < INT64_MAX / 1000000000 ? seconds * 1000000000 : 0;
}

/* "launch failed requeued held", "JobHeldUser": nothing will start it. */
static bool is_held(const struct slurm_line *line)
{
	static const char held[] = "launch failed requeued held", old[] = "launch_failed_requeued";

	return (line->reason_len == sizeof held - 1 &&
		       memcmp(line->reason, held, sizeof held - 1) == 0) ||
	       (line->reason_len >= sizeof old - 1 &&
		       memcmp(line->reason, old, sizeof old - 1) == 0);
}

static bool read_line(const char *at, const char *end, struct slurm_line *line)
{
	const char *job, *started;
	size_t job_len, started_len;

	*line = (struct slurm_line){0};
	if (!take_field(&at, end, &job, &job_len) ||
		!take_field(&at, end, &line->indices, &line->indices_len) ||
		!take_field(&at, end, &line->state_word, &line->state_len) ||
		!take_field(&at, end, &line->reason, &line->reason_len) ||
		!take_field(&at, end, &line->host, &line->host_len) ||
		!take_field(&at, end, &started, &started_len) ||
		!copy_number(job, job_len, line->job))
		return false;
	line->name = at;
	line->name_len = (size_t)(end - at);
	line->state = slurm_read_state(line->state_word, line->state_len);
	line->started_ns = read_seconds(started, started_len);
	if (line->state == SLURM_MISSING && line->state_len)
		line->state = SLURM_ENDING; /* it is there, and what it does nobody knows */
	if (line->state == SLURM_PENDING && is_held(line))
		line->state = SLURM_HELD;
	return true;
}

bool slurm_next_line(const char **text, struct slurm_line *line)
{
	while (**text) {
		const char *begin = *text, *end = begin + strcspn(begin, "\n");
		*text = end + (*end == '\n');
		if (read_line(begin, end, line))
			return true;
	}
	return false;
}

static bool take_number(const char **at, const char *end, uint32_t *number)
{
	const char *p = *at;
	uint32_t value = 0;

	while (p < end && isdigit((unsigned char)*p) && value < UINT32_MAX / 16)
		value = value * 10 + (uint32_t)(*p++ - '0');
	if (p == *at)
		return false;
	*number = value;
	*at = p;
	return true;
}

bool slurm_next_range(const char **text, const char *end, uint32_t *first, uint32_t *last)
{
	uint32_t step;

	while (*text < end && (**text == '[' || **text == ','))
		++*text;
	if (!take_number(text, end, first))
		return false;
	*last = *first;
	if (*text < end && **text == '-') {
		++*text;
		if (!take_number(text, end, last))
			return false;
	}
	if (*text < end && **text == ':') {
		++*text;
		take_number(text, end, &step);
	}
	return true;
}

bool slurm_next_account(const char **text, char job[2 * SLURM_JOB_SIZE], enum slurm_state *state)
{
	while (**text) {
		const char *begin = *text, *end = begin + strcspn(begin, "\n");
		const char *bar = memchr(begin, '|', (size_t)(end - begin));
		size_t len = bar ? (size_t)(bar - begin) : 0;
		*text = end + (*end == '\n');
		if (len == 0 || len >= (size_t)2 * SLURM_JOB_SIZE ||
			!isdigit((unsigned char)*begin))
			continue;
		memcpy(job, begin, len);
		job[len] = '\0';
		*state = slurm_read_state(bar + 1, (size_t)(end - bar - 1));
		return true;
	}
	return false;
}

enum slurm_state slurm_judge_output(const char *text, size_t len)
{
	static const struct {
		const char *phrase;
		enum slurm_state state;
	} phrases[] = {
		{"DUE TO TIME LIMIT", SLURM_TIMEOUT},
		{"DUE TO PREEMPTION", SLURM_PREEMPTED},
		{"DUE TO NODE FAILURE", SLURM_NODE_FAIL},
		{"exceeded memory limit", SLURM_OUT_OF_MEMORY},
		{"Exceeded job memory limit", SLURM_OUT_OF_MEMORY},
		{"oom-kill", SLURM_OUT_OF_MEMORY},
		{"oom_kill", SLURM_OUT_OF_MEMORY},
		{"*** CANCELLED AT", SLURM_CANCELLED},
		{" CANCELLED AT ", SLURM_CANCELLED},
	};

	/* Only lines of Slurm's own: a stage may print such words as well. */
	for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++) {
		for (const char *line = text, *end = text + len; line < end;) {
			const char *next = memchr(line, '\n', (size_t)(end - line));
			size_t n = (size_t)((next ? next : end) - line);
			bool is_own = n > 7 && memcmp(line, "slurm", 5) == 0;
			if (is_own && memmem(line, n, phrases[i].phrase, strlen(phrases[i].phrase)))
				return phrases[i].state;
			line += n + 1;
		}
	}
	return SLURM_MISSING;
}
