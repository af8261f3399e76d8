#include "base_test.h"

#include <unistd.h>

#include "base/buf.h"
#include "base/content.h"
#include "base/err.h"

static int load(void **state)
{
	struct err err = {0};

	(void)state;
	if (sha256_load(&err) < 0)
		fail_msg("%s", err.text);
	return 0;
}

static void assert_sum(const struct sha256 *sum, const char *want)
{
	char text[SHA256_TEXT_SIZE];

	sha256_format(sum, text);
	assert_string_equal(text, want);
}

static void sums_are_those_of_sha256sum(void **state)
{
	(void)state;
	struct sha256 sum = sha256_bytes("", 0);

	assert_sum(&sum, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	sum = sha256_bytes("abc", 3);
	assert_sum(&sum, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void codes_of_a_key_are_those_of_rfc_4231(void **state)
{
	(void)state;
	struct sha256 sum = sha256_hmac("Jefe", 4, "what do ya want for nothing?", 28);

	assert_sum(&sum, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

static void a_sum_is_read_as_it_is_written_and_not_otherwise(void **state)
{
	(void)state;
	struct sha256 sum = sha256_bytes("abc", 3), read;
	char text[SHA256_TEXT_SIZE + 1];

	sha256_format(&sum, text);
	assert_true(sha256_parse(text, &read));
	assert_true(sha256_eq(&sum, &read));
	text[63] = 'G';
	assert_false(sha256_parse(text, &read));
	text[63] = 'A';
	assert_false(sha256_parse(text, &read));
	text[63] = '\0';
	assert_false(sha256_parse(text, &read));
	memset(text, 'a', 65);
	text[65] = '\0';
	assert_false(sha256_parse(text, &read));
}

static struct content hash_zeros(struct content_hasher *hasher, uint64_t size, size_t step)
{
	static const char zeros[1 << 20];

	for (uint64_t left = size; left > 0;) {
		size_t part = left < step ? (size_t)left : step;
		content_hasher_add(hasher, zeros, part);
		left -= part;
	}
	return content_hasher_done(hasher);
}

static void a_content_of_one_piece_has_its_sum(void **state)
{
	struct content_hasher *hasher = content_hasher_new();

	(void)state;
	content_hasher_add(hasher, "a", 1);
	content_hasher_add(hasher, "bc", 2);
	struct content whole = content_bytes("abc", 3), parts = content_hasher_done(hasher);
	assert_true(content_eq(&whole, &parts));
	assert_int_equal(content_hasher_pieces(hasher)->len, 0);
	content_hasher_free(hasher);
}

/* By sha256sum of 256 MiB and of 1 byte of zeros, and of the list of the two. */
static void a_large_content_is_named_by_the_list_of_its_pieces(void **state)
{
	struct content_hasher *hasher = content_hasher_new();
	const struct buf *pieces = content_hasher_pieces(hasher);

	(void)state;
	struct content one = hash_zeros(hasher, CONTENT_PIECE, 1 << 20);
	assert_int_equal(pieces->len, 0);
	assert_sum(&one.sum, "a6d72ac7690f53be6ae46ba88506bd97302a093f7108472bd9efc3cefda06484");
	struct content two = hash_zeros(hasher, CONTENT_PIECE + 1, 999999);
	assert_int_equal(two.size, CONTENT_PIECE + 1);
	assert_string_equal(buf_text(pieces),
		"a6d72ac7690f53be6ae46ba88506bd97302a093f7108472bd9efc3cefda06484\n"
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d\n");
	struct sha256 sum = sha256_bytes(pieces->data, pieces->len);
	assert_true(sha256_eq(&sum, &two.sum));
	content_hasher_free(hasher);
}

static int open_unnamed(void)
{
	char path[] = "/tmp/restage-content-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	unlink(path);
	return fd;
}

static void a_file_is_hashed_from_its_beginning(void **state)
{
	struct content content, want = content_bytes("abc", 3);
	int fd = open_unnamed();

	(void)state;
	assert_int_equal(write(fd, "abc", 3), 3);
	assert_int_equal(content_fd(fd, NULL, &content), CONTENT_READ);
	assert_true(content_eq(&content, &want));
	assert_int_equal(ftruncate(fd, 0), 0);
	want = content_bytes("", 0);
	assert_int_equal(content_fd(fd, NULL, &content), CONTENT_READ);
	assert_true(content_eq(&content, &want));
	close(fd);
}

static void a_copy_is_what_was_hashed(void **state)
{
	struct content content, want, copied;
	int fd = open_unnamed(), to = open_unnamed();
	static char data[300000];

	(void)state;
	memset(data, 'x', sizeof data);
	want = content_bytes(data, sizeof data);
	assert_int_equal(write(fd, data, sizeof data), sizeof data);
	assert_int_equal(content_copy(fd, to, NULL, &content), CONTENT_READ);
	assert_true(content_eq(&content, &want));
	assert_int_equal(content_fd(to, NULL, &copied), CONTENT_READ);
	assert_true(content_eq(&copied, &want));
	atomic_bool stop = true;
	assert_int_equal(content_copy(fd, to, &(struct content_how){.stop = &stop}, &content),
		CONTENT_STOPPED);
	close(fd);
	close(to);
}

static void a_large_file_is_hashed_by_pieces(void **state)
{
	struct content_hasher *hasher = content_hasher_new();
	struct content want = hash_zeros(hasher, CONTENT_PIECE + 1, 1 << 20), content;
	struct buf pieces = {0};
	int fd = open_unnamed();

	(void)state;
	assert_int_equal(ftruncate(fd, (off_t)CONTENT_PIECE + 1), 0);
	assert_int_equal(
		content_fd(fd, &(struct content_how){.pieces = &pieces}, &content), CONTENT_READ);
	assert_true(content_eq(&content, &want));
	assert_string_equal(pieces.data, buf_text(content_hasher_pieces(hasher)));
	content_hasher_free(hasher);
	buf_free(&pieces);
	close(fd);
}

static void a_copy_that_cannot_be_written_is_told_from_one_that_cannot_be_read(void **state)
{
	struct content content;
	int fd = open_unnamed(), full = open("/dev/full", O_RDWR | O_CLOEXEC);
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC), dir = open("/", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_int_equal(write(fd, "abc", 3), 3);
	assert_int_equal(content_copy(fd, full, NULL, &content), CONTENT_UNWRITABLE);
	assert_int_equal(content_copy(dir, null, NULL, &content), CONTENT_UNREADABLE);
	close(fd);
	close(full);
	close(null);
	close(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_are_those_of_sha256sum),
		cmocka_unit_test(codes_of_a_key_are_those_of_rfc_4231),
		cmocka_unit_test(a_sum_is_read_as_it_is_written_and_not_otherwise),
		cmocka_unit_test(a_content_of_one_piece_has_its_sum),
		cmocka_unit_test(a_large_content_is_named_by_the_list_of_its_pieces),
		cmocka_unit_test(a_file_is_hashed_from_its_beginning),
		cmocka_unit_test(a_copy_is_what_was_hashed),
		cmocka_unit_test(a_large_file_is_hashed_by_pieces),
		cmocka_unit_test(
			a_copy_that_cannot_be_written_is_told_from_one_that_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, load, NULL);
}
