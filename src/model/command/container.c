#include "model/command/container.h"

#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "model/command/command.h"

#define NAMES(id, ...) {__VA_ARGS__},

static const char *const engines[][2] = {CONTAINER_ENGINES(NAMES)};

const char *container_engine_name(enum container_engine engine, const char **other)
{
	if (engine >= CONTAINER_NO_ENGINE)
		return NULL;
	if (other)
		*other = engines[engine][1];
	return engines[engine][0];
}

enum container_engine container_engine_find(const char *name)
{
	for (enum container_engine i = 0; i < CONTAINER_NO_ENGINE; i++) {
		if (strcmp(engines[i][0], name) == 0)
			return i;
	}
	return CONTAINER_NO_ENGINE;
}

bool container_engine_takes(enum container_engine engine, enum container_image kind)
{
	return engine == CONTAINER_APPTAINER || kind == CONTAINER_REFERENCE ||
	       (engine == CONTAINER_PODMAN && kind == CONTAINER_TREE);
}

enum container_image container_image_kind(const char *image)
{
	if (text_ends(image, ".sif") || text_ends(image, ".img") || text_ends(image, ".sqfs"))
		return CONTAINER_FILE;
	return *image == '/' || *image == '.' ? CONTAINER_TREE : CONTAINER_REFERENCE;
}

const char *container_pinned(const char *image)
{
	const char *at =
		container_image_kind(image) == CONTAINER_REFERENCE ? strchr(image, '@') : NULL;

	return at && text_starts(at + 1, "sha256:") ? at + 1 : NULL;
}

/* Arguments that are being put together, in the arena. */
struct arguments {
	struct arena *arena;
	char **at;
	size_t count, cap;
};

static void put(struct arguments *args, const char *text)
{
	if (args->count + 1 >= args->cap) {
		size_t cap = args->cap ? 2 * args->cap : 32;
		char **more = arena_alloc(args->arena, cap * sizeof *more);
		if (args->count)
			memcpy(more, args->at, args->count * sizeof *more);
		args->at = more;
		args->cap = cap;
	}
	args->at[args->count++] = (char *)(uintptr_t)text;
	args->at[args->count] = NULL;
}

static void put_two(struct arguments *args, const char *option, const char *value)
{
	put(args, option);
	put(args, value);
}

static void put_all(struct arguments *args, const char *const *texts)
{
	for (; texts && *texts; texts++)
		put(args, *texts);
}

static void put_words(struct arguments *args, const char *const words[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		put(args, words[i]);
}

/* A field of a list with commas, as all engines read it: CSV. */
static void add_field(struct buf *out, const char *name, const char *value, size_t len)
{
	bool is_quoted = memchr(value, ',', len) || memchr(value, '"', len);

	buf_fmt(out, ",%s%s=", is_quoted ? "\"" : "", name);
	for (size_t i = 0; i < len; i++) {
		if (value[i] == '"')
			buf_char(out, '"');
		buf_char(out, value[i]);
	}
	if (is_quoted)
		buf_char(out, '"');
}

static void put_mounts(struct arguments *args, const struct container *container)
{
	for (const char *const *at = container->mounts; at && *at; at++) {
		bool is_read_only = text_ends(*at, ":ro");
		size_t len = strlen(*at) - (is_read_only ? strlen(":ro") : 0);
		struct buf mount BUF_LOCAL = {0};

		buf_str(&mount, "type=bind");
		add_field(&mount, "source", *at, len);
		add_field(&mount, "destination", *at, len);
		if (is_read_only)
			buf_str(&mount, ",ro");
		put_two(args, "--mount", arena_strdup(args->arena, buf_text(&mount)));
	}
}

/* Would it change what the engine does? */
static bool is_of_engine(const char *variable)
{
	static const char *const names[] = {"PATH=", "HOME=", "TMPDIR=", "LD_", "XDG_", "CONTAINER",
		"DOCKER_", "BUILDAH_", "PODMAN_",
		"REGISTRY_AUTH_FILE=", "GODEBUG=", "GOTRACEBACK=", "_CONTAINERS_"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (text_starts(variable, names[i]))
			return true;
	}
	return false;
}

/* Where an engine shows some GPUs alone, they are the first ones inside. */
static const char *renumber(
	struct arena *arena, const struct container *container, const char *variable)
{
	const char *gpus = container->gpus, *value = strchr(variable, '=') + 1;
	struct buf out BUF_LOCAL = {0};
	unsigned count = 0;

	if (!gpus || container->has_amd_gpus || !text_starts(variable, "CUDA_VISIBLE_DEVICES=") ||
		strcmp(value, gpus) != 0 || !isdigit((unsigned char)*gpus))
		return variable;
	buf_add(&out, variable, (size_t)(value - variable));
	for (const char *at = gpus; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
		buf_fmt(&out, "%s%u", count ? "," : "", count);
		count++;
	}
	variable = arena_strdup(arena, buf_text(&out));
	return variable;
}

/* Of podman and docker. */
static void put_variables(
	struct arguments *args, const struct container *container, char *const *env, char ***left)
{
	struct arguments given = {.arena = args->arena};

	for (; env && *env; env++) {
		const char *variable = renumber(args->arena, container, *env);
		if (is_of_engine(variable)) {
			put_two(args, "--env", variable);
			continue;
		}
		put_two(args, "--env",
			arena_strndup(args->arena, variable, strcspn(variable, "=")));
		put(&given, variable);
	}
	for (const char *const *name = container->passed; name && *name; name++)
		put_two(args, "--env", *name);
	*left = given.at;
}

static const char *apptainer_prefix(const struct container *container)
{
	return text_ends(container->program, "singularity") ? "SINGULARITYENV_" : "APPTAINERENV_";
}

/* Of apptainer: in its environment, under names of its own. */
static void rename_variables(
	struct arena *arena, const struct container *container, char *const *env, char ***left)
{
	struct arguments given = {.arena = arena};

	for (; env && *env; env++)
		put(&given, arena_fmt(arena, "%s%s", apptainer_prefix(container), *env));
	*left = given.at;
}

/* Those that are handed on get such names where the command is started: only there is it known what
 * they are. */
static void put_renaming(struct arguments *args, const struct container *container)
{
	struct buf script BUF_LOCAL = {0};

	for (const char *const *name = container->passed; name && *name; name++)
		buf_fmt(&script, "[ -z \"${%s+x}\" ] || export %s%s=\"$%s\"\n", *name,
			apptainer_prefix(container), *name, *name);
	if (script.len) {
		buf_str(&script, "exec \"$@\"");
		put_two(args, "/bin/sh", "-c");
		put_two(args, arena_strdup(args->arena, buf_text(&script)), "sh");
	}
}

static void put_gpus(struct arguments *args, const struct container *container)
{
	struct arena *arena = args->arena;
	const char *gpus = container->gpus;

	if (!gpus)
		return;
	if (container->engine == CONTAINER_APPTAINER) {
		put(args, container->has_amd_gpus ? "--rocm" : "--nv");
		return;
	}
	if (container->has_amd_gpus) {
		put_two(args, "--device", "/dev/kfd");
		put_two(args, "--device", "/dev/dri");
		return;
	}
	if (container->engine == CONTAINER_DOCKER) {
		put_two(args, "--gpus",
			text_eq(gpus, CONTAINER_ALL_GPUS)
				? gpus
				: arena_fmt(arena, "\"device=%s\"", gpus));
		return;
	}
	for (size_t len; *gpus; gpus += len + (gpus[len] == ',')) {
		len = strcspn(gpus, ",");
		put_two(args, "--device", arena_fmt(arena, "nvidia.com/gpu=%.*s", (int)len, gpus));
	}
}

/* podman and docker know no scheme, apptainer wants one. */
static const char *reference(struct arena *arena, const struct container *container)
{
	const char *scheme = "docker://", *image = container->image;
	bool is_apptainer = container->engine == CONTAINER_APPTAINER;

	if (text_starts(image, scheme))
		return is_apptainer ? image : image + strlen(scheme);
	return is_apptainer && !strstr(image, "://") ? arena_fmt(arena, "%s%s", scheme, image)
						     : image;
}

static bool reads_input(const struct command *command)
{
	for (size_t i = 0; i < command->redirect_count; i++) {
		if (command->redirects[i].fd == 0)
			return true;
	}
	return false;
}

static void wrap_oci(struct arguments *args, const struct container *container,
	const struct command *command, char ***env)
{
	static const char *const usual[] = {
		"run", "--rm", "--init", "--log-driver", "none", "--security-opt", "label=disable"};
	bool is_podman = container->engine == CONTAINER_PODMAN;

	put(args, container->program);
	put_words(args, usual, sizeof usual / sizeof *usual);
	put_two(args, "--pull", container->may_pull ? "missing" : "never");
	put_two(args, "--name", container->name);
	if (is_podman)
		put(args, "--replace");
	if (is_podman && container->uid)
		put_two(args, "--userns", "keep-id");
	put_two(args, "--user", arena_fmt(args->arena, "%u:%u", container->uid, container->gid));
	put_two(args, "--network", container->has_network ? "host" : "none");
	put_mounts(args, container);
	put_two(args, "--workdir", container->dir);
	put_variables(args, container, *env, env);
	put_gpus(args, container);
	if (container->has_terminal || reads_input(command))
		put(args, "--interactive");
	if (container->has_terminal)
		put(args, "--tty");
	put_all(args, container->further);
	put_two(args, "--entrypoint", command->argv[0]);
	if (container->kind == CONTAINER_TREE) {
		put_two(args, "--rootfs", arena_fmt(args->arena, "%s:O", container->image));
	} else {
		put(args, container->id ? container->id : reference(args->arena, container));
	}
	put_all(args, (const char *const *)command->argv + 1);
}

static void wrap_apptainer(struct arguments *args, const struct container *container,
	const struct command *command, char ***env)
{
	static const char *const usual[] = {
		"--silent", "exec", "--cleanenv", "--no-eval", "--no-home", "--pid"};

	put_renaming(args, container);
	put(args, container->program);
	put_words(args, usual, sizeof usual / sizeof *usual);
	if (!container->has_network) {
		put(args, "--net");
		put_two(args, "--network", "none");
	}
	put_mounts(args, container);
	put_two(args, "--pwd", container->dir);
	put_gpus(args, container);
	put_all(args, container->further);
	put(args, container->file ? container->file : container->image);
	put_all(args, (const char *const *)command->argv);
	rename_variables(args->arena, container, *env, env);
}

void container_wrap(struct arena *arena, const struct container *container, struct command *command,
	char ***env)
{
	struct arguments args = {.arena = arena};
	bool is_apptainer = container->engine == CONTAINER_APPTAINER;

	(is_apptainer ? wrap_apptainer : wrap_oci)(&args, container, command, env);
	command->argv = args.at;
	command->argc = args.count;
	command->is_direct = true;
	command->cleanup = container_remove(arena, container);
	command->is_of_daemon = container->engine == CONTAINER_DOCKER;
}

char **container_remove(struct arena *arena, const struct container *container)
{
	struct arguments args = {.arena = arena};

	if (container->engine == CONTAINER_APPTAINER)
		return NULL;
	put(&args, container->program);
	put_two(&args, "rm", "--force");
	if (container->engine == CONTAINER_PODMAN) {
		put_two(&args, "--time", "0");
		put(&args, "--ignore");
	}
	put(&args, container->name);
	return args.at;
}

/* The id of an image file stands beside it: it is too large to be read each time. */
char **container_ask(struct arena *arena, const struct container *container)
{
	struct arguments args = {.arena = arena};

	if (container->engine == CONTAINER_APPTAINER) {
		put_two(&args, "/bin/sh", "-c");
		put_two(&args, "test -e \"$1\" && cat \"$1.sha256\"", "sh");
		put(&args, container->file);
		return args.at;
	}
	put(&args, container->program);
	put_two(&args, "image", "inspect");
	put_two(&args, "--format", "{{.Id}}");
	put(&args, reference(arena, container));
	return args.at;
}

char **container_pull(struct arena *arena, const struct container *container)
{
	static const char script[] = "set -e\n"
				     "part=$2.$$.part.sif\n"
				     "trap 'rm -f \"$part\"' EXIT\n"
				     "mkdir -p \"${2%/*}\"\n"
				     "\"$0\" pull --force \"$part\" \"$1\"\n"
				     "sum=$(sha256sum \"$part\")\n"
				     "echo \"sha256:${sum%% *}\" > \"$2.sha256\"\n"
				     "mv \"$part\" \"$2\"\n";
	struct arguments args = {.arena = arena};

	if (container->engine != CONTAINER_APPTAINER) {
		put_two(&args, container->program, "pull");
		put(&args, reference(arena, container));
		return args.at;
	}
	put_two(&args, "/bin/sh", "-c");
	put_two(&args, script, container->program);
	put_two(&args, reference(arena, container), container->file);
	return args.at;
}
