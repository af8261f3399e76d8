#include "base_test.h"

#include "run/job/lock_reach.h"

#define LINES \
	"22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro\n" \
	"30 22 0:40 / /home rw shared:3 master:1 - nfs4 srv:/h rw,vers=4.2,hard,local_lock=none\n" \
	"31 22 0:41 / /a rw - nfs srv:/a rw,vers=3,nolock,proto=tcp,local_lock=all\n" \
	"32 22 0:42 / /b\\040c rw - nfs srv:/b rw,vers=3,local_lock=posix\n" \
	"33 22 0:43 / /d rw - nfs srv:/d rw,vers=3,local_lock=flock\n" \
	"34 22 0:44 / /e rw - lustre 10.0.0.1@tcp:/l rw,flock,user_xattr\n" \
	"35 22 0:45 / /f rw - lustre 10.0.0.1@tcp:/l rw,localflock\n" \
	"36 22 0:46 / /g rw - lustre 10.0.0.1@tcp:/l rw\n" \
	"37 22 0:47 / /h rw - tmpfs - rw,nolock\n" \
	"38 22 0:48 / /i rw - nfs"

static void mounts_tell_whether_locks_are_shared(void **state)
{
	static const struct {
		uint32_t major, minor;
		const char *option;
	} cases[] = {
		{8, 1, NULL},
		{0, 40, NULL},
		{0, 41, "nolock"},
		{0, 42, "local_lock=posix"},
		{0, 43, NULL},
		{0, 44, NULL},
		{0, 45, "no flock"},
		{0, 46, "no flock"},
		{0, 47, NULL},
		{0, 48, NULL},
		{0, 4, NULL},
		{9, 9, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t len = 0;
		const char *found = lock_reach_find(LINES, cases[i].major, cases[i].minor, &len);
		const char *wanted = cases[i].option;
		if (!found != !wanted ||
			(found && (len != strlen(wanted) || memcmp(found, wanted, len) != 0)))
			fail_msg("%u:%u: %.*s", cases[i].major, cases[i].minor, (int)len,
				found ? found : "");
	}
}

static void what_is_no_list_of_mounts_tells_nothing(void **state)
{
	static const char *const texts[] = {"", "\n\n", "x", "1 2 0:1", "1 2 0:1 - ", "1 2 0:1 -",
		"1 2 0:1 / / rw - nfs x", "1 2 0:1 / / rw - nfs x\n", " - \n - 0:1"};
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_null(lock_reach_find(texts[i], 0, 1, &len));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mounts_tell_whether_locks_are_shared),
		cmocka_unit_test(what_is_no_list_of_mounts_tells_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
