#include "base_test.h"

#include <errno.h>
#include <signal.h>

#include "base/digest.h"
#include "base/digest_wide.h"

static void assert_digest(const struct digest *digest, const char *want)
{
	char text[DIGEST_TEXT_SIZE];

	digest_format(digest, text);
	assert_string_equal(text, want);
}

static void digests_are_those_of_xxhsum(void **state)
{
	(void)state;
	struct digest digest = digest_bytes("", 0);

	assert_digest(&digest, "xxh3-128:99aa06d3014798d86001c324468d497f");
	digest = digest_bytes("abc", 3);
	assert_digest(&digest, "xxh3-128:06b05ab6733a618578af5f94892f3950");
}

static const struct {
	size_t len;
	uint64_t high, low;
} long_sums[] = {
	/* by xxhsum -H2 of the first bytes of the pattern below */
	{241, 0x50b62ee1ee6455a7, 0xbc424a2c480dd281},
	{1024, 0x53bd178b75ab292e, 0x1fd15e7d36f5e1bc},
	{65536, 0x463ae68f708ee101, 0x32152aa15c5ff65a},
	{65537, 0xf2bc6aa18c6f2102, 0x61b429f8bd154060},
	{196608, 0xb1d1f7b2f3062c03, 0x6f2a2ca57098fa67},
	{196609, 0xdfb903806791da3f, 0x957afb988abf07b5},
	{300000, 0x48029c5ca2eb3748, 0xae771702cc2e882f},
};

static void assert_wide(const struct digest_wide *wide, const uint8_t *data)
{
	for (size_t i = 0; i < sizeof long_sums / sizeof *long_sums; i++) {
		struct digest_wide_hash hash = wide->bytes(data, long_sums[i].len);
		assert_true(hash.high == long_sums[i].high);
		assert_true(hash.low == long_sums[i].low);
	}
}

/* Also those that this processor would not choose, as far as it can execute them. */
static void long_data_hash_as_by_xxhsum_with_every_kind_of_vectors(void **state)
{
	(void)state;
	static uint8_t data[300000];
	char want[DIGEST_TEXT_SIZE];

	for (uint64_t i = 0; i < sizeof data; i++)
		data[i] = (uint8_t)(i * 2654435761u >> 13);
	for (size_t i = 0; i < sizeof long_sums / sizeof *long_sums; i++) {
		snprintf(want, sizeof want, "xxh3-128:%016llx%016llx",
			(unsigned long long)long_sums[i].high,
			(unsigned long long)long_sums[i].low);
		struct digest digest = digest_bytes(data, long_sums[i].len);
		assert_digest(&digest, want);
		struct hasher *hasher = hasher_new();
		hasher_add(hasher, data, long_sums[i].len / 3);
		hasher_add(hasher, data + long_sums[i].len / 3,
			long_sums[i].len - long_sums[i].len / 3);
		digest = hasher_done(hasher);
		assert_digest(&digest, want);
		hasher_free(hasher);
	}
#ifdef RESTAGE_WIDE_DIGEST
	if (__builtin_cpu_supports("avx2"))
		assert_wide(&digest_avx2, data);
	if (__builtin_cpu_supports("avx512f"))
		assert_wide(&digest_avx512, data);
#else
	(void)assert_wide;
#endif
}

static void a_digest_reads_back_only_as_it_was_written(void **state)
{
	(void)state;
	struct digest digest = digest_bytes("x", 1), back = {{0}};
	char text[DIGEST_TEXT_SIZE], bad[64];

	digest_format(&digest, text);
	assert_int_equal(strlen(text) + 1, DIGEST_TEXT_SIZE);
	assert_true(digest_parse(text, &back));
	assert_true(digest_eq(&digest, &back));
	for (size_t len = 0; len < strlen(text); len++) {
		memcpy(bad, text, len);
		bad[len] = '\0';
		assert_false(digest_parse(bad, &back));
	}
	snprintf(bad, sizeof bad, "%s0", text);
	assert_false(digest_parse(bad, &back));
	assert_false(digest_parse("xxh3-128:99AA06D3014798D86001C324468D497F", &back));
	assert_false(digest_parse("xxh3-128:g9aa06d3014798d86001c324468d497f", &back));
	assert_false(digest_parse("sha256:99aa06d3014798d86001c324468d497f00000000", &back));
	assert_true(digest_eq(&digest, &back)); /* untouched by what failed */
}

static void all_zero_bytes_mean_no_digest(void **state)
{
	(void)state;
	struct digest zero = {{0}}, other = digest_bytes("", 0);

	assert_true(digest_is_zero(&zero));
	assert_false(digest_is_zero(&other));
	assert_false(digest_eq(&zero, &other));
}

static void pieces_hash_as_the_whole(void **state)
{
	(void)state;
	static char data[300000];

	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (char)(i * 31 + i / 7);
	struct hasher *hasher = hasher_new();
	for (size_t i = 0, n = 1; i < sizeof data; i += n, n = n * 2 + 1)
		hasher_add(hasher, data + i, n < sizeof data - i ? n : sizeof data - i);
	struct digest a = hasher_done(hasher), b = digest_bytes(data, sizeof data);
	assert_true(digest_eq(&a, &b));
	hasher_reset(hasher);
	a = hasher_done(hasher);
	b = digest_bytes("", 0);
	assert_true(digest_eq(&a, &b));
	hasher_free(hasher);
}

static struct digest of_strings(const char *a, const char *b)
{
	struct hasher *hasher = hasher_new();

	hasher_add_str(hasher, a);
	hasher_add_str(hasher, b);
	struct digest digest = hasher_done(hasher);
	hasher_free(hasher);
	return digest;
}

static void sequences_of_strings_do_not_run_together(void **state)
{
	(void)state;
	struct digest a = of_strings("ab", "c"), b = of_strings("a", "bc"),
		      c = of_strings("abc", "");

	assert_false(digest_eq(&a, &b) || digest_eq(&b, &c) || digest_eq(&a, &c));
}

static void numbers_hash_alike_on_any_machine(void **state)
{
	(void)state;
	struct hasher *hasher = hasher_new();

	hasher_add_u64(hasher, 0x0102030405060708u);
	struct digest a = hasher_done(hasher), b = digest_bytes("\1\2\3\4\5\6\7\10", 8);
	assert_true(digest_eq(&a, &b));
	hasher_free(hasher);
}

static void files_of_every_size_hash_as_their_bytes(void **state)
{
	(void)state;
	const size_t sizes[] = {0, 1, 4095, 65535, 65536, 65537, 65536 + (1 << 20) - 1,
		65536 + (1 << 20), 65536 + (1 << 20) + 1, 3 << 20};
	char *data = malloc(3 << 20);

	for (size_t i = 0; i < 3 << 20; i++)
		data[i] = (char)(i * 7 + i / 251);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct err err = {0};
		struct digest digest, want = digest_bytes(data, sizes[i]);
		uint64_t size = 99;
		test_write_bytes("f", data, sizes[i]);
		assert_int_equal(digest_file("f", &digest, &size, &err), 0);
		assert_true(digest_eq(&digest, &want));
		assert_int_equal(size, sizes[i]);
	}
	free(data);
}

static void a_file_read_in_parts_hashes_as_in_one(void **state)
{
	(void)state;
	static uint8_t data[1000001];
	struct digest whole, parts;
	uint64_t size = 0;
	struct err err = {0};

	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (uint8_t)(i * 31 >> 3);
	const size_t lengths[] = {0, 1, 131072, 131073, sizeof data};
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		test_write_bytes("f", data, lengths[i]);
		assert_int_equal(digest_file("f", &whole, &size, &err), 0);
		struct digest_file *file = digest_file_open("f", NULL, &err);
		assert_non_null(file);
		int more, turns = 0;
		while ((more = digest_file_some(file, 200000, &parts, &size, &err)) > 0)
			turns++;
		assert_int_equal(more, 0);
		assert_int_equal(size, lengths[i]);
		assert_true(digest_eq(&whole, &parts));
		assert_true(turns >= (int)(lengths[i] / 400000));
		digest_file_close(file);
	}
	assert_null(digest_file_open("none", NULL, &err));
	assert_int_equal(err.sys, ENOENT);
}

static void links_to_files_are_followed(void **state)
{
	(void)state;
	struct err err = {0};
	struct digest digest, want = digest_bytes("hello", 5);
	uint64_t size;

	test_write("f", "hello");
	assert_int_equal(symlink("f", "l"), 0);
	assert_int_equal(digest_file("l", &digest, &size, &err), 0);
	assert_true(digest_eq(&digest, &want));
}

static void what_is_no_regular_file_is_an_error_without_waiting(void **state)
{
	(void)state;
	assert_int_equal(mkfifo("p", 0666), 0);
	assert_int_equal(symlink("nowhere", "dangling"), 0);
	const char *const paths[] = {"p", "/dev/zero", ".", "missing", "dangling"};
	alarm(10);
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		struct err err = {0};
		struct digest digest;
		uint64_t size;
		assert_int_equal(digest_file(paths[i], &digest, &size, &err), -1);
		assert_int_equal(err.code, EXIT_WORLD);
		assert_non_null(strstr(err.text, paths[i]));
	}
	alarm(0);
}

static void a_file_that_changes_its_size_meanwhile_does_no_harm(void **state)
{
	(void)state;
	static char data[1 << 20];

	test_write_bytes("f", data, sizeof data);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		for (;;) {
			if (truncate("f", 10) < 0 || truncate("f", 5 << 20) < 0)
				_exit(1);
		}
	}
	for (int i = 0; i < 50; i++) {
		struct err err = {0};
		struct digest digest;
		uint64_t size;
		assert_int_equal(digest_file("f", &digest, &size, &err), 0);
		assert_true(size <= 5 << 20);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests_are_those_of_xxhsum),
		cmocka_unit_test(long_data_hash_as_by_xxhsum_with_every_kind_of_vectors),
		cmocka_unit_test(a_digest_reads_back_only_as_it_was_written),
		cmocka_unit_test(all_zero_bytes_mean_no_digest),
		cmocka_unit_test(pieces_hash_as_the_whole),
		cmocka_unit_test(sequences_of_strings_do_not_run_together),
		cmocka_unit_test(numbers_hash_alike_on_any_machine),
		TEST_IN_DIR(files_of_every_size_hash_as_their_bytes),
		TEST_IN_DIR(a_file_read_in_parts_hashes_as_in_one),
		TEST_IN_DIR(links_to_files_are_followed),
		TEST_IN_DIR(what_is_no_regular_file_is_an_error_without_waiting),
		TEST_IN_DIR(a_file_that_changes_its_size_meanwhile_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
