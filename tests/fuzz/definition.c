/* A whole definition: bytes -> graph. Lines "===" begin further files, a.ini, params.json and
 * u.csv, which the first may include, or name as its parameters or a table. It happens in an empty
 * root directory, so that no glob wanders through the machine; the input lies there as "input" for
 * whoever looks after a crash. */
#include "fuzz.h"

#include <sched.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/err.h"
#include "model/graph/graph.h"
#include "model/load/definition.h"

static int machine_root = -1;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	machine_root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (machine_root < 0 || (geteuid() != 0 && unshare(CLONE_NEWUSER) < 0))
		fuzz_fail("no right to change the root directory");
	return 0;
}

static void write_files(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"pipeline.ini", "a.ini", "params.json", "u.csv"};
	size_t pos = 0;

	fuzz_write("input", data, size);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const uint8_t *end =
			size > pos ? memmem(data + pos, size - pos, "\n===\n", 5) : NULL;
		size_t len = (end ? (size_t)(end + 1 - data) : size) - pos;
		fuzz_write(names[i], data + pos, len);
		pos = end ? (size_t)(end + 5 - data) : size;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const params[] = {"x=1", "media=in/a.txt"};
	struct definition_request request = {
		.file = "pipeline.ini", .params = params, .param_count = 2};
	struct diags diags = {0};
	struct buf out = {0};
	struct err err = {0};
	int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (here < 0 || chroot(fuzz_dir()) < 0 || chdir("/") < 0)
		fuzz_fail("cannot change the root directory");
	write_files(data, size);
	double began = fuzz_cpu();
	struct graph *graph = definition_load(&request, &diags, &err);
	if (!graph && !diags.error_count && !err.code)
		fuzz_fail("no graph and no mistake");
	diag_print(&diags, &out);
	graph_free(graph);
	diag_free(&diags);
	buf_free(&out);
	fuzz_end(began);
	if (fchdir(machine_root) < 0 || chroot(".") < 0 || fchdir(here) < 0)
		fuzz_fail("cannot go back to the root directory");
	close(here);
	return 0;
}
