#include "base_test.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/kept.h"

#define MAGIC "rows 1\n"
#define SPARE 2

struct row {
	struct digest key;
	uint64_t value;
	struct digest check;
};

static const struct kept_form form = {MAGIC, sizeof(struct row), SPARE};

static struct digest key_of(unsigned number)
{
	return digest_bytes(&number, sizeof number);
}

static bool put(struct kept *kept, unsigned number, uint64_t value, bool is_used)
{
	const struct row row = {.key = key_of(number), .value = value};
	uint32_t at;
	bool is_new = kept_put(kept, &row, &at);

	kept->is_used[at] = is_used;
	kept->has_new |= is_new;
	return is_new;
}

static uint64_t value_of(const struct kept *kept, unsigned number)
{
	struct digest key = key_of(number);
	uint32_t at = kept_find(kept, &key);
	struct row row = {.value = 0};

	if (at != NONE)
		memcpy(&row, kept_row(kept, at), sizeof row);
	return row.value;
}

static void write_here(struct kept *kept)
{
	int fd = open(".", O_PATH | O_DIRECTORY);

	assert_true(fd >= 0);
	kept_write(kept, fd, "rows");
	close(fd);
}

/* Rows 1 to count, each its own hundredfold. */
static void write_rows(unsigned count)
{
	struct kept kept = {.form = &form};

	for (unsigned i = 1; i <= count; i++)
		assert_true(put(&kept, i, 100 * i, true));
	write_here(&kept);
	assert_false(kept.has_new);
	kept_free(&kept);
}

static void what_is_written_reads_back_the_same(void **state)
{
	struct kept kept = {.form = &form};

	(void)state;
	write_rows(40);
	kept_read(&kept, "rows");
	assert_int_equal(kept.count, 40);
	assert_false(kept.has_new);
	for (unsigned i = 1; i <= 40; i++)
		assert_int_equal(value_of(&kept, i), 100 * i);
	assert_int_equal(value_of(&kept, 41), 0);
	kept_free(&kept);
}

static void a_row_is_replaced_by_one_with_its_key(void **state)
{
	struct kept kept = {.form = &form};

	(void)state;
	assert_true(put(&kept, 1, 5, true));
	assert_false(put(&kept, 1, 5, true));
	assert_true(put(&kept, 1, 6, true));
	assert_int_equal(kept.count, 1);
	assert_int_equal(value_of(&kept, 1), 6);
	kept_free(&kept);
}

/* Each byte of the file by itself: no row says anything else by it. */
static void damage_costs_its_row_alone(void **state)
{
	struct buf whole = {0};

	(void)state;
	write_rows(3);
	assert_int_equal(fs_read("rows", 1 << 20, &whole, NULL), 0);
	for (size_t i = 0; i < whole.len; i++) {
		struct kept kept = {.form = &form};
		whole.data[i] ^= 1;
		test_write_bytes("rows", whole.data, whole.len);
		whole.data[i] ^= 1;
		kept_read(&kept, "rows");
		assert_int_equal(kept.count, i < strlen(MAGIC) ? 0 : 2);
		for (unsigned k = 1; k <= 3; k++)
			assert_true(value_of(&kept, k) == 0 || value_of(&kept, k) == 100 * k);
		kept_free(&kept);
	}
	buf_free(&whole);
}

static void a_torn_file_has_its_whole_rows(void **state)
{
	struct kept kept = {.form = &form};

	(void)state;
	write_rows(3);
	assert_int_equal(truncate("rows", (off_t)(strlen(MAGIC) + 3 * sizeof(struct row) - 1)), 0);
	kept_read(&kept, "rows");
	assert_int_equal(kept.count, 2);
	kept_free(&kept);
	kept = (struct kept){.form = &form};
	assert_int_equal(truncate("rows", 3), 0);
	kept_read(&kept, "rows");
	kept_read(&kept, "missing");
	assert_int_equal(kept.count, 0);
	kept_free(&kept);
}

/* Of those that are of no use a few stay, more than that go all. */
static void rows_of_no_use_go_when_they_are_many(void **state)
{
	(void)state;
	for (unsigned unused = SPARE; unused <= SPARE + 1; unused++) {
		struct kept kept = {.form = &form}, now = {.form = &form};
		write_rows(unused);
		kept_read(&kept, "rows");
		put(&kept, 90, 9, true);
		write_here(&kept);
		kept_free(&kept);
		kept_read(&now, "rows");
		assert_int_equal(now.count, unused == SPARE ? SPARE + 1 : 1);
		assert_int_equal(value_of(&now, 90), 9);
		kept_free(&now);
	}
}

static void without_anything_new_nothing_is_written(void **state)
{
	struct kept kept = {.form = &form};

	(void)state;
	write_rows(2);
	kept_read(&kept, "rows");
	assert_false(put(&kept, 1, 100, true));
	assert_int_equal(unlink("rows"), 0);
	write_here(&kept);
	assert_false(test_is_there("rows"));
	kept_free(&kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_IN_DIR(what_is_written_reads_back_the_same),
		TEST_IN_DIR(a_row_is_replaced_by_one_with_its_key),
		TEST_IN_DIR(damage_costs_its_row_alone),
		TEST_IN_DIR(a_torn_file_has_its_whole_rows),
		TEST_IN_DIR(rows_of_no_use_go_when_they_are_many),
		TEST_IN_DIR(without_anything_new_nothing_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
