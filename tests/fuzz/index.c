/* The state index. Half of all inputs get the checksum and the seal that their bytes should have,
 * or the fuzzer would never get behind them. What is read is walked through as a run does. */
#include "fuzz.h"

#include "base/digest.h"
#include "model/graph/graph.h"
#include "record/index/index.h"
#include "record/manifest/key.h"

/* index.c's head: magic, sizes, digest and seal of all that follows, request, boot, counts, size;
 * from the request on it is digested first. */
#define HEAD_SIZE 144
#define HEAD_DIGESTS 32
#define HEAD_TOLD 64
#define HEAD_LENGTH 136
/* index_tail.c's records: magic, counts, digest and seal. */
#define RECORD_SIZE 56
#define RECORD_COUNTS 8
#define RECORD_DIGESTS 24

/* What a digest and two pieces amount to. */
static struct digest digest_of(const void *before, size_t before_size, const uint8_t *first,
	size_t first_size, const uint8_t *then, size_t then_size)
{
	struct hasher *hasher = hasher_new();

	hasher_add(hasher, before, before_size);
	hasher_add(hasher, first, first_size);
	hasher_add(hasher, then, then_size);
	struct digest digest = hasher_done(hasher);
	hasher_free(hasher);
	return digest;
}

static struct digest mend_one(uint8_t *digests, const struct digest *before, const uint8_t *first,
	size_t first_size, const uint8_t *then, size_t then_size)
{
	struct digest of = digest_of(before, sizeof *before, first, first_size, then, then_size);
	struct digest seal = digest_of("seal", 4, (const uint8_t *)&of, sizeof of, then, 0);

	memcpy(digests, &of, sizeof of);
	memcpy(digests + sizeof of, &seal, sizeof seal);
	return of;
}

static void mend(uint8_t *data, size_t size)
{
	uint64_t whole = size;

	if (size < HEAD_SIZE)
		return;
	memcpy(&whole, data + HEAD_LENGTH, sizeof whole);
	if (whole < HEAD_SIZE || whole > size) {
		whole = size;
		memcpy(data + HEAD_LENGTH, &whole, sizeof whole);
	}
	struct digest told = digest_bytes(data + HEAD_TOLD, HEAD_SIZE - HEAD_TOLD);
	struct digest last = mend_one(
		data + HEAD_DIGESTS, &told, data + HEAD_SIZE, (size_t)whole - HEAD_SIZE, data, 0);
	for (size_t at = (size_t)whole; size - at >= RECORD_SIZE;) {
		uint32_t counts[4]; /* files, versions, uses, stages */
		memcpy(counts, data + at + RECORD_COUNTS, sizeof counts);
		uint64_t body = counts[0] * (8 + (uint64_t)sizeof(struct index_file)) +
				counts[1] * (uint64_t)sizeof(struct version) +
				((uint64_t)counts[2] + counts[2] % 2) * 4 +
				counts[3] * (8 + (uint64_t)sizeof(struct index_stage));
		if (body > size - at - RECORD_SIZE)
			break;
		last = mend_one(data + at + RECORD_DIGESTS, &last, data + at, RECORD_DIGESTS,
			data + at + RECORD_SIZE, (size_t)body);
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
		for (uint32_t k = entry->first; k < entry->first + entry->count; k++) {
			if (index->uses[k] != NONE)
				bytes += strlen(
					index_path(index, index->versions[index->uses[k]].file));
		}
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
