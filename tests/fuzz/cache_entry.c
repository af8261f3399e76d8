/* What lies in a cache as the entry of a key, or as a directory's tree: whatever it says, what is
 * let through leads nowhere outside, and is read again as it is written. */
#include "fuzz.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "record/cache/entry.h"
#include "record/cache/entry_check.h"

static struct sha256 name;
static const struct entry_key no_key;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	if (sha256_load(NULL) < 0)
		fuzz_fail("no SHA-256");
	return 0;
}

static void check_outputs(const struct entry_output *outputs, uint32_t count, bool is_tree)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct entry_output *output = &outputs[i];
		if (output->path[0] == '/' || strstr(output->path, "//") ||
			strncmp(output->path, "../", 3) == 0 || strstr(output->path, "/../"))
			fuzz_fail("a path that leads outside");
		if (output->type == 'l' && (!output->target || output->target[0] == '/'))
			fuzz_fail("a link that leads outside");
		if (!strchr(is_tree ? "fld" : "flt", output->type))
			fuzz_fail("an output of no kind");
	}
	if (!entry_outputs_fit(outputs, count))
		fuzz_fail("a path twice");
}

static void check_entry(const struct entry *entry)
{
	struct arena arena = {0};
	struct entry *again = arena_alloc(&arena, sizeof *again);
	struct buf text = {0};

	if (entry->count > ENTRY_VARIANTS)
		fuzz_fail("too many variants");
	for (uint32_t i = 0; i < entry->count; i++)
		check_outputs(entry->variants[i].outputs, entry->variants[i].output_count, false);
	entry_write(entry, &name, &no_key, &text);
	if (entry_parse(&arena, text.data, text.len, &name, &no_key, again, NULL) < 0 ||
		again->count != entry->count)
		fuzz_fail("what was written is not read");
	buf_free(&text);
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	struct entry *entry = arena_alloc(&arena, sizeof *entry);
	struct entry_output *outputs;
	double began = fuzz_cpu();
	uint32_t count;

	if (entry_parse(&arena, (const char *)data, size, &name, &no_key, entry, NULL) == 0)
		check_entry(entry);
	if (entry_parse_tree(&arena, (const char *)data, size, &outputs, &count, NULL) == 0)
		check_outputs(outputs, count, true);
	arena_free(&arena);
	fuzz_end(began);
	return 0;
}
