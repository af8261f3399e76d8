#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/name.h"
#include "cmd/session.h"
#include "model/graph/graph.h"
#include "model/graph/select.h"
#include "run/ask/plan.h"
#include "view/answer/json_view.h"
#include "view/answer/why_text.h"
#include "view/words/style.h"

#define MANIFEST_MAX ((size_t)1 << 30)

struct why_values {
	bool is_json;
};

static const struct option_spec options[] = {
	{0, "json", NULL, "as JSON, one document a stage", OPTION_FLAG,
		offsetof(struct why_values, is_json), NULL},
	OPTIONS_END,
};

/* What manifests say about last runs, read when asked for. */
struct memory {
	const struct plan *plan;
	struct arena arena;
	struct why_last **lasts; /* by stage; NULL: not read yet */
};

static void take_reasons(struct arena *arena, const json *list, struct why_last *out)
{
	size_t count = json_count(list);
	struct reason *reasons = arena_alloc(arena, (count + 1) * sizeof *reasons);

	for (const json *node = json_first(list); node; node = json_next(node)) {
		struct reason *reason = &reasons[out->reason_count];
		const char *about = json_get_str(node, "about", NULL);
		struct buf name = {0};

		if (!reason_parse(json_get_str(node, "code", ""), &reason->code))
			continue;
		if (about) {
			name_from_json(&name, about);
			reason->about = arena_strdup(arena, buf_text(&name));
			buf_free(&name);
		}
		reason->message = arena_strdup(arena, json_get_str(node, "message", ""));
		out->reason_count++;
	}
	out->reasons = reasons;
}

static struct why_last *read_last(struct memory *memory, uint32_t stage)
{
	struct why_last *last = arena_alloc(&memory->arena, sizeof *last);
	const char *dir = memory->plan->stages[stage].dir;
	const char *path = arena_fmt(&memory->arena, "%s/manifest.json", dir);
	struct buf text = {0};
	json *manifest = NULL;

	if (fs_read(path, MANIFEST_MAX, &text, NULL) == 0)
		manifest = json_parse(buf_text(&text), text.len, NULL);
	if (manifest) {
		const char *timestamp = json_get_str(manifest, "timestamp", NULL);

		last->run = arena_strdup(&memory->arena, json_get_str(manifest, "run", ""));
		if (timestamp)
			last->timestamp = arena_strdup(&memory->arena, timestamp);
		take_reasons(&memory->arena, json_get(manifest, "reasons"), last);
	}
	json_free(manifest);
	buf_free(&text);
	return last;
}

static bool recall(void *ctx, uint32_t stage, struct why_last *out)
{
	struct memory *memory = ctx;

	if (!memory->plan->stages[stage].dir)
		return false;
	if (!memory->lasts[stage])
		memory->lasts[stage] = read_last(memory, stage);
	*out = *memory->lasts[stage];
	return out->run != NULL;
}

static void show(struct call *call, const struct plan *plan, const bool *named)
{
	const struct why_values *values = call->values;
	bool color = style_for_fd((enum style_choice)call->globals.color, STDOUT_FILENO);
	struct memory memory = {
		.plan = plan,
		.lasts = mem_alloc((plan->graph->stage_count + 1) * sizeof *memory.lasts),
	};
	struct why why = {.plan = plan, .last = recall, .ctx = &memory};
	struct buf out = {0};

	for (uint32_t i = 0; i < plan->graph->stage_count; i++) {
		if (!named[i])
			continue;
		if (values->is_json)
			json_why(&out, &why, i);
		else
			why_text(&out, &why, i, color);
	}
	session_write(call, &out);
	buf_free(&out);
	free(memory.lasts);
	arena_free(&memory.arena);
}

static int run(struct call *call)
{
	struct select_request request = {
		.targets = call->args.items,
		.target_count = call->args.count,
	};
	int code = EXIT_OK;
	struct session session;
	struct plan_request plan_request;
	struct err err = {0};
	struct plan plan;
	bool *named, *wanted;

	if (!session_open(call, &session, &code))
		return code;
	wanted = mem_alloc(session.graph->stage_count + 1);
	plan_request = (struct plan_request){
		.graph = session.graph, .index = session.index, .wanted = wanted};
	named = session_select(call, session.graph, &code);
	/* what it needs is judged too: the root cause lies there */
	if (named && (select_stages(session.graph, &request, wanted, &err) < 0 ||
			     plan_make(&plan_request, &plan, &err) < 0)) {
		code = session_fail(&err);
	} else if (named) {
		show(call, &plan, named);
		plan_free(&plan);
	}
	free(named);
	free(wanted);
	session_close(&session);
	return code;
}

const struct command cmd_why = {
	.name = "why",
	.usage = "STAGE...",
	.summary = "tell why a stage would run or last ran, back to the root cause",
	.options = options,
	.values_size = sizeof(struct why_values),
	.min_args = 1,
	.max_args = ARGS_ANY,
	.run = run,
};
