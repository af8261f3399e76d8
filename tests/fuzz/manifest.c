/* A manifest as it may lie on a disk: whatever it says, the record is of one of the known kinds,
 * and what it would be judged by is complete. */
#include "fuzz.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/err.h"
#include "model/graph/graph.h"
#include "model/load/definition.h"
#include "record/manifest/record.h"

static const char definition[] =
	"[stage:a]\ncommand = cp {{input.i}} {{output.o}}\ninput.i = in.txt\n"
	"output.o = a.txt\nintermediate.m = m.txt\nconfig.c = 1\npass_env = HOME\n";
static struct graph *graph;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct definition_request request = {.file = "pipeline.ini"};
	struct diags diags = {0};
	struct err err = {0};
	int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	(void)argc;
	(void)argv;

	fuzz_dir();
	fuzz_write("pipeline.ini", definition, sizeof definition - 1);
	graph = definition_load(&request, &diags, &err);
	diag_free(&diags);
	if (!graph || here < 0 || fchdir(here) < 0)
		fuzz_fail("no graph to judge by");
	close(here);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	struct record record;
	double began = fuzz_cpu();
	char *text = malloc(size + 1);

	if (!text)
		fuzz_fail("out of memory");
	memcpy(text, data, size);
	text[size] = 0;
	record_parse(
		&arena, graph, 0, graph_text(graph, graph->stages[0].dir), text, size, &record);
	if (record.status > RECORD_UNREADABLE)
		fuzz_fail("a status that is none");
	if (record.status == RECORD_UNREADABLE && !record.why_unreadable)
		fuzz_fail("unreadable, and not said why");
	for (uint32_t i = 0; record.success.is_known && i < record.success.file_count; i++) {
		const struct record_file *file = &record.success.files[i];
		if (!file->path || !*file->path || file->role > ROLE_INTERMEDIATE)
			fuzz_fail("a file of no kind");
	}
	free(text);
	arena_free(&arena);
	fuzz_end(began);
	return 0;
}
