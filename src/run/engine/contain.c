#include "run/engine/contain.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/path.h"
#include "base/program.h"
#include "model/command/command.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"
#include "run/exec/exec.h"

#define REMOVAL_MS 30000

static const char *program_of(struct arena *arena, enum container_engine engine)
{
	const char *other = NULL;
	int why;
	const char *file =
		search_program(arena, container_engine_name(engine, &other), NULL, NULL, &why);

	return file || !other ? file : search_program(arena, other, NULL, NULL, &why);
}

/* Why none of those that could run it does. */
static const char *explain(struct arena *arena, enum container_engine wanted,
	enum container_image kind, const char *image)
{
	if (wanted == CONTAINER_NO_ENGINE)
		return arena_fmt(arena,
			"container = %s needs %s, and PATH has none of them: apt-get install podman",
			image,
			kind == CONTAINER_FILE   ? "apptainer"
			: kind == CONTAINER_TREE ? "podman or apptainer"
						 : "podman, apptainer or docker");
	const char *name = container_engine_name(wanted, NULL);
	if (container_engine_takes(wanted, kind))
		return arena_fmt(arena,
			"container = %s needs %s ([pipeline] container_engine), which is not in "
			"PATH: install it, or leave out container_engine",
			image, name);
	return arena_fmt(arena,
		"container = %s is %s, which %s cannot run: [pipeline] container_engine = %s",
		image, kind == CONTAINER_FILE ? "an image file" : "a root file system", name,
		kind == CONTAINER_FILE ? "apptainer" : "podman");
}

static const char *find_engine(
	struct arena *arena, const struct graph *graph, struct container *out)
{
	enum container_engine wanted =
		container_engine_find(graph_text(graph, graph->container_engine));

	for (enum container_engine i = 0; i < CONTAINER_NO_ENGINE; i++) {
		if ((wanted != CONTAINER_NO_ENGINE && i != wanted) ||
			!container_engine_takes(i, out->kind))
			continue;
		out->engine = i;
		out->program = program_of(arena, i);
		if (out->program)
			return NULL;
	}
	return explain(arena, wanted, out->kind, out->image);
}

/* Where apptainer keeps the file that it makes of a reference: for all jobs of the user. */
static const char *image_file(struct arena *arena, const struct graph *graph, const char *image)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	struct digest digest = digest_bytes(image, strlen(image));
	char name[DIGEST_TEXT_SIZE];

	if (!cache || *cache != '/')
		cache = home && *home == '/' ? path_join(arena, home, ".cache")
					     : path_join(arena, graph_text(graph, graph->root),
						       job_path(arena, graph, JOB_STATE));
	digest_format(&digest, name);
	return arena_fmt(arena, "%s/restage/images/%s.sif", cache, strchr(name, ':') + 1);
}

static const char *const *list_mounts(
	struct arena *arena, const struct graph *graph, struct span mounts)
{
	const char *root = graph_text(graph, graph->root);
	const char **list = arena_alloc(arena, (mounts.count + 2) * sizeof *list);

	list[0] = root;
	for (uint32_t i = 0; i < mounts.count; i++)
		list[i + 1] =
			path_join(arena, root, graph_text(graph, graph->words[mounts.first + i]));
	return list;
}

/* What is handed on: with what says which GPUs there are, where only the machine itself knows. */
static const char *const *list_passed(
	struct arena *arena, const struct graph *graph, struct span words, bool has_gpus)
{
#define NAME(name) name,
	static const char *const variables[] = {GPU_VARIABLES(NAME) GPU_VARIABLE_HIP};
	uint32_t more = has_gpus ? sizeof variables / sizeof *variables : 0;
	const char **list = arena_alloc(arena, (words.count + more + 1) * sizeof *list);

	for (uint32_t i = 0; i < words.count; i++)
		list[i] = graph_text(graph, graph->words[words.first + i]);
	for (uint32_t i = 0; i < more; i++)
		list[words.count + i] = variables[i];
	return list;
}

/* Split at blanks. */
static const char *const *split(struct arena *arena, const char *text)
{
	const char **list = arena_alloc(arena, (strlen(text) / 2 + 2) * sizeof *list);
	size_t count = 0;

	for (size_t len; *(text += strspn(text, " \t")); text += len) {
		len = strcspn(text, " \t");
		list[count++] = arena_strndup(arena, text, len);
	}
	return list;
}

const char *contain_look(
	struct arena *arena, const struct graph *graph, uint32_t stage, struct container *out)
{
	const struct settings *settings = stage_settings(graph, stage);
	const char *image = stage_container(graph, stage);

	*out = (struct container){
		.kind = container_image_kind(image),
		.image = image,
		.mounts = list_mounts(arena, graph, settings->container_mount),
		.further = split(arena, graph_text(graph, settings->container_arguments)),
		.has_network = settings->flags & SET_CONTAINER_NETWORK,
		.uid = getuid(),
		.gid = getgid(),
	};
	if (out->kind != CONTAINER_REFERENCE)
		out->image = path_join(arena, graph_text(graph, graph->root), image);
	const char *why = find_engine(arena, graph, out);
	if (!why && out->engine == CONTAINER_APPTAINER)
		out->file = out->kind == CONTAINER_REFERENCE ? image_file(arena, graph, image)
							     : out->image;
	return why;
}

const char *contain_command(struct arena *arena, const struct graph *graph, uint32_t stage,
	const struct contained *given, struct command *command, char ***env)
{
	const char *root = graph_text(graph, graph->root);
	struct container container;

	if (!stage_container(graph, stage))
		return NULL;
	command->refusal = contain_look(arena, graph, stage, &container);
	if (command->refusal)
		return NULL;
	container.name = given->name;
	container.dir = given->dir ? path_join(arena, root, given->dir) : root;
	container.id = given->id;
	container.gpus = given->gpus;
	bool is_of_node = given->gpus && strcmp(given->gpus, CONTAINER_ALL_GPUS) == 0;
	container.passed =
		list_passed(arena, graph, stage_settings(graph, stage)->pass_env, is_of_node);
	container.has_amd_gpus = given->gpus && !is_of_node &&
				 access("/dev/nvidiactl", F_OK) != 0 &&
				 access("/dev/kfd", F_OK) == 0;
	container.has_terminal = given->has_terminal && isatty(0) && isatty(1);
	container.may_pull = given->may_pull;
	container_wrap(arena, &container, command, env);
	return container_engine_name(container.engine, NULL);
}

const char *contain_name(
	struct arena *arena, const struct graph *graph, uint32_t stage, const char *part)
{
	struct buf text BUF_LOCAL = {0};
	char name[DIGEST_TEXT_SIZE];

	buf_fmt(&text, "%s\n%s\n%s", graph_text(graph, graph->root),
		graph_text(graph, graph->job_dir), stage_name(graph, stage));
	struct digest digest = digest_bytes(text.data, text.len);
	digest_format(&digest, name);
	const char *hex = strchr(name, ':') + 1;
	return part ? arena_fmt(arena, "restage-%.16s-%s-%ld", hex, part, (long)getpid())
		    : arena_fmt(arena, "restage-%.16s", hex);
}

static bool start_removal(
	struct arena *arena, const struct graph *graph, uint32_t stage, struct exec *exec)
{
	struct container container;
	struct exec_event refusal;
	struct err err = {0};

	if (contain_look(arena, graph, stage, &container))
		return false;
	container.name = contain_name(arena, graph, stage, NULL);
	struct command command = {.argv = container_remove(arena, &container), .is_direct = true};
	struct launch launch = {
		.id = stage + 1,
		.command = &command,
		.timeout_ms = REMOVAL_MS,
		.about = container.name,
	};
	return command.argv && exec_local.start(exec, &launch, &refusal, &err) == 0;
}

void contain_sweep(
	const struct graph *graph, bool (*left)(const void *ctx, uint32_t stage), const void *ctx)
{
	const struct exec_options options = {.held_fd = -1};
	struct arena arena ARENA_LOCAL = {0};
	struct exec *exec = NULL;
	struct exec_event event;
	struct err err = {0};
	uint32_t running = 0;

	for (uint32_t i = 0; i < graph->stage_count && !err.code; i++) {
		if (!stage_container(graph, i) || !left(ctx, i))
			continue;
		if (!exec)
			exec = exec_local.open(&options, &err);
		running += exec && start_removal(&arena, graph, i, exec);
	}
	while (running && exec_wait(&exec_local, exec, -1, &event, &err) > 0)
		running -= event.kind == EXEC_ENDED || event.kind == EXEC_REFUSED;
	exec_local.close(exec);
}

static bool has_containers(const struct graph *graph)
{
	for (uint32_t i = 0; i < graph->settings_count; i++) {
		if (graph->settings[i].container)
			return true;
	}
	return false;
}

int contain_check(const struct graph *graph, const bool *wanted, struct err *err)
{
	struct arena arena ARENA_LOCAL = {0};
	uint32_t count = has_containers(graph) ? graph->stage_count : 0;

	for (uint32_t i = 0; i < count && !err->code; i++) {
		const struct stage *stage = &graph->stages[i];
		struct container container;

		if (!wanted[i] || (stage->flags & STAGE_DISABLED) || !stage_container(graph, i))
			continue;
		const char *why = contain_look(&arena, graph, i, &container);
		if (why)
			err_set(err, EXIT_USAGE, "%s:%u: stage '%s': %s",
				graph_text(graph, graph->sources[stage->source].name), stage->line,
				stage_name(graph, i), why);
		arena_reset(&arena);
	}
	return err->code ? -1 : 0;
}
