/* The record of a run, read as it grows: the first byte says where it was cut. Whatever stands in
 * it, indices of the model lie in its arrays and names are there. */
#include "fuzz.h"

#include "base/arena.h"
#include "record/runs/past.h"

static void check(const struct past_run *log)
{
	size_t bytes = 0;

	for (uint32_t i = 0; i < log->attempt_count; i++) {
		const struct past_attempt *attempt = &log->attempts[i];
		if (!attempt->stage || attempt->stage_index >= log->stage_count ||
			attempt->state > PAST_FAILED)
			fuzz_fail("an attempt of no stage");
		for (uint32_t k = 0; k < attempt->input_count; k++)
			bytes += strlen(attempt->inputs[k].path);
		for (uint32_t k = 0; k < attempt->output_count; k++)
			bytes += strlen(attempt->outputs[k].path);
	}
	for (uint32_t i = 0; i < log->stage_count; i++) {
		const struct past_stage *stage = &log->stages[i];
		bool is_inside =
			stage->last_attempt == NONE || stage->last_attempt < log->attempt_count;
		if (!stage->name || stage->state > PAST_BLOCKED || !is_inside)
			fuzz_fail("a stage of no kind");
	}
	for (uint32_t i = 0; i < log->note_count; i++)
		bytes += strlen(log->notes[i].text) + strlen(log->notes[i].level);
	if (bytes == SIZE_MAX)
		fuzz_fail("more names than memory");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	double began = fuzz_cpu();

	if (size == 0)
		return 0;
	size_t cut = (size - 1) * data[0] / 256;
	struct past_reader *reader = past_reader_new(&arena);
	past_feed(reader, (const char *)data + 1, cut);
	check(past_model(reader));
	past_feed(reader, (const char *)data + 1 + cut, size - 1 - cut);
	check(past_model(reader));
	past_is_alive(past_model(reader));
	past_reader_free(reader);
	arena_free(&arena);
	fuzz_end(began);
	return 0;
}
