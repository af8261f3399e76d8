/* Placeholders: any text is either holes and text between them, or a mistake; and what was put in
 * as a literal comes out as it was. */
#include "fuzz.h"

#include "base/buf.h"
#include "model/command/template.h"

static void walk(const char *text)
{
	struct buf before = {0}, mistake = {0}, value = {0};
	struct template_hole hole;
	size_t pos = 0, last = 0, len = strlen(text);
	int status;

	while ((status = template_next(text, &pos, &hole, &before, true, &mistake)) != 0) {
		if (pos > len || pos <= last)
			fuzz_fail("a placeholder that goes nowhere");
		last = pos;
		if (status < 0) {
			if (mistake.len == 0)
				fuzz_fail("a mistake without words");
			buf_reset(&mistake);
			continue;
		}
		if (hole.offset + hole.len > len || hole.name_len == 0)
			fuzz_fail("a placeholder beyond its text");
		for (size_t i = 0; i < hole.filter_count; i++) {
			buf_reset(&value);
			template_filter(&value, text, hole.filters[i]);
		}
	}
	buf_free(&before);
	buf_free(&mistake);
	buf_free(&value);
}

static void put_in_and_take_out(const char *text)
{
	struct buf escaped = {0}, out = {0};
	struct template_hole hole;
	size_t pos = 0;

	template_add_literal(&escaped, text);
	if (template_next(buf_text(&escaped), &pos, &hole, &out, true, NULL) != 0 ||
		strcmp(buf_text(&out), text) != 0)
		fuzz_fail("a literal came out changed");
	buf_free(&escaped);
	buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	double began = fuzz_cpu();
	char *text = strndup((const char *)data, size);

	if (!text)
		fuzz_fail("out of memory");
	walk(text);
	put_in_and_take_out(text);
	free(text);
	fuzz_end(began);
	return 0;
}
