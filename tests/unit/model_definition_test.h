/* What the tests of loading share: a pipeline file written, loaded, and asked about. */
#ifndef MODEL_DEFINITION_TEST_H
#define MODEL_DEFINITION_TEST_H

#include "base_test.h"

#include "base/buf.h"
#include "base/diag.h"
#include "model/command/command.h"
#include "model/graph/graph.h"
#include "model/load/definition.h"

static struct graph *graph; /* what was loaded last */
static char *said;          /* the mistakes, as they are printed; "" if there were none */
static struct err error;

static inline int def_enter(void **state)
{
	return test_enter(state);
}

static inline void def_forget(void)
{
	graph_free(graph);
	graph = NULL;
	free(said);
	said = NULL;
	err_clear(&error);
}

static inline int def_leave(void **state)
{
	def_forget();
	return test_leave(state);
}

#define TEST_DEFINITION(name) cmocka_unit_test_setup_teardown(name, def_enter, def_leave)

static inline void load_request(const struct definition_request *request)
{
	struct diags diags = {0};
	struct buf out = {0};

	def_forget();
	graph = definition_load(request, &diags, &error);
	diag_print(&diags, &out);
	assert_true((graph == NULL) == (diags.error_count > 0 || error.code != EXIT_OK));
	said = strdup(buf_text(&out));
	buf_free(&out);
	diag_free(&diags);
}

static inline void load_file(const char *file)
{
	struct definition_request request = {.file = file};

	load_request(&request);
}

/* Loads this text as p.ini. */
static inline void load(const char *text)
{
	test_write("p.ini", text);
	load_file("p.ini");
}

/* Loads it; there are no mistakes. */
static inline void load_good(const char *text)
{
	load(text);
	assert_string_equal(said, "");
	assert_int_equal(error.code, EXIT_OK);
	assert_non_null(graph);
}

static inline void load_with(const char *text, const char *param)
{
	struct definition_request request = {.file = "p.ini", .params = &param, .param_count = 1};

	test_write("p.ini", text);
	load_request(&request);
}

/* The mistakes are these lines, and no others. */
static inline void assert_said(const char *lines)
{
	size_t len = strlen(said);

	if (len && said[len - 1] == '\n')
		said[len - 1] = '\0';
	assert_string_equal(said, lines);
}

/* There is one mistake, in this line of p.ini, with this in it. */
static inline void assert_mistake(unsigned line, const char *part)
{
	char place[32];

	snprintf(place, sizeof place, "p.ini:%u: ", line);
	if (strncmp(said, place, strlen(place)) != 0 || !strstr(said, part) ||
		(strchr(said, '\n') && strchr(said, '\n')[1]))
		fail_msg("expected \"%s...%s...\", got \"%s\"", place, part, said);
}

static inline void mistake(const char *text, unsigned line, const char *part)
{
	load(text);
	assert_mistake(line, part);
}

static inline uint32_t stage_id(const char *name)
{
	uint32_t id = graph_find_stage(graph, name);

	if (id == NONE)
		fail_msg("there is no stage '%s'", name);
	return id;
}

static inline const struct stage *stage_of(const char *name)
{
	return &graph->stages[stage_id(name)];
}

/* "label=path label=path": the stage's files, inputs, outputs and intermediates in order. */
static inline const char *files_of(const char *name)
{
	static char text[4096];
	const struct stage *stage = stage_of(name);
	struct buf out = {0};

	for (uint32_t i = 0; i < stage_use_count(stage); i++) {
		const struct use *use = &graph->uses[stage->first_use + i];
		buf_fmt(&out, "%s%s=%s", i ? " " : "",
			graph_text(graph, graph->labels[use->label].name),
			file_path(graph, use->file));
	}
	snprintf(text, sizeof text, "%s", buf_text(&out));
	buf_free(&out);
	return text;
}

/* The label of the stage's nth file. */
static inline const struct label *label_of(const char *name, uint32_t nth)
{
	const struct stage *stage = stage_of(name);

	assert_true(nth < stage_use_count(stage));
	return &graph->labels[graph->uses[stage->first_use + nth].label];
}

/* "name=value name=value" */
static inline const char *pairs_of(struct span span)
{
	static char text[4096];
	struct buf out = {0};

	for (uint32_t i = 0; i < span.count; i++)
		buf_fmt(&out, "%s%s=%s", i ? " " : "",
			graph_text(graph, graph->pairs[span.first + i].name),
			graph_text(graph, graph->pairs[span.first + i].value));
	snprintf(text, sizeof text, "%s", buf_text(&out));
	buf_free(&out);
	return text;
}

/* "name name": the stages that this one needs. */
static inline const char *needs_of(const char *name)
{
	static char text[4096];
	struct span needs = stage_of(name)->needs;
	struct buf out = {0};

	for (uint32_t i = 0; i < needs.count; i++)
		buf_fmt(&out, "%s%s", i ? " " : "",
			stage_name(graph, graph->edges[needs.first + i]));
	snprintf(text, sizeof text, "%s", buf_text(&out));
	buf_free(&out);
	return text;
}

static inline const char *template_of(const char *name)
{
	return graph_text(graph, stage_of(name)->command);
}

/* The command as it is run, with final paths. */
static inline const char *command_of(const char *name)
{
	static char text[4096];
	struct buf out = {0};

	command_expand(graph, stage_id(name), NULL, &out);
	snprintf(text, sizeof text, "%s", buf_text(&out));
	buf_free(&out);
	return text;
}

static inline const char *text_of(uint32_t offset)
{
	return graph_text(graph, offset);
}

static inline const struct settings *settings_of(const char *name)
{
	return stage_settings(graph, stage_id(name));
}

/* What a stage's identity consists of, for when its graph is gone. */
struct keys {
	struct digest part[KEY_STATIC_COUNT];
};

static inline struct keys keys_of(const char *name)
{
	struct keys keys;

	for (enum key_part i = 0; i < KEY_STATIC_COUNT; i++)
		keys.part[i] = *stage_key(graph, stage_of(name), i);
	return keys;
}

static inline bool same_key(struct keys a, struct keys b, enum key_part part)
{
	return digest_eq(&a.part[part], &b.part[part]);
}

#endif
