/* The state index: damage anywhere is noticed, also where somebody mended the checksum. */
#include "record/index/index.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/mem.h"
#include "base_test.h"
#include "model/graph/graph.h"
#include "model/load/definition.h"

/* index.c's head: magic, sizes, digest and seal of all that follows, request, boot, counts,
 * size. */
#define HEAD_SIZE 144
#define HEAD_DIGEST 32
#define HEAD_TOLD 64 /* request, boot, counts, size: digested first */

static struct graph *make_graph(void)
{
	struct definition_request request = {.file = "pipeline.ini"};
	struct diags diags = {0};
	struct err err = {0};

	test_write("pipeline.ini",
		"[stage:a]\ncommand = cp {{input.i}} {{output.o}}\ninput.i = in\n"
		"output.o = o\n[stage:b]\ncommand = true\ninput.i = {{a.o}}\n");
	struct graph *graph = definition_load(&request, &diags, &err);
	assert_non_null(graph);
	diag_free(&diags);
	return graph;
}

static struct version versions[4];
static uint32_t uses[3];
static char text[] = "\0dep";

/* Files of the graph and one more, which stage a rests on; of b nothing is recorded. */
static struct index make_index(void)
{
	struct index index = {.graph = make_graph()};
	uint32_t known = index.graph->file_count;

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
	index.extra_text = text;
	index.extra_size = sizeof text;
	for (uint32_t i = 0; i < 3; i++) {
		versions[i] = (struct version){.is = digest_bytes(&i, sizeof i), .file = i};
		uses[i] = i;
	}
	versions[1].file = known;
	versions[2].file = 1;
	index.versions = versions;
	index.version_count = 3;
	index.uses = uses;
	index.use_count = 3;
	index.stages[0].flags = INDEX_STAGE_RECORDED;
	index.stages[0].count = 3;
	index.stages[0].further = 1;
	return index;
}

static void free_index(struct index *index)
{
	free(index->files);
	free(index->stages);
	free(index->sources);
	graph_free(index->graph);
}

static void write_index(void)
{
	struct err err = {0};
	struct index index = make_index();

	assert_int_equal(index_write(&index, "index", &err), 0);
	free_index(&index);
}

static struct index *read_bytes(const char *bytes, size_t len)
{
	const char *notice;

	/* A new file: one that is cut to nothing is written to the disk as it is closed. */
	unlink("changed");
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
	assert_int_equal(index->stages[0].flags, INDEX_STAGE_RECORDED);
	assert_string_equal(index_path(index, index->versions[index->uses[1]].file), "dep");
	index_free(index);
	free(bytes);
}

static void each_flipped_bit_is_noticed(void **state)
{
	size_t len;
	char *bytes = read_index(&len);

	(void)state;
	for (size_t i = 0; i < len; i++) {
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

/* The digest is mended, the seal is not. */
static void a_mended_checksum_hides_nothing(void **state)
{
	size_t len;
	char *bytes = read_index(&len);

	(void)state;
	for (size_t i = HEAD_TOLD; i < len; i++) {
		char *copy = malloc(sizeof(struct digest) + len);
		char *changed = copy + sizeof(struct digest);
		struct digest digest;
		assert_non_null(copy);
		memcpy(changed, bytes, len);
		for (int is_changed = 0; is_changed < 2; is_changed++) {
			changed[i] ^= (char)(is_changed << i % 8);
			digest = digest_bytes(changed + HEAD_TOLD, HEAD_SIZE - HEAD_TOLD);
			memcpy(changed + HEAD_SIZE - sizeof digest, digest.bytes, sizeof digest);
			digest = digest_bytes(changed + HEAD_SIZE - sizeof digest,
				len - HEAD_SIZE + sizeof digest);
			memcpy(changed + HEAD_SIZE - sizeof digest,
				bytes + HEAD_SIZE - sizeof digest, sizeof digest);
			/* Without a change it is the one that was written. */
			if (!is_changed)
				assert_memory_equal(
					changed + HEAD_DIGEST, digest.bytes, sizeof digest);
		}
		if (i >= HEAD_SIZE - sizeof digest && i < HEAD_SIZE)
			changed[i] ^= (char)(1 << i % 8);
		memcpy(changed + HEAD_DIGEST, digest.bytes, sizeof digest);
		assert_null(read_bytes(changed, len));
		free(copy);
	}
	free(bytes);
}

typedef void take_state(struct index_state *state, const struct index *index);

static int append_to(struct index *old, struct index *index, take_state *take)
{
	struct index_state state = {0};
	struct err err = {0};

	take(&state, old);
	int status = index_append(&state, index, "index", &err);
	index_state_free(&state);
	return status;
}

/* A file of stage a has another content, of which b's success is recorded: added to the file
 * "index". */
static void append(uint64_t seed, take_state *take)
{
	const char *notice;
	struct index *old = index_read("index", &notice), index = make_index();
	uint32_t number = old->version_count, first = old->use_count;
	struct version more[8];
	uint32_t more_uses[8];

	assert_non_null(old);
	assert_true(number < 8 && first < 8);
	memcpy(more, old->versions, number * sizeof *more);
	memcpy(more_uses, old->uses, first * sizeof *more_uses);
	more[number] = (struct version){.is = digest_bytes(&seed, sizeof seed), .file = 1};
	more_uses[first] = number;
	index.versions = more;
	index.version_count = number + 1;
	index.uses = more_uses;
	index.use_count = first + 1;
	index.files[0].sum = digest_bytes(&seed, sizeof seed);
	index.files[0].size = seed;
	index.stages[1].flags = INDEX_STAGE_RECORDED;
	index.stages[1].first = first;
	index.stages[1].count = 1;
	assert_int_equal(append_to(old, &index, take), 1);
	index_free(old);
	free_index(&index);
}

static char *read_appended(size_t *len, size_t *first, size_t *second)
{
	struct buf file = {0};
	struct err err = {0};

	free(read_index(first));
	append(5, index_state_lend);
	assert_int_equal(fs_read("index", 1 << 20, &file, &err), 0);
	*second = file.len;
	append(6, index_state_mark);
	buf_reset(&file);
	assert_int_equal(fs_read("index", 1 << 20, &file, &err), 0);
	*len = file.len;
	assert_true(*first < *second && *second < *len);
	return buf_steal(&file);
}

static void what_was_appended_is_read(void **state)
{
	size_t len, first, second;
	char *bytes = read_appended(&len, &first, &second);
	struct index *index = read_bytes(bytes, len);

	(void)state;
	assert_non_null(index);
	assert_false(index->is_torn);
	assert_int_equal(index->files[0].size, 6);
	assert_int_equal(index->stages[1].flags, INDEX_STAGE_RECORDED);
	assert_int_equal(index->version_count, 5);
	assert_int_equal(index->uses[index->stages[1].first], 4);
	uint64_t seed = 6;
	struct digest digest = digest_bytes(&seed, sizeof seed);
	assert_memory_equal(&index->versions[4].is, &digest, sizeof digest);
	assert_int_equal(index->size, first);
	assert_int_equal(index->end, len);
	index_free(index);
	free(bytes);
}

/* The row ends before what is cut: what came before is as it was, and nothing may be appended. */
static void a_cut_record_leaves_those_before_it(void **state)
{
	size_t len, first, second;
	char *bytes = read_appended(&len, &first, &second);

	(void)state;
	for (size_t i = 0; i < len; i++) {
		struct index *index = read_bytes(bytes, i);
		assert_true((index != NULL) == (i >= first));
		if (!index)
			continue;
		assert_int_equal(index->files[0].size, i >= second ? 5 : 0);
		assert_int_equal(index->is_torn, i != first && i != second);
		index_free(index);
	}
	free(bytes);
}

static void a_flipped_bit_in_a_record_ends_the_row(void **state)
{
	size_t len, first, second;
	char *bytes = read_appended(&len, &first, &second);

	(void)state;
	for (size_t i = first; i < len; i++) {
		bytes[i] ^= (char)(1 << i % 8);
		struct index *index = read_bytes(bytes, len);
		assert_non_null(index);
		assert_true(index->is_torn);
		assert_int_equal(index->files[0].size, i < second ? 0 : 5);
		index_free(index);
		bytes[i] ^= (char)(1 << i % 8);
	}
	free(bytes);
}

static void what_does_not_fit_is_not_appended(void **state)
{
	const char *notice;

	(void)state;
	write_index();
	struct index *old = index_read("index", &notice), index = make_index();
	assert_non_null(old);
	index.files[0].size = 1;
	/* Another boot, another request, other sources, other extra files, a torn end, another file
	 * by now. */
	old->is_of_this_boot = false;
	assert_int_equal(append_to(old, &index, index_state_lend), 0);
	old->is_of_this_boot = true;
	index.request.bytes[0] = 1;
	assert_int_equal(append_to(old, &index, index_state_lend), 0);
	index.request.bytes[0] = 0;
	index.sources[0].stat.ino = 1;
	assert_int_equal(append_to(old, &index, index_state_lend), 0);
	index.sources[0].stat.ino = 0;
	index.extra_size--;
	assert_int_equal(append_to(old, &index, index_state_lend), 0);
	index.extra_size++;
	index.version_count--;
	assert_int_equal(append_to(old, &index, index_state_lend), 0);
	index.version_count++;
	old->is_torn = true;
	assert_int_equal(append_to(old, &index, index_state_lend), 0);
	old->is_torn = false;
	old->end++;
	assert_int_equal(append_to(old, &index, index_state_lend), 0);
	old->end--;
	assert_int_equal(append_to(old, &index, index_state_lend), 1);
	/* Much was appended already. */
	int appended = 0;
	for (uint64_t i = 2; appended < 100000; i++, appended++) {
		struct index *last = index_read("index", &notice);
		index.files[0].size = i;
		int status = append_to(last, &index, index_state_lend);
		index_free(last);
		if (status == 0)
			break;
		assert_int_equal(status, 1);
	}
	assert_in_range(appended, 100, 10000);
	index_free(old);
	free_index(&index);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_IN_DIR(what_was_written_is_read),
		TEST_IN_DIR(each_flipped_bit_is_noticed),
		TEST_IN_DIR(each_cut_is_noticed),
		TEST_IN_DIR(a_mended_checksum_hides_nothing),
		TEST_IN_DIR(what_was_appended_is_read),
		TEST_IN_DIR(a_cut_record_leaves_those_before_it),
		TEST_IN_DIR(a_flipped_bit_in_a_record_ends_the_row),
		TEST_IN_DIR(what_does_not_fit_is_not_appended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
