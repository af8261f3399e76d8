/* What a plan rests on and only a run asks, unless it may. */
#include "run/ask/plan_ask.h"

#include "model/graph/graph.h"
#include "record/manifest/key.h"
#include "run/ask/plan.h"
#include "run/engine/tools.h"
#include "run/engine/viewer.h"
#include "run/exec/exec.h"

bool plan_has_unasked_versions(const struct plan *plan, uint32_t stage)
{
	uint32_t count = plan->tools ? 0 : plan->graph->stages[stage].versions.count;

	for (uint32_t i = 0; i < count; i++) {
		if (!key_version(plan->graph, stage, i, NULL))
			return true;
	}
	return false;
}

static void add_versions(struct plan *plan, uint32_t stage)
{
	const struct graph *graph = plan->graph;
	struct span versions = graph->stages[stage].versions;
	struct reason *reasons = arena_alloc(&plan->arena, versions.count * sizeof *reasons);

	uint32_t count = 0;

	for (uint32_t i = 0; i < versions.count; i++) {
		const char *name = graph_text(graph, graph->pairs[versions.first + i].name);
		bool is_image = key_is_image(graph, stage, i);
		if (key_version(graph, stage, i, NULL))
			continue;
		if (is_image)
			name = stage_container(graph, stage);
		reasons[count++] = (struct reason){
			.code = is_image ? REASON_CONTAINER_CHANGED : REASON_VERSION_CHANGED,
			.about = name,
			.message = arena_fmt(&plan->arena,
				"the %s %s is asked in a run (or with --ask)",
				is_image ? "image of its container" : "version of", name),
		};
	}
	plan->stages[stage].verdict.reasons = reasons;
	plan->stages[stage].verdict.reason_count = count;
}

/* What views print is asked in a run. */
static void add_views(struct plan *plan, uint32_t stage)
{
	struct verdict *verdict = &plan->stages[stage].verdict;

	verdict->reasons =
		arena_alloc(&plan->arena, verdict->unsure_count * sizeof *verdict->reasons);
	verdict->reason_count = verdict->unsure_count;
	for (uint32_t i = 0; i < verdict->unsure_count; i++) {
		const char *path = file_path(plan->graph, verdict->unsure[i]);
		verdict->reasons[i] = (struct reason){
			.code = REASON_INPUT_CHANGED,
			.about = path,
			.message = arena_fmt(&plan->arena,
				"the view of input %s, whose bytes changed, is asked in a run (or "
				"with --ask)",
				path),
		};
	}
}

/* Runs the version commands of wanted stages. */
static int ask_versions(struct plan *plan, const bool *wanted, struct err *err)
{
	const struct exec_options options = {.held_fd = -1};
	struct exec *exec = exec_local.open(&options, err);
	int status = exec ? 0 : -1;

	plan->tools = tools_new(plan->graph, NULL, NULL, NULL);
	for (uint32_t i = 0; i < plan->graph->stage_count && status == 0; i++) {
		if (wanted[i] && plan->graph->stages[i].versions.count)
			status = tools_ask(plan->tools, i, &exec_local, exec, err);
	}
	exec_local.close(exec);
	return status;
}

int plan_ask(struct plan *plan, const bool *wanted, struct err *err)
{
	if (ask_versions(plan, wanted, err) < 0)
		return -1;
	if (!plan->views)
		return 0;
	plan->sight = arena_alloc(&plan->arena, sizeof *plan->sight);
	*plan->sight = (struct viewer_sight){
		.viewer = viewer_new(plan->graph, plan->views, NULL, NULL),
		.stop_fd = -1,
		.err = err,
	};
	return 0;
}

bool plan_is_unasked(struct plan *plan, uint32_t stage)
{
	if (plan->stages[stage].verdict.unsure_count)
		add_views(plan, stage);
	else if (plan_has_unasked_versions(plan, stage))
		add_versions(plan, stage);
	else
		return false;
	return true;
}
