/* The state index. Half of all inputs get the checksum that their bytes should have (and magic and
 * sizes of this build), or the fuzzer would never get behind it. What is read is walked through as
 * a run does. */
#include "fuzz.h"

#include "base/digest.h"
#include "model/graph/graph.h"
#include "record/index/index.h"
#include "record/manifest/key.h"

/* index.c's head: magic, sizes, digest of all that follows the head, seal, request, boot, counts,
 * size. */
#define HEAD_SIZE 144
#define HEAD_DIGEST 32
#define HEAD_LENGTH 136
/* index_tail.c's records: magic, counts, digest. */
#define RECORD_SIZE 32
#define RECORD_COUNTS 8
#define RECORD_DIGEST 16

static void mend(uint8_t *data, size_t size)
{
	if (size < HEAD_SIZE)
		return;
	uint64_t whole = size;
	memcpy(&whole, data + HEAD_LENGTH, sizeof whole);
	if (whole < HEAD_SIZE || whole > size) {
		whole = size;
		memcpy(data + HEAD_LENGTH, &whole, sizeof whole);
	}
	struct digest last = digest_bytes(data + HEAD_SIZE, (size_t)whole - HEAD_SIZE);
	memcpy(data + HEAD_DIGEST, last.bytes, sizeof last.bytes);
	for (size_t at = (size_t)whole; size - at >= RECORD_SIZE;) {
		uint32_t counts[2];
		memcpy(counts, data + at + RECORD_COUNTS, sizeof counts);
		uint64_t body = counts[0] * (8 + (uint64_t)sizeof(struct index_file)) +
				counts[1] * (8 + (uint64_t)sizeof(struct index_stage));
		if (body > size - at - RECORD_SIZE)
			break;
		struct hasher *hasher = hasher_new();
		hasher_add(hasher, &last, sizeof last);
		hasher_add(hasher, data + at, RECORD_DIGEST);
		hasher_add(hasher, data + at + RECORD_SIZE, (size_t)body);
		last = hasher_done(hasher);
		hasher_free(hasher);
		memcpy(data + at + RECORD_DIGEST, last.bytes, sizeof last.bytes);
		at += RECORD_SIZE + (size_t)body;
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	size = LLVMFuzzerMutate(data, size, max_size);
	if (seed & 1)
		mend(data, size);
	return size;
}

static size_t walk(const struct index *index)
{
	const struct graph *graph = index->graph;
	size_t bytes = 0;

	for (uint32_t i = 0; i < index->file_count; i++)
		bytes += strlen(index_path(index, i));
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		const struct stage *stage = &graph->stages[graph->order[i]];
		const struct index_stage *entry = &index->stages[i];
		struct record_key_set set;
		bytes += strlen(stage_name(graph, i)) + strlen(graph_text(graph, stage->dir));
		key_make(graph, i, NULL, NULL, &set);
		for (uint32_t k = 0; k < stage->input_count + stage->output_count; k++)
			bytes += strlen(file_path(graph, graph->uses[stage->first_use + k].file));
		for (uint32_t k = 0; k < entry->extra_count; k++)
			bytes += strlen(index_path(index, index->extras[entry->first_extra + k]));
	}
	return bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[4096];
	const char *notice, *dir = getenv("FUZZ_DIR");
	double began = fuzz_cpu();

	snprintf(path, sizeof path, "%s/index", dir ? dir : ".");
	fuzz_write(path, data, size);
	struct index *index = index_read(path, &notice);
	if (!index && !notice)
		fuzz_fail("an index was dropped in silence");
	if (index)
		walk(index);
	index_free(index);
	fuzz_end(began);
	return 0;
}
