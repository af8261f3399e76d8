/* What keys were before.
 *
 * Format 1: values of several lines lost their comment lines, empty lines and indentation; numbers
 * of parameter files came as a double is printed; {{stage.threads}} counted with its number.
 *
 * A stage that was given the same as now, and has only another key, is up to date. One that was
 * given something else has to run; that the definition is still the same is then told as
 * format_changed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/order.h"
#include "base/text.h"
#include "model/command/placeholder.h"
#include "model/command/template.h"
#include "record/manifest/key.h"

#define THREADS_MAX 256u /* of a stage of which the old key is looked for */

/* The template with so many threads; false if it does not ask for them. */
static bool put_threads(const char *text, uint32_t threads, struct buf *out)
{
	struct template_hole hole;
	size_t pos = 0;
	bool has_threads = false;

	while (template_next(text, &pos, &hole, out, false, NULL) == 1) {
		if (placeholder_find(hole.name, hole.name_len) != PLACEHOLDER_STAGE_THREADS) {
			template_add_hole(out, &hole);
			continue;
		}
		has_threads = true;
		buf_fmt(out, "%u", threads);
	}
	return has_threads;
}

static struct digest command_key(struct hasher *hasher, const char *text, const char *shell)
{
	hasher_reset(hasher);
	hasher_add_str(hasher, text);
	hasher_add_str(hasher, shell);
	return hasher_done(hasher);
}

/* It had other threads then, perhaps. */
static bool was_command(const struct graph *graph, uint32_t stage,
	const struct record_success *success, const struct digest *was)
{
	const char *text = graph_text(graph, graph->stages[stage].command);
	const char *shell = graph_text(graph, stage_settings(graph, stage)->shell);
	struct hasher *hasher HASHER_LOCAL = hasher_new();
	struct buf old BUF_LOCAL = {0};
	bool is_same = false;
	(void)success;

	for (uint32_t threads = 1; threads <= THREADS_MAX && !is_same; threads++) {
		buf_reset(&old);
		if (!put_threads(text, threads, &old))
			break;
		struct digest key = command_key(hasher, buf_text(&old), shell);
		is_same = digest_eq(&key, was);
	}
	return is_same;
}

struct named {
	const char *name, *value;
};

/* The values as they are, but for those that are the stage's threads, if `threads` says how many
 * there were. */
static struct digest values_key(
	const struct graph *graph, uint32_t stage, struct span span, bool is_env, uint32_t threads)
{
	struct span pass = is_env ? stage_settings(graph, stage)->pass_env : (struct span){0};
	struct named *values MEM_LOCAL =
		mem_grow(NULL, (size_t)span.count + pass.count + 1, sizeof *values);
	struct hasher *hasher HASHER_LOCAL = hasher_new();
	char now[16], then[16];

	snprintf(now, sizeof now, "%u", stage_settings(graph, stage)->threads);
	snprintf(then, sizeof then, "%u", threads);
	for (uint32_t i = 0; i < span.count; i++) {
		const struct pair *pair = &graph->pairs[span.first + i];
		values[i].name = graph_text(graph, pair->name);
		values[i].value = graph_text(graph, pair->value);
		if (threads && text_eq(values[i].value, now))
			values[i].value = then;
	}
	for (uint32_t i = 0; i < pass.count; i++)
		values[span.count + i].name = graph_text(graph, graph->words[pass.first + i]);
	qsort(values, span.count, sizeof *values, order_texts);
	qsort(values + span.count, pass.count, sizeof *values, order_texts);
	hasher_add_u64(hasher, span.count);
	for (uint32_t i = 0; i < span.count + pass.count; i++) {
		hasher_add_str(hasher, values[i].name);
		if (i < span.count)
			hasher_add_str(hasher, values[i].value);
	}
	return hasher_done(hasher);
}

static bool was_values(const struct graph *graph, uint32_t stage, struct span span, bool is_env,
	const struct digest *was)
{
	for (uint32_t threads = 0; span.count && threads <= THREADS_MAX; threads++) {
		struct digest key = values_key(graph, stage, span, is_env, threads);
		if (is_env)
			key = key_env_part(graph, stage, &key);
		if (digest_eq(&key, was))
			return true;
	}
	return false;
}

static bool was_config(const struct graph *graph, uint32_t stage,
	const struct record_success *success, const struct digest *was)
{
	(void)success;
	return was_values(graph, stage, graph->stages[stage].config, false, was);
}

static bool was_env(const struct graph *graph, uint32_t stage, const struct record_success *success,
	const struct digest *was)
{
	(void)success;
	return was_values(graph, stage, graph->stages[stage].env, true, was);
}

/* The lines that were left of a value. */
static void add_lines(struct buf *out, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");
		const char *line = text, *end = text + len;

		text = *end ? end + 1 : end;
		while (line < end && strchr(" \t\v\f\r", *line))
			line++;
		while (line < end && strchr(" \t\v\f\r", end[-1]))
			end--;
		if (line == end || *line == '#' || *line == ';')
			continue;
		if (out->len)
			buf_char(out, '\n');
		buf_add(out, line, (size_t)(end - line));
	}
}

static const char *tool_output(const struct record_success *success, const char *name)
{
	for (uint32_t i = 0; i < success->tool_count; i++) {
		if (text_eq(success->tools[i].name, name))
			return success->tools[i].value;
	}
	return "";
}

/* What counts is what the commands said. */
static bool was_tools(const struct graph *graph, uint32_t stage,
	const struct record_success *success, const struct digest *was)
{
	struct span span = graph->stages[stage].versions;
	struct hasher *hasher HASHER_LOCAL = hasher_new();
	struct buf command BUF_LOCAL = {0};

	for (uint32_t i = 0; i < span.count; i++) {
		const struct pair *tool = &graph->pairs[span.first + i];
		const char *name = graph_text(graph, tool->name);
		buf_reset(&command);
		add_lines(&command, graph_text(graph, tool->value));
		hasher_add_str(hasher, name);
		hasher_add_str(hasher, buf_text(&command));
		hasher_add_str(hasher, tool_output(success, name));
	}
	struct digest key = hasher_done(hasher);
	return span.count && digest_eq(&key, was);
}

void key_adopt(const struct graph *graph, uint32_t stage, struct record_success *success)
{
	static bool (*const was[RECORD_KEY_COUNT])(const struct graph *graph, uint32_t stage,
		const struct record_success *success, const struct digest *was) = {
		[RECORD_KEY_COMMAND] = was_command,
		[RECORD_KEY_CONFIG] = was_config,
		[RECORD_KEY_ENV] = was_env,
		[RECORD_KEY_TOOLS] = was_tools,
	};
	struct span versions = graph->stages[stage].versions;
	const char **outputs MEM_LOCAL =
		mem_grow(NULL, (size_t)versions.count + 1, sizeof *outputs);
	struct record_key_set now;

	for (uint32_t i = 0; i < versions.count; i++)
		outputs[i] = tool_output(
			success, graph_text(graph, graph->pairs[versions.first + i].name));
	key_make(graph, stage, outputs, NULL, &now);
	for (int i = 0; i < RECORD_KEY_COUNT; i++) {
		struct digest *part = &success->key.part[i];
		if (was[i] && !digest_eq(part, &now.part[i]) && was[i](graph, stage, success, part))
			*part = now.part[i];
	}
}

static bool is_word(char c)
{
	return c == '_' || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Are both, here, numbers that are printed as one? Passes over them. */
static bool are_one_number(const char **a, const char **b)
{
	char *a_end, *b_end;

	if (!is_digit(**a) || !is_digit(**b) || strtod(*a, &a_end) != strtod(*b, &b_end) ||
		is_word(*a_end) || is_word(*b_end))
		return false;
	*a = a_end;
	*b = b_end;
	return true;
}

/* Byte for byte, but for numbers; an empty one was a null. */
static bool is_alike(const char *was, const char *now)
{
	const char *start = was;

	if (!*was && (strcmp(now, "null") == 0 || strcmp(now, "~") == 0))
		return true;
	while (*was || *now) {
		bool is_begin = was == start || (!is_word(was[-1]) && was[-1] != '.');
		if (is_begin && are_one_number(&was, &now))
			continue;
		if (*was++ != *now++)
			return false;
	}
	return true;
}

bool key_read_alike(const char *was, const char *now)
{
	struct buf was_lines BUF_LOCAL = {0}, now_lines BUF_LOCAL = {0};

	add_lines(&was_lines, was);
	add_lines(&now_lines, now);
	return is_alike(buf_text(&was_lines), buf_text(&now_lines));
}

bool key_env_read_alike(const char *name, const char *was, const char *now)
{
	struct buf old BUF_LOCAL = {0};
	char text[DIGEST_TEXT_SIZE];
	double number;

	if (!now)
		return false;
	if (text_to_double(now, &number)) {
		json *node JSON_LOCAL = json_number(number);
		json_format_line(node, &old);
	} else if (!text_eq(now, "null") && !text_eq(now, "~")) {
		add_lines(&old, now);
	}
	struct digest digest = key_env_value(name, buf_text(&old));
	digest_format(&digest, text);
	return text_eq(was, text);
}
