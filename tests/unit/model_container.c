#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "model/command/command.h"
#include "model/command/container.h"

static struct arena arena;

static int end(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static const char *joined(char *const *words)
{
	struct buf text = {0};

	for (; words && *words; words++)
		buf_fmt(&text, "%s%s", text.len ? "|" : "", *words);
	const char *all = arena_strdup(&arena, buf_text(&text));
	buf_free(&text);
	return all;
}

static const char *const root_only[] = {"/data/my project", NULL};

static struct container container_of(enum container_engine engine, const char *program)
{
	return (struct container){
		.engine = engine,
		.program = program,
		.image = "docker.io/library/python:3.12",
		.name = "restage-1",
		.dir = "/data/my project/tools",
		.mounts = root_only,
		.uid = 1000,
		.gid = 100,
	};
}

static struct command wrapped(const struct container *container, char ***env)
{
	static char *argv[] = {"python3", "make it.py", NULL};
	struct command command = {.argv = argv, .argc = 2};
	char **none = NULL;

	container_wrap(&arena, container, &command, env ? env : &none);
	assert_true(command.is_direct);
	assert_null(command.argv[command.argc]);
	return command;
}

static void podman_runs_as_the_calling_user_with_the_root_at_its_own_path(void **state)
{
	struct container container = container_of(CONTAINER_PODMAN, "/usr/bin/podman");
	(void)state;

	struct command command = wrapped(&container, NULL);
	assert_string_equal(joined(command.argv),
		"/usr/bin/podman|run|--rm|--init|--log-driver|none|--security-opt|label=disable|"
		"--pull|never|--name|restage-1|--replace|--userns|keep-id|--user|1000:100|"
		"--network|none|--mount|type=bind,source=/data/my project,destination=/data/my "
		"project|--workdir|/data/my project/tools|--entrypoint|python3|"
		"docker.io/library/python:3.12|make it.py");
	assert_string_equal(
		joined(command.cleanup), "/usr/bin/podman|rm|--force|--time|0|--ignore|restage-1");
	assert_false(command.is_of_daemon);
}

static void root_needs_no_mapping_of_users(void **state)
{
	struct container container = container_of(CONTAINER_PODMAN, "podman");
	(void)state;

	container.uid = container.gid = 0;
	const char *all = joined(wrapped(&container, NULL).argv);
	assert_null(strstr(all, "--userns"));
	assert_non_null(strstr(all, "|--user|0:0|"));
}

static void docker_asks_its_daemon_for_the_same(void **state)
{
	struct container container = container_of(CONTAINER_DOCKER, "docker");
	(void)state;

	container.image = "docker://alpine";
	struct command command = wrapped(&container, NULL);
	assert_string_equal(joined(command.argv),
		"docker|run|--rm|--init|--log-driver|none|--security-opt|label=disable|--pull|never|"
		"--name|restage-1|--user|1000:100|--network|none|--mount|type=bind,source=/data/my "
		"project,destination=/data/my project|--workdir|/data/my project/tools|--entrypoint|"
		"python3|alpine|make it.py");
	assert_string_equal(joined(command.cleanup), "docker|rm|--force|restage-1");
	assert_true(command.is_of_daemon);
}

static void apptainer_runs_a_file_and_leaves_nothing(void **state)
{
	struct container container = container_of(CONTAINER_APPTAINER, "/opt/apptainer");
	(void)state;

	container.file = "/cache/1.sif";
	struct command command = wrapped(&container, NULL);
	assert_string_equal(joined(command.argv),
		"/opt/apptainer|--silent|exec|--cleanenv|--no-eval|--no-home|--pid|--net|--network|"
		"none|--mount|type=bind,source=/data/my project,destination=/data/my project|--pwd|"
		"/data/my project/tools|/cache/1.sif|python3|make it.py");
	assert_null(command.cleanup);
}

static void values_of_variables_stand_in_no_argument(void **state)
{
	struct container container = container_of(CONTAINER_PODMAN, "podman");
	static const char *const passed[] = {"TOKEN", NULL};
	char *given[] = {"SECRET=s3cret", "PATH=/opt/bin", NULL}, **env = given;
	(void)state;

	container.passed = passed;
	const char *all = joined(wrapped(&container, &env).argv);
	assert_non_null(strstr(all, "|--env|SECRET|--env|PATH=/opt/bin|--env|TOKEN|"));
	assert_null(strstr(all, "s3cret"));
	/* what would change what the engine itself finds is not given to it */
	assert_string_equal(joined(env), "SECRET=s3cret");
}

static void apptainer_finds_variables_under_names_of_its_own(void **state)
{
	struct container container = container_of(CONTAINER_APPTAINER, "/usr/bin/apptainer");
	static const char *const passed[] = {"TOKEN", NULL};
	char *given[] = {"PATH=/opt/bin", NULL}, **env = given;
	(void)state;

	container.file = "/i.sif";
	container.passed = passed;
	struct command command = wrapped(&container, &env);
	assert_string_equal(joined(env), "APPTAINERENV_PATH=/opt/bin");
	assert_string_equal(command.argv[2],
		"[ -z \"${TOKEN+x}\" ] || export APPTAINERENV_TOKEN=\"$TOKEN\"\nexec \"$@\"");
	assert_string_equal(command.argv[4], "/usr/bin/apptainer");
	container.program = "/usr/bin/singularity";
	env = given;
	wrapped(&container, &env);
	assert_string_equal(joined(env), "SINGULARITYENV_PATH=/opt/bin");
}

static void mounts_are_written_as_engines_read_lists(void **state)
{
	struct container container = container_of(CONTAINER_DOCKER, "docker");
	static const char *const mounts[] = {"/root", "/a,b", "/c\"d:ro", "/e:ro", NULL};
	(void)state;

	container.mounts = mounts;
	assert_non_null(strstr(joined(wrapped(&container, NULL).argv),
		"|--mount|type=bind,source=/root,destination=/root"
		"|--mount|type=bind,\"source=/a,b\",\"destination=/a,b\""
		"|--mount|type=bind,\"source=/c\"\"d\",\"destination=/c\"\"d\",ro"
		"|--mount|type=bind,source=/e,destination=/e,ro|"));
}

static const char *container_gpus = "2,5";

static const char *with_gpus(enum container_engine engine, bool is_amd, char ***env)
{
	struct container container = container_of(engine, "engine");

	container.gpus = container_gpus;
	container.has_amd_gpus = is_amd;
	return joined(wrapped(&container, env).argv);
}

static void leased_gpus_are_passed_on_alone(void **state)
{
	char *given[] = {"CUDA_VISIBLE_DEVICES=2,5", "ROCR_VISIBLE_DEVICES=2,5", NULL};
	char **env = given;
	(void)state;

	assert_non_null(strstr(with_gpus(CONTAINER_PODMAN, false, &env),
		"|--device|nvidia.com/gpu=2|--device|nvidia.com/gpu=5|"));
	/* inside there are only these, and they are the first ones */
	assert_string_equal(joined(env), "CUDA_VISIBLE_DEVICES=0,1|ROCR_VISIBLE_DEVICES=2,5");
	assert_non_null(
		strstr(with_gpus(CONTAINER_DOCKER, false, NULL), "|--gpus|\"device=2,5\"|"));
	container_gpus = CONTAINER_ALL_GPUS;
	assert_non_null(strstr(with_gpus(CONTAINER_DOCKER, false, NULL), "|--gpus|all|"));
	assert_non_null(
		strstr(with_gpus(CONTAINER_PODMAN, false, NULL), "|--device|nvidia.com/gpu=all|"));
	assert_non_null(strstr(with_gpus(CONTAINER_APPTAINER, false, NULL), "|--nv|"));
	assert_non_null(strstr(with_gpus(CONTAINER_APPTAINER, true, NULL), "|--rocm|"));
	assert_non_null(strstr(
		with_gpus(CONTAINER_PODMAN, true, NULL), "|--device|/dev/kfd|--device|/dev/dri|"));
}

static void what_a_stage_asks_for_is_added(void **state)
{
	struct container container = container_of(CONTAINER_PODMAN, "podman");
	struct command_redirect redirect = {.fd = 0, .from = -1, .path = "in"};
	static const char *const further[] = {"--shm-size", "8g", NULL};
	static char *argv[] = {"cat", NULL};
	struct command command = {
		.argv = argv, .argc = 1, .redirects = &redirect, .redirect_count = 1};
	char **env = NULL;
	(void)state;

	container.has_network = container.may_pull = true;
	container.further = further;
	container.id = "sha256:12";
	container_wrap(&arena, &container, &command, &env);
	const char *all = joined(command.argv);
	assert_non_null(strstr(all, "|--network|host|"));
	assert_non_null(strstr(all, "|--pull|missing|"));
	assert_non_null(strstr(all, "|--interactive|--shm-size|8g|--entrypoint|cat|sha256:12"));
	assert_int_equal(command.redirect_count, 1); /* the runner opens it, as always */
	container.has_terminal = true;
	assert_non_null(strstr(joined(wrapped(&container, NULL).argv), "|--interactive|--tty|"));
}

static void a_root_file_system_is_never_written_to(void **state)
{
	struct container container = container_of(CONTAINER_PODMAN, "podman");
	(void)state;

	container.kind = CONTAINER_TREE;
	container.image = "/images/deb";
	assert_non_null(strstr(joined(wrapped(&container, NULL).argv),
		"|--entrypoint|python3|--rootfs|/images/deb:O|make it.py"));
}

static void images_are_told_by_what_they_are_called(void **state)
{
	(void)state;
	assert_int_equal(container_image_kind("python:3.12"), CONTAINER_REFERENCE);
	assert_int_equal(
		container_image_kind("docker://quay.io/a/b@sha256:12"), CONTAINER_REFERENCE);
	assert_int_equal(container_image_kind("images/tool.sif"), CONTAINER_FILE);
	assert_int_equal(container_image_kind("./images/deb"), CONTAINER_TREE);
	assert_int_equal(container_image_kind("/images/deb"), CONTAINER_TREE);
	assert_string_equal(container_pinned("a/b:1@sha256:12"), "sha256:12");
	assert_null(container_pinned("a/b:1"));
	assert_null(container_pinned("/a@sha256:1"));
	assert_true(container_engine_takes(CONTAINER_DOCKER, CONTAINER_REFERENCE));
	assert_false(container_engine_takes(CONTAINER_DOCKER, CONTAINER_TREE));
	assert_false(container_engine_takes(CONTAINER_PODMAN, CONTAINER_FILE));
	assert_true(container_engine_takes(CONTAINER_APPTAINER, CONTAINER_TREE));
	assert_int_equal(container_engine_find("podman"), CONTAINER_PODMAN);
	assert_int_equal(container_engine_find("runc"), CONTAINER_NO_ENGINE);
}

static void images_are_asked_for_and_pulled(void **state)
{
	struct container container = container_of(CONTAINER_PODMAN, "podman");
	(void)state;

	assert_string_equal(joined(container_ask(&arena, &container)),
		"podman|image|inspect|--format|{{.Id}}|docker.io/library/python:3.12");
	assert_string_equal(joined(container_pull(&arena, &container)),
		"podman|pull|docker.io/library/python:3.12");
	container = container_of(CONTAINER_APPTAINER, "apptainer");
	container.file = "/c/1.sif";
	assert_non_null(strstr(joined(container_pull(&arena, &container)),
		"|apptainer|docker://docker.io/library/python:3.12|/c/1.sif"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(podman_runs_as_the_calling_user_with_the_root_at_its_own_path),
		cmocka_unit_test(root_needs_no_mapping_of_users),
		cmocka_unit_test(docker_asks_its_daemon_for_the_same),
		cmocka_unit_test(apptainer_runs_a_file_and_leaves_nothing),
		cmocka_unit_test(values_of_variables_stand_in_no_argument),
		cmocka_unit_test(apptainer_finds_variables_under_names_of_its_own),
		cmocka_unit_test(mounts_are_written_as_engines_read_lists),
		cmocka_unit_test(leased_gpus_are_passed_on_alone),
		cmocka_unit_test(what_a_stage_asks_for_is_added),
		cmocka_unit_test(a_root_file_system_is_never_written_to),
		cmocka_unit_test(images_are_told_by_what_they_are_called),
		cmocka_unit_test(images_are_asked_for_and_pulled),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
