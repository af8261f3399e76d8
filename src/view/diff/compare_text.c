/* A comparison as text: the two beside each other, what differs of each stage, times and sizes. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/money.h"
#include "base/text.h"
#include "view/diff/compare.h"
#include "view/words/words.h"

#define STAGES_MAX 60  /* whose changes are told */
#define CHANGES_MAX 20 /* of one stage */
#define ROWS_MAX 40    /* of times and sizes: those that differ most */
#define NAME_COLUMNS 40
#define WORDS_AROUND 16    /* bytes */
#define COMMAND_COLUMNS 60 /* of a command, where it differs */
#define NAMES_MAX 8        /* of stages that only did something else */

static const char *state_words(enum compare_state state, bool is_of_jobs)
{
	static const struct {
		const char *run, *job;
	} words[] = {
		[COMPARE_ABSENT] = {"not part of it", "never ran"},
		[COMPARE_RAN] = {"ran", "succeeded"},
		[COMPARE_FAILED] = {"failed", "failed"},
		[COMPARE_FRESH] = {"up to date", "up to date"},
		[COMPARE_SKIPPED] = {"skipped", "skipped"},
		[COMPARE_BLOCKED] = {"not run, blocked", "not run, blocked"},
		[COMPARE_RUNNING] = {"did not end", "did not end"},
	};

	_Static_assert(sizeof words / sizeof *words == COMPARE_RUNNING + 1, "each has its own");
	return is_of_jobs ? words[state].job : words[state].run;
}

static enum style_tone state_tone(const struct compare_pair *pair)
{
	if (pair->b->state == COMPARE_FAILED || pair->b->state == COMPARE_BLOCKED)
		return TONE_BAD;
	return pair->change_count ? TONE_WARN : TONE_PLAIN;
}

/* A row of the head: what, and the two answers. Takes the buffers' texts and empties them. */
static void add_row(struct buf *out, const char *what, struct buf *a, struct buf *b)
{
	buf_fmt(out, "  %-12s", what);
	buf_str(out, buf_text(a));
	width_pad(out, width_of(buf_text(a), a->len), 24);
	buf_fmt(out, "%s\n", buf_text(b));
	buf_reset(a);
	buf_reset(b);
}

static void add_count_row(struct buf *out, const struct compare *diff, const char *what,
	const char *key, bool is_always)
{
	double a = json_get_num(diff->a.totals, key, -1), b = json_get_num(diff->b.totals, key, -1);
	struct buf left BUF_LOCAL = {0}, right BUF_LOCAL = {0};

	if (!is_always && a <= 0 && b <= 0)
		return;
	buf_fmt(&left, a < 0 ? "?" : "%.0f", a);
	buf_fmt(&right, b < 0 ? "?" : "%.0f", b);
	add_row(out, what, &left, &right);
}

static void add_seconds(struct buf *out, double seconds)
{
	if (seconds < 0)
		buf_char(out, '?');
	else
		text_add_duration(out, seconds);
}

static void add_run_head(struct buf *out, const struct compare *diff)
{
	struct buf a BUF_LOCAL = {0}, b BUF_LOCAL = {0};
	char time[CLOCK_LOG_SIZE];

	clock_log(diff->a.begin_ns, time);
	buf_str(&a, time);
	clock_log(diff->b.begin_ns, time);
	buf_str(&b, time);
	add_row(out, "began", &a, &b);
	buf_str(&a, diff->a.outcome ? diff->a.outcome : "did not end");
	buf_str(&b, diff->b.outcome ? diff->b.outcome : "did not end");
	add_row(out, "outcome", &a, &b);
	add_count_row(out, diff, "ran", "ran", true);
	add_count_row(out, diff, "restored", "restored", false);
	add_count_row(out, diff, "up to date", "fresh", true);
	add_count_row(out, diff, "skipped", "skipped", false);
	add_count_row(out, diff, "failed", "failed", false);
	add_count_row(out, diff, "not run", "blocked", false);
	add_seconds(&a, diff->a.seconds);
	add_seconds(&b, diff->b.seconds);
	add_row(out, "took", &a, &b);
	add_seconds(&a, json_get_num(diff->a.totals, "cpu_seconds", -1));
	add_seconds(&b, json_get_num(diff->b.totals, "cpu_seconds", -1));
	add_row(out, "CPU", &a, &b);
	struct money cost_a = {0}, cost_b = {0};
	money_read(&cost_a, diff->a.totals);
	money_read(&cost_b, diff->b.totals);
	if (cost_a.count || cost_b.count) {
		money_text(&a, &cost_a);
		money_text(&b, &cost_b);
		add_row(out, "cost", &a, &b);
	}
}

static void add_value(struct buf *out, const char *value)
{
	size_t line = strcspn(value, "\n");

	buf_char(out, '\'');
	text_add_printable(out, value, line);
	buf_str(out, value[line] ? "…'" : "'");
}

/* The part of a long text from `from` to `to`, with what is left out shown. */
static void add_part(struct buf *out, const char *text, size_t from, size_t to)
{
	struct buf part BUF_LOCAL = {0};

	if (from)
		buf_str(&part, "…");
	text_add_printable(&part, text + from, to - from);
	if (to < strlen(text))
		buf_str(&part, "…");
	width_cut(out, buf_text(&part), part.len, COMMAND_COLUMNS);
}

/* Both commands from just before where they part to just behind where they meet again. */
static void add_command(struct buf *out, const char *a, const char *b)
{
	size_t a_len = strlen(a), b_len = strlen(b), least = a_len < b_len ? a_len : b_len;
	size_t head = 0, tail = 0, from;

	while (head < least && a[head] == b[head])
		head++;
	while (tail < least - head && a[a_len - 1 - tail] == b[b_len - 1 - tail])
		tail++;
	/* with a few words around, and whole ones, so that no character is cut either */
	from = head > WORDS_AROUND ? head - WORDS_AROUND : 0;
	tail = tail > WORDS_AROUND ? tail - WORDS_AROUND : 0;
	while (from > 0 && a[from - 1] != ' ')
		from--;
	while (tail > 0 && a[a_len - tail] != ' ')
		tail--;
	add_part(out, a, from, a_len - tail);
	buf_str(out, " -> ");
	add_part(out, b, from, b_len - tail);
}

static void add_file_change(struct buf *out, const struct compare_change *change)
{
	struct buf before BUF_LOCAL = {0}, after BUF_LOCAL = {0};
	const char *arrow = " -> ";

	if (change->before)
		text_add_size(&before, (double)change->size_before);
	if (change->after)
		text_add_size(&after, (double)change->size_after);
	if (!before.len || !after.len || strcmp(before.data, after.data) == 0) {
		arrow = "";
		if (before.len)
			buf_reset(&after);
	}
	buf_str(out, !change->before ? "added, " : (change->after ? "changed, " : "removed, "));
	buf_fmt(out, "%s%s%s", buf_text(&before), arrow, after.len ? buf_text(&after) : "");
}

static void add_numbers(struct buf *out, const char *before, const char *after)
{
	double old, new;

	buf_fmt(out, "%s -> %s", before, after);
	if (text_to_double(before, &old) && text_to_double(after, &new) && fabs(old) > 0)
		buf_fmt(out, " (%+.3g%%)", 100 * (new - old) / fabs(old));
}

static void add_change(struct buf *out, const struct compare_change *change)
{
	bool is_file = change->kind == COMPARE_INPUT || change->kind == COMPARE_OUTPUT;

	buf_fmt(out, "  %-8s", compare_kind_name(change->kind));
	if (change->about) {
		style_text(out, change->about);
		buf_str(out, ": ");
	}
	if (is_file) {
		add_file_change(out, change);
	} else if (change->kind == COMPARE_METRIC && change->before && change->after) {
		add_numbers(out, change->before, change->after);
	} else if (change->kind == COMPARE_COMMAND && change->before && change->after) {
		add_command(out, change->before, change->after);
	} else if (change->kind == COMPARE_ENV || !change->before || !change->after) {
		buf_str(out, !change->before ? "added" : (change->after ? "changed" : "removed"));
		if (change->kind != COMPARE_ENV && (change->before || change->after)) {
			buf_str(out, ", ");
			add_value(out, change->before ? change->before : change->after);
		}
	} else {
		add_value(out, change->before);
		buf_str(out, " -> ");
		add_value(out, change->after);
	}
	buf_char(out, '\n');
}

static void add_stage(
	struct buf *out, const struct compare *diff, const struct compare_pair *pair, bool color)
{
	const char *a = state_words(pair->a->state, diff->is_of_jobs);
	const char *b = state_words(pair->b->state, diff->is_of_jobs);

	buf_char(out, '\n');
	style_add(out, color, TONE_STRONG, pair->name);
	buf_str(out, ": ");
	style_begin(out, color, state_tone(pair));
	if (pair->a->state == pair->b->state)
		buf_fmt(out, "%s in both", a);
	else
		buf_fmt(out, "%s -> %s", a, b);
	style_end(out, color, state_tone(pair));
	buf_char(out, '\n');
	for (uint32_t i = 0; i < pair->change_count && i < CHANGES_MAX; i++)
		add_change(out, &pair->changes[i]);
	if (pair->change_count > CHANGES_MAX)
		buf_fmt(out, "  … and %u more\n", pair->change_count - CHANGES_MAX);
}

static bool did_otherwise(const struct compare *diff, const struct compare_pair *pair)
{
	return !pair->change_count && pair->a->state != pair->b->state &&
	       compare_is_of_interest(diff, pair);
}

/* Stages in which nothing changed, but that did something else: one line for each two states. */
static void add_others(struct buf *out, const struct compare *diff)
{
	enum compare_state states = COMPARE_RUNNING + 1;

	for (enum compare_state a = 0; a < states; a++) {
		for (enum compare_state b = 0; b < states; b++) {
			uint32_t count = 0;

			for (uint32_t i = 0; i < diff->pair_count; i++) {
				const struct compare_pair *pair = &diff->pairs[i];

				if (!did_otherwise(diff, pair) || pair->a->state != a ||
					pair->b->state != b)
					continue;
				if (count++ == 0)
					buf_fmt(out,
						"\n%s -> %s: ", state_words(a, diff->is_of_jobs),
						state_words(b, diff->is_of_jobs));
				else if (count <= NAMES_MAX)
					buf_str(out, ", ");
				if (count <= NAMES_MAX)
					style_text(out, pair->name);
			}
			if (count > NAMES_MAX)
				buf_fmt(out, " and %u more", count - NAMES_MAX);
			if (count)
				buf_char(out, '\n');
		}
	}
}

/* Was there any? */
static bool add_stages(struct buf *out, const struct compare *diff, bool color)
{
	uint32_t count = 0;
	size_t before = out->len;

	for (uint32_t i = 0; i < diff->pair_count; i++) {
		if (diff->pairs[i].change_count && count++ < STAGES_MAX)
			add_stage(out, diff, &diff->pairs[i], color);
	}
	if (count > STAGES_MAX)
		buf_fmt(out, "\n… and %u more stages (--json has all)\n", count - STAGES_MAX);
	add_others(out, diff);
	return out->len > before;
}

static double difference(const struct compare_pair *pair)
{
	double a = pair->a->seconds, b = pair->b->seconds;

	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a > b ? a - b : b - a;
}

static int by_difference(const void *x, const void *y)
{
	const struct compare_pair *a = *(const struct compare_pair *const *)x,
				  *b = *(const struct compare_pair *const *)y;
	double d = difference(b) - difference(a);

	return d > 0 ? 1 : (d < 0 ? -1 : 0);
}

static int by_place(const void *x, const void *y)
{
	const struct compare_pair *a = *(const struct compare_pair *const *)x,
				  *b = *(const struct compare_pair *const *)y;

	return a < b ? -1 : a > b;
}

/* One figure of a side, with a star if it is one of an earlier run. */
static void add_cell(struct buf *out, const struct compare_side *side,
	const struct compare_stage *stage, struct buf *figure, bool *has_star)
{
	bool is_older = stage->is_known && side->begin_ns && stage->run && side->name &&
			strcmp(stage->run, side->name) != 0;

	if (!figure->len)
		buf_char(figure, '-');
	else if (is_older)
		buf_char(figure, '*');
	*has_star = *has_star || (is_older && figure->data[figure->len - 1] == '*');
	width_pad(out, figure->len, 11);
	buf_add(out, figure->data, figure->len);
	buf_reset(figure);
}

/* Time, memory and outputs, each of both sides. */
static void add_figures(struct buf *out, const struct compare *diff,
	const struct compare_pair *pair, bool *has_star)
{
	const struct compare_side *sides[] = {&diff->a, &diff->b};
	const struct compare_stage *stages[] = {pair->a, pair->b};
	struct buf figure BUF_LOCAL = {0};

	for (int i = 0; i < 6; i++) {
		const struct compare_stage *stage = stages[i % 2];

		if (stage->is_known && i / 2 == 0 && stage->seconds >= 0)
			text_add_duration(&figure, stage->seconds);
		if (stage->is_known && i / 2 == 1 && stage->memory_mb >= 0)
			text_add_size(&figure, stage->memory_mb * 1048576);
		if (stage->is_known && i / 2 == 2 && stage->output_count)
			text_add_size(&figure, (double)stage->output_bytes);
		add_cell(out, sides[i % 2], stage, &figure, has_star);
	}
}

static bool is_one_attempt(const struct compare_pair *pair)
{
	return pair->a->is_known && pair->b->is_known && text_eq(pair->a->run, pair->b->run);
}

static void add_table(struct buf *out, const struct compare *diff)
{
	const struct compare_pair **rows =
		mem_grow(NULL, (size_t)diff->pair_count + 1, sizeof *rows);
	uint32_t count = 0, shown;
	size_t widest = strlen("stage");
	bool has_star = false;

	for (uint32_t i = 0; i < diff->pair_count; i++) {
		const struct compare_pair *pair = &diff->pairs[i];

		if (compare_is_of_interest(diff, pair) &&
			(pair->a->is_known || pair->b->is_known) && !is_one_attempt(pair))
			rows[count++] = pair;
	}
	shown = count < ROWS_MAX ? count : ROWS_MAX;
	if (shown < count) {
		qsort(rows, count, sizeof *rows, by_difference);
		qsort(rows, shown, sizeof *rows, by_place);
	}
	for (uint32_t i = 0; i < shown; i++) {
		size_t width = width_of(rows[i]->name, strlen(rows[i]->name));

		widest = width > widest && width <= NAME_COLUMNS ? width : widest;
	}
	if (shown) {
		buf_str(out, "\nstage");
		width_pad(out, 5, widest);
		buf_fmt(out, "%11s%11s%11s%11s%11s\n", "took", "", "memory", "", "outputs");
	}
	for (uint32_t i = 0; i < shown; i++) {
		style_text(out, rows[i]->name);
		width_pad(out, width_of(rows[i]->name, strlen(rows[i]->name)), widest);
		add_figures(out, diff, rows[i], &has_star);
		buf_char(out, '\n');
	}
	if (shown < count)
		buf_fmt(out, "… and %u more (--json has all)\n", count - shown);
	if (has_star)
		buf_str(out, "* of an earlier run: the stage did not run in this one\n");
	free(rows);
}

void compare_text(struct buf *out, const struct compare *diff, bool color)
{
	struct buf a BUF_LOCAL = {0}, b BUF_LOCAL = {0};

	style_text(&a, diff->a.name);
	style_text(&b, diff->b.name);
	add_row(out, diff->is_of_jobs ? "job" : "run", &a, &b);
	if (!diff->is_of_jobs)
		add_run_head(out, diff);
	if (!add_stages(out, diff, color))
		buf_fmt(out, "\nno stage differs in what it was made of or what it made\n");
	add_table(out, diff);
}
