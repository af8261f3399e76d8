#include "cmd/inputs.h"

#include <stdint.h>

#include "base/diag.h"
#include "base/err.h"
#include "cmd/session.h"
#include "model/graph.h"
#include "record/stamp.h"
#include "run/plan.h"

struct search {
	const struct graph *graph;
	struct stamps *stamps;
	struct diags diags;
};

static void missing(void *ctx, uint32_t stage, uint32_t use)
{
	struct search *search = ctx;
	const struct graph *graph = search->graph;
	const struct stage *s = &graph->stages[stage];

	uint32_t file = graph->uses[use].file;
	const char *place = graph_text(graph, graph->sources[s->source].name);

	if (stamps_get(search->stamps, file)->state == STAMP_FAILED)
		diag_add(&search->diags, place, s->line, "stage '%s': input '%s': %s",
			stage_name(graph, stage), file_path(graph, file),
			stamps_error(search->stamps, file));
	else
		diag_add(&search->diags, place, s->line,
			"stage '%s': input '%s' is made by no stage and does not exist",
			stage_name(graph, stage), file_path(graph, file));
}

int inputs_check(const struct graph *graph, const bool *wanted)
{
	/* nothing is planned: a look at the files is enough */
	struct plan plan = {.graph = graph, .stamps = stamps_new(graph, NULL)};
	struct search search = {.graph = graph, .stamps = plan.stamps};
	int code = EXIT_OK;

	plan_missing_inputs(&plan, wanted, missing, &search);
	if (search.diags.error_count) {
		session_diags(&search.diags);
		code = EXIT_USAGE;
	}
	diag_free(&search.diags);
	stamps_free(plan.stamps);
	return code;
}
