/* The state index: damage anywhere is noticed, also where somebody mended the checksum. */
#include "record/index.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/mem.h"
#include "base_test.h"
#include "model/definition.h"
#include "model/graph.h"

/* index.c's head: magic, sizes, digest of all that follows the head, seal, request, boot, counts. */
#define HEAD_SIZE 136
#define HEAD_DIGEST 32

static struct graph *make_graph(void)
{
	struct definition_request request = {.file = "pipeline.ini"};
	struct diags diags = {0};
	struct err err = {0};

	test_write("pipeline.ini", "[stage:a]\ncommand = cp {{input.i}} {{output.o}}\ninput.i = in\n"
				   "output.o = o\n[stage:b]\ncommand = true\ninput.i = {{a.o}}\n");
	struct graph *graph = definition_load(&request, &diags, &err);
	assert_non_null(graph);
	diag_free(&diags);
	return graph;
}

/* Files of the graph and one more, which stage a is judged by; b is not up to date. */
static void write_index(void)
{
	struct err err = {0};
	struct index index = {.graph = make_graph()};
	char text[] = "\0dep";
	uint32_t known = index.graph->file_count, extra = known;

	index.file_count = known + 1;
	index.files = mem_alloc(index.file_count * sizeof *index.files);
	index.stages = mem_alloc((index.graph->stage_count + 1) * sizeof *index.stages);
	index.sources = mem_alloc((index.graph->source_count + 1) * sizeof *index.sources);
	for (uint32_t i = 0; i < index.file_count; i++) {
		index.files[i].stat = (struct fs_stat){.size = i, .ino = i + 7, .type = 'f'};
		index.files[i].sum = digest_bytes(&i, sizeof i);
		index.files[i].flags = INDEX_FILE_KNOWN;
	}
	index.files[known].path = 1;
	index.extras = &extra;
	index.extra_count = 1;
	index.extra_text = text;
	index.extra_size = sizeof text;
	index.stages[0].flags = INDEX_STAGE_FRESH;
	index.stages[0].extra_count = 1;
	assert_int_equal(index_write(&index, "index", &err), 0);
	free(index.files);
	free(index.stages);
	free(index.sources);
	graph_free(index.graph);
}

static struct index *read_bytes(const char *bytes, size_t len)
{
	const char *notice;

	test_write_bytes("changed", bytes, len);
	struct index *index = index_read("changed", &notice);
	assert_true((index == NULL) == (notice != NULL));
	return index;
}

static char *read_index(size_t *len)
{
	struct buf file = {0};
	struct err err = {0};

	write_index();
	assert_int_equal(fs_read("index", 1 << 20, &file, &err), 0);
	*len = file.len;
	return buf_steal(&file);
}

static void what_was_written_is_read(void **state)
{
	size_t len;
	char *bytes = read_index(&len);
	struct index *index = read_bytes(bytes, len);

	(void)state;
	assert_non_null(index);
	assert_int_equal(index->stages[0].flags, INDEX_STAGE_FRESH);
	assert_string_equal(index_path(index, index->extras[0]), "dep");
	index_free(index);
	free(bytes);
}

static void each_flipped_bit_is_noticed(void **state)
{
	size_t len;
	char *bytes = read_index(&len);

	(void)state;
	for (size_t i = 0; i < len; i++) {
		/* The end of the head, which is not used, says nothing. */
		if (i >= HEAD_SIZE - 4 && i < HEAD_SIZE)
			continue;
		bytes[i] ^= (char)(1 << i % 8);
		assert_null(read_bytes(bytes, len));
		bytes[i] ^= (char)(1 << i % 8);
	}
	free(bytes);
}

static void each_cut_is_noticed(void **state)
{
	size_t len;
	char *bytes = read_index(&len);

	(void)state;
	for (size_t i = 0; i < len; i++)
		assert_null(read_bytes(bytes, i));
	free(bytes);
}

/* What cannot be noticed then must be without meaning. */
static void a_mended_checksum_hides_nothing_that_counts(void **state)
{
	size_t len, passed = 0;
	char *bytes = read_index(&len);
	struct index *good = read_bytes(bytes, len);

	(void)state;
	for (size_t i = HEAD_SIZE; i < len; i++) {
		struct digest digest;
		char *copy = malloc(len);
		assert_non_null(copy);
		memcpy(copy, bytes, len);
		copy[i] ^= (char)(1 << i % 8);
		digest = digest_bytes(copy + HEAD_SIZE, len - HEAD_SIZE);
		memcpy(copy + HEAD_DIGEST, digest.bytes, sizeof digest.bytes);
		struct index *index = read_bytes(copy, len);
		if (index) {
			passed++;
			assert_int_equal(index->file_count, good->file_count);
			assert_memory_equal(index->stages, good->stages,
				good->graph->stage_count * sizeof *good->stages);
			for (uint32_t k = 0; k < good->file_count; k++) {
				assert_memory_equal(&index->files[k], &good->files[k],
					offsetof(struct index_file, path));
				assert_string_equal(index_path(index, k), index_path(good, k));
			}
		}
		index_free(index);
		free(copy);
	}
	/* The offset of a path that is the graph's, the names beside the one that is meant, padding. */
	assert_true(passed < 128);
	index_free(good);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_IN_DIR(what_was_written_is_read),
		TEST_IN_DIR(each_flipped_bit_is_noticed),
		TEST_IN_DIR(each_cut_is_noticed),
		TEST_IN_DIR(a_mended_checksum_hides_nothing_that_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
