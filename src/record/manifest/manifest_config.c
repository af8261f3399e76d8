/* The config of a stage: what was declared, and what the stage reported of it; and where what was
 * restored comes from. */
#include <string.h>

#include "base/buf.h"
#include "base/json_write.h"
#include "base/text.h"
#include "record/manifest/attempt.h"

static bool is_one_of(const char *text, const char *const *words)
{
	while (*words && !text_eq(text, *words))
		words++;
	return *words != NULL;
}

/* A list is declared with a value a line, or as JSON. */
static bool is_same_list(const char *declared, const json *value)
{
	const char *line = declared;

	for (const json *node = json_first(value); node; node = json_next(node)) {
		size_t len = strcspn(line, "\n");
		struct buf text BUF_LOCAL = {0};
		buf_add(&text, line, len);
		bool is_same = *line && config_is_as_declared(buf_text(&text), node);
		if (!is_same)
			return false;
		line += len + (line[len] == '\n');
	}
	return !*line;
}

static bool is_same_json(const char *declared, const json *value)
{
	json *tree JSON_LOCAL = json_parse(declared, strlen(declared), NULL);
	struct buf one BUF_LOCAL = {0}, other BUF_LOCAL = {0};

	if (tree) {
		json_format_line(tree, &one);
		json_format_line(value, &other);
	}
	return tree && text_eq(buf_text(&one), buf_text(&other));
}

bool config_is_as_declared(const char *declared, const json *value)
{
	static const char *const yes[] = {"true", "yes", "on", "1", "True", NULL};
	static const char *const no[] = {"false", "no", "off", "0", "False", NULL};
	static const char *const none[] = {"", "null", "none", "None", NULL};
	double number;

	switch (json_kind(value)) {
	case JSON_STRING:
		return text_eq(declared, json_str(value, ""));
	case JSON_NUMBER:
		return text_to_double(declared, &number) && number == json_num(value, 0);
	case JSON_TRUE:
		return is_one_of(declared, yes);
	case JSON_FALSE:
		return is_one_of(declared, no);
	case JSON_NULL:
		return is_one_of(declared, none);
	case JSON_ARRAY:
		return is_same_list(declared, value) || is_same_json(declared, value);
	case JSON_OBJECT:
	default:
		return is_same_json(declared, value);
	}
}

/* Declared values; a reported one of the same name does not replace them: what was declared is what
 * the command was given. */
void manifest_write_config(struct json_writer *w, const struct attempt *attempt)
{
	const struct graph *graph = attempt->graph;
	struct span config = graph->stages[attempt->stage].config;

	json_write_object(w, "config");
	for (uint32_t i = 0; i < config.count; i++) {
		const struct pair *pair = &graph->pairs[config.first + i];
		json_write_str(w, graph_text(graph, pair->name), graph_text(graph, pair->value));
	}
	for (const json *node = json_first(attempt->reported_config); node;
		node = json_next(node)) {
		if (!graph_pair(graph, config, json_key(node)))
			json_write_node(w, json_key(node), node);
	}
	json_write_end(w);
}

void manifest_write_reported_config(struct json_writer *w, const struct attempt *attempt)
{
	const struct graph *graph = attempt->graph;
	struct span config = graph->stages[attempt->stage].config;
	const json *first = json_first(attempt->reported_config);
	bool is_open = false;

	for (const json *node = first; node; node = json_next(node)) {
		if (graph_pair(graph, config, json_key(node)))
			continue;
		if (!is_open)
			json_write_array(w, "reported_config");
		is_open = true;
		json_write_str(w, NULL, json_key(node));
	}
	if (is_open)
		json_write_end(w);
	is_open = false;
	for (const json *node = first; node; node = json_next(node)) {
		const char *declared = graph_pair(graph, config, json_key(node));
		if (!declared || config_is_as_declared(declared, node))
			continue;
		if (!is_open)
			json_write_object(w, "conflicting_config");
		is_open = true;
		json_write_node(w, json_key(node), node);
	}
	if (is_open)
		json_write_end(w);
}

void manifest_write_origin(struct json_writer *w, const struct attempt_origin *origin)
{
	json_write_object(w, "restored_from");
	json_write_str(w, "run", origin->run);
	json_write_str(w, "job", origin->job);
	json_write_str(w, "pipeline", origin->pipeline);
	json_write_str(w, "stage", origin->stage);
	json_write_str(w, "host", origin->host);
	json_write_str(w, "completed_at", origin->completed_at);
	json_write_known(w, "duration_seconds", origin->seconds);
	if (origin->resources)
		json_write_node(w, "resources", origin->resources);
	json_write_end(w);
}
