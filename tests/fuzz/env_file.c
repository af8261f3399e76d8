/* Files of variables as people write them, and as they do not. */
#include "fuzz.h"

#include "base/buf.h"
#include "base/diag.h"
#include "model/load/env_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct env_vars vars = {0};
	struct diags diags = {0};
	struct buf content = {0};
	double began = fuzz_cpu();
	size_t bytes = 0;

	buf_add(&content, data, size);
	env_file_read(&vars, &diags, ".env", &content);
	for (uint32_t i = 0; i < vars.count; i++) {
		if (!*vars.items[i].name || strchr(vars.items[i].name, '='))
			fuzz_fail("no name of a variable");
		bytes += strlen(vars.items[i].name) + strlen(vars.items[i].value);
	}
	if (bytes > size)
		fuzz_fail("more is set than was said");
	for (size_t i = 0; i < diags.count; i++) {
		if (!diags.items[i].line || diags.items[i].line > size + 1)
			fuzz_fail("a mistake without its line");
	}
	env_vars_free(&vars);
	diag_free(&diags);
	buf_free(&content);
	fuzz_end(began);
	return 0;
}
