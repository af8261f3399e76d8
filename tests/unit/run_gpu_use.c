/* What processes use of GPUs, by the fdinfo files of their drivers. */
#include "base_test.h"

#include <time.h>

#include "run/exec/gpu.h"

#define SECOND INT64_C(1000000000)

static struct gpu_client client;

static void driver_and_client_make_a_device(void **state)
{
	(void)state;
	assert_false(fdinfo_parse("pos:\t0\nflags:\t02\nmnt_id:\t15\n", &client));
	assert_false(fdinfo_parse("drm-driver:\tamdgpu\n", &client));
	assert_true(fdinfo_parse("pos:\t0\ndrm-driver:\tamdgpu\ndrm-client-id:\t7\n"
				 "drm-pdev:\t0000:03:00.0",
		&client));
	assert_string_equal(client.device, "amdgpu 0000:03:00.0");
	assert_int_equal(client.id, 7);
	assert_int_equal(client.engine_count, 0);
}

static void engines_have_nanoseconds_or_cycles(void **state)
{
	(void)state;
	assert_true(fdinfo_parse("drm-driver: i915\ndrm-client-id: 1\n"
				 "drm-engine-render:\t9288864723 ns\n"
				 "drm-engine-video: 5 ns\ndrm-engine-capacity-video: 2\n"
				 "drm-maxfreq-render: 1 MHz\n",
		&client));
	assert_int_equal(client.engine_count, 2);
	assert_string_equal(client.engines[0].name, "render");
	assert_int_equal(client.engines[0].busy_ns, 9288864723);
	assert_int_equal(client.engines[0].capacity, 1);
	assert_int_equal(client.engines[1].capacity, 2);
	assert_true(fdinfo_parse("drm-driver: xe\ndrm-client-id: 1\n"
				 "drm-cycles-rcs: 28257900\ndrm-total-cycles-rcs: 7655183225\n",
		&client));
	assert_int_equal(client.engine_count, 1);
	assert_int_equal(client.engines[0].cycles, 28257900);
	assert_int_equal(client.engines[0].total, 7655183225);
	assert_int_equal(client.memory, 0);
}

static uint64_t memory_of(const char *lines)
{
	char text[512];

	snprintf(text, sizeof text, "drm-driver: x\ndrm-client-id: 1\n%s", lines);
	assert_true(fdinfo_parse(text, &client));
	return client.memory;
}

static void memory_is_what_lies_on_the_device(void **state)
{
	(void)state;
	assert_int_equal(memory_of("drm-memory-vram: 3 KiB\ndrm-memory-gtt: 8 KiB\n"), 3072);
	assert_int_equal(memory_of("drm-memory-vram: 9 KiB\ndrm-resident-vram0: 2 MiB\n"
				   "drm-resident-vram1: 1 MiB\ndrm-total-vram0: 64 MiB\n"),
		3 << 20);
	assert_int_equal(memory_of("drm-resident-local0: 100\ndrm-resident-system0: 200\n"), 100);
	/* one that has none of its own uses the machine's */
	assert_int_equal(
		memory_of("drm-resident-system0: 5 MiB\ndrm-memory-cpu: 1 MiB\n"), 5 << 20);
}

static void nonsense_is_none(void **state)
{
	char text[4096] = "drm-driver: x\ndrm-client-id: 1\n";
	(void)state;

	assert_int_equal(memory_of("drm-\ndrm-memory-vram\ndrm-memory-vram: many KiB\n: 1\n"), 0);
	for (int i = 0; i < 40; i++)
		snprintf(text + strlen(text), sizeof text - strlen(text),
			"drm-engine-with-a-name-that-is-rather-long-%d: %d ns\n", i, i);
	assert_true(fdinfo_parse(text, &client));
	assert_true(client.engine_count <= GPU_ENGINES_MAX);
	memset(text + 32, 'x', sizeof text - 33);
	text[sizeof text - 1] = '\0';
	assert_false(fdinfo_parse(text + 33, &client));
}

static struct gpu_clients clients;

static void take(const char *text, int64_t passed_ns)
{
	assert_true(fdinfo_parse(text, &client));
	for (uint32_t i = 0; i < clients.count; i++)
		clients.items[i].is_there = false;
	fdinfo_take(&clients, &client, passed_ns);
}

static int free_clients(void **state)
{
	(void)state;
	free(clients.items);
	clients = (struct gpu_clients){0};
	return 0;
}

static double rounded(double seconds)
{
	return (double)(int64_t)(seconds * 1000 + 0.5) / 1000;
}

static void a_device_was_busy_as_long_as_its_busiest_engine(void **state)
{
	(void)state;
	take("drm-driver: a\ndrm-pdev: 1\ndrm-client-id: 1\ndrm-engine-gfx: 2000000000 ns\n"
	     "drm-engine-dma: 1500000000 ns\n",
		SECOND);
	assert_true(rounded(fdinfo_seconds(&clients)) == 2);
	/* another client of it, and another device */
	take("drm-driver: a\ndrm-pdev: 1\ndrm-client-id: 2\ndrm-engine-dma: 1000000000 ns\n",
		SECOND);
	assert_true(rounded(fdinfo_seconds(&clients)) == 2.5);
	take("drm-driver: a\ndrm-pdev: 2\ndrm-client-id: 1\ndrm-engine-video: 1000000000 ns\n"
	     "drm-engine-capacity-video: 4\n",
		SECOND);
	assert_true(rounded(fdinfo_seconds(&clients)) == 2.75);
}

static void what_is_gone_was_used_all_the_same(void **state)
{
	char names[GPU_NAMES_SIZE] = "";
	(void)state;

	take("drm-driver: a\ndrm-client-id: 1\ndrm-engine-gfx: 3000000000 ns\n"
	     "drm-memory-vram: 8 MiB\n",
		SECOND);
	assert_true(fdinfo_memory_mb(&clients) == 8);
	take("drm-driver: b\ndrm-client-id: 1\n", SECOND);
	assert_true(fdinfo_memory_mb(&clients) == 0);
	assert_true(rounded(fdinfo_seconds(&clients)) == 3);
	fdinfo_add_names(&clients, names);
	assert_string_equal(names, "a"); /* of b nothing was used */
}

static void cycles_are_a_share_of_the_time_that_passed(void **state)
{
	(void)state;
	take("drm-driver: xe\ndrm-client-id: 1\ndrm-cycles-ccs: 500\ndrm-total-cycles-ccs: 9000\n",
		SECOND);
	assert_true(fdinfo_seconds(&clients) == 0);
	take("drm-driver: xe\ndrm-client-id: 1\ndrm-cycles-ccs: 750\ndrm-total-cycles-ccs: 10000\n",
		2 * SECOND);
	assert_true(rounded(fdinfo_seconds(&clients)) == 0.5);
	take("drm-driver: xe\ndrm-client-id: 1\ndrm-cycles-ccs: 750\ndrm-total-cycles-ccs: 12000\n",
		2 * SECOND);
	assert_true(rounded(fdinfo_seconds(&clients)) == 0.5);
}

static void put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* The files of this very process, in a directory that stands for /proc. */
static void a_tree_is_measured_by_its_files(void **state)
{
	char dir[64], path[96];
	struct exec_gpu_use use = {0};
	(void)state;

	snprintf(dir, sizeof dir, "%ld", (long)getpid());
	assert_int_equal(mkdir(dir, 0777), 0);
	snprintf(path, sizeof path, "%s/fdinfo", dir);
	assert_int_equal(mkdir(path, 0777), 0);
	snprintf(path, sizeof path, "%s/fdinfo/3", dir);
	put(path, "drm-driver: amdgpu\ndrm-pdev: 0000:03:00.0\ndrm-client-id: 4\n"
		  "drm-engine-compute: 7000000000 ns\ndrm-memory-vram: 64 MiB\n");
	/* the same once more, by another descriptor, and something else */
	snprintf(path, sizeof path, "%s/fdinfo/4", dir);
	put(path, "drm-driver: amdgpu\ndrm-pdev: 0000:03:00.0\ndrm-client-id: 4\n"
		  "drm-engine-compute: 7000000000 ns\ndrm-memory-vram: 64 MiB\n");
	snprintf(path, sizeof path, "%s/fdinfo/5", dir);
	put(path, "pos:\t0\n");

	struct gpu_meter *meter = gpu_meter_new(".");
	gpu_meter_add(meter, 9, getpid(), false, "0");
	for (int i = 0; i < 3000 && !use.is_known; i++) {
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
		use = gpu_meter_read(meter, 9);
	}
	assert_true(use.is_known);
	assert_false(use.is_of_device);
	assert_string_equal(use.names, "amdgpu 0000:03:00.0");
	assert_true(use.memory_mb == 64);
	assert_true(use.peak_mb == 64);
	assert_true(use.seconds == 7);
	use = gpu_meter_end(meter, 9);
	assert_true(use.is_known);
	assert_false(gpu_meter_end(meter, 9).is_known);
	assert_false(gpu_meter_read(meter, 8).is_known);
	gpu_meter_free(meter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(driver_and_client_make_a_device),
		cmocka_unit_test(engines_have_nanoseconds_or_cycles),
		cmocka_unit_test(memory_is_what_lies_on_the_device),
		cmocka_unit_test(nonsense_is_none),
		cmocka_unit_test_teardown(
			a_device_was_busy_as_long_as_its_busiest_engine, free_clients),
		cmocka_unit_test_teardown(what_is_gone_was_used_all_the_same, free_clients),
		cmocka_unit_test_teardown(cycles_are_a_share_of_the_time_that_passed, free_clients),
		TEST_IN_DIR(a_tree_is_measured_by_its_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
