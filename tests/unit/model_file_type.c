#include "base_test.h"

#include "base/arena.h"
#include "model/load/file_type.h"

static void a_file_is_what_its_ending_says(void **state)
{
	static const char *const known[][2] = {
		{"in/talk.mp4", "video"},
		{"a.WAV", "audio"},
		{"tools/asr.py", "program"},
		{"src/x.c", "program"},
		{"tools/run", "program"},
		{"sheet.csv", "table"},
		{"notes.txt", "text"},
		{"calls.vcf.gz", "vcf"},
		{"notes.txt.xz", "text"},
		{"all.tar.gz", "archive"},
		{"x.gz", "archive"},
		{"genome.fa", "fa"},
		{"conf.json", "json"},
		{"x.y z", "file"},
		{"x.averyveryverylongending", "file"},
	};
	struct arena arena = {0};
	(void)state;

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		assert_string_equal(file_type(&arena, known[i][0]), known[i][1]);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_what_its_ending_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
