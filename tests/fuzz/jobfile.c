/* Batches and results of jobs: the first byte says which. The end that makes a file whole is put
 * behind what is given, so that its records are reached; what was read can be written and read
 * again. */
#include "fuzz.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "run/exec/jobfile.h"

static void try_batch(struct arena *arena, const struct buf *text)
{
	struct job_batch batch;
	struct buf again = {0};

	if (jobfile_read_batch(arena, "f", text->data, text->len, &batch, NULL) < 0)
		return;
	jobfile_write_batch(&batch, &again);
	if (jobfile_read_batch(arena, "f", again.data, again.len, &batch, NULL) < 0)
		fuzz_fail("a batch that was written is refused");
	buf_free(&again);
}

static void try_result(struct arena *arena, const struct buf *text)
{
	struct job_result result;
	struct buf again = {0};

	if (jobfile_read_result(arena, "f", text->data, text->len, &result, NULL) < 0)
		return;
	jobfile_write_result(&result, &again);
	job_result_free(&result);
	if (jobfile_read_result(arena, "f", again.data, again.len, &result, NULL) < 0)
		fuzz_fail("a result that was written is refused");
	job_result_free(&result);
	buf_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	struct buf text = {0};
	char digits[DIGEST_TEXT_SIZE];
	double began = fuzz_cpu();

	if (size == 0)
		return 0;
	bool is_batch = data[0] == 'b';
	buf_fmt(&text, "restage %s 1\n", is_batch ? "batch" : "result");
	buf_add(&text, data + 1, size - 1);
	struct digest sum = digest_bytes(text.data, text.len);
	digest_format(&sum, digits);
	buf_fmt(&text, "end %s\n", digits);
	if (is_batch)
		try_batch(&arena, &text);
	else
		try_result(&arena, &text);
	buf_free(&text);
	arena_free(&arena);
	fuzz_end(began);
	return 0;
}
