/* Versions of tools: each distinct version command runs once a run; its output is part of the identity
 * of the stages that name it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "model/command/command.h"
#include "run/engine/context.h"
#include "run/engine/tools.h"

#define TOOL_TIMEOUT_MS 30000
#define TOOL_OUTPUT_MAX ((size_t)64 * 1024)

extern char **environ;

static int spawn_tool(char **argv, int out, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, all;
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attr);
	int why = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	for (int i = 1; why == 0 && i <= 2; i++)
		why = posix_spawn_file_actions_adddup2(&actions, out, i);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setflags(
		&attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID);
	if (why == 0)
		why = posix_spawnp(pid, argv[0], &actions, &attr, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	return why;
}

/* Reads until the command closes its output or its time is over. */
static void read_output(int fd, struct buf *out)
{
	int64_t end = clock_mono_ns() + (int64_t)TOOL_TIMEOUT_MS * 1000000;
	while (out->len < TOOL_OUTPUT_MAX) {
		struct pollfd polled = {.fd = fd, .events = POLLIN};
		int64_t left = (end - clock_mono_ns()) / 1000000;
		if (left <= 0 || (poll(&polled, 1, (int)left) <= 0 && errno != EINTR))
			return;
		buf_reserve(out, 4096);
		ssize_t n = read(fd, out->data + out->len, 4096);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		out->len += (size_t)n;
	}
}

char *tool_version(struct arena *arena, const char *text, bool *is_refused)
{
	struct arena scratch = {0};
	struct command command;
	struct buf out = {0};
	int pair[2], status = 0;
	bool has_failed = true;
	pid_t pid;
	const char *shell[] = {"/bin/sh", "-c", text, NULL};
	command_parse(&scratch, text, NULL, &command);
	bool is_plain = command.is_direct && command.redirect_count == 0;
	if (pipe2(pair, O_CLOEXEC) < 0) {
		buf_fmt(&out, "(no version: %s)", strerror(errno));
		goto out;
	}
	int why = spawn_tool(is_plain ? command.argv : (char **)(uintptr_t)shell, pair[1], &pid);
	close(pair[1]);
	if (why) {
		/* A tool that is not there is an identity too: it runs again once it is. */
		buf_fmt(&out, "(no version: %s)", strerror(why));
	} else {
		read_output(pair[0], &out);
		kill(-pid, SIGKILL);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			continue;
		/* 126 and 127 are a shell's way to say that it could not start it. */
		has_failed = WIFEXITED(status) &&
			     (WEXITSTATUS(status) == 126 || WEXITSTATUS(status) == 127);
		if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
			buf_fmt(&out, "(exit code %d)", WEXITSTATUS(status));
	}
	close(pair[0]);
out:
	buf_add(&out, "", 0);
	while (out.len && strchr("\r\n \t", out.data[out.len - 1]))
		out.len--;
	if (is_refused)
		*is_refused = has_failed;
	char *result = arena_strndup(
		arena, out.data ? out.data : "", out.data ? strnlen(out.data, out.len) : 0);
	buf_free(&out);
	arena_free(&scratch);
	return result;
}

const char *const *tools_versions(struct run *run, uint32_t stage)
{
	const struct graph *graph = run->graph;
	struct span versions = graph->stages[stage].versions;
	if (versions.count == 0)
		return NULL;
	if (!run->versions)
		run->versions =
			arena_alloc(&run->arena, (graph->stage_count + 1) * sizeof *run->versions);
	if (run->versions[stage])
		return run->versions[stage];
	const char **outputs = arena_alloc(&run->arena, versions.count * sizeof *outputs);
	for (uint32_t i = 0; i < versions.count; i++) {
		const char *text = graph_text(graph, graph->pairs[versions.first + i].value);
		uint32_t known = map_get(&run->tool_ids, text);
		if (known == NONE) {
			known = run->tool_count;
			MEM_ROOM(run->tool_outputs, known, run->tool_cap);
			bool is_refused;
			char *output = tool_version(&run->arena, text, &is_refused);
			run->tool_outputs[known] = output;
			if (is_refused)
				notify_text(run, STAGE_WARNING, stage, LOG_WARNING,
					"version command '%s' could not be started: %s", text, output);
			run->tool_count++;
			map_put(&run->tool_ids, text, known);
		}
		outputs[i] = run->tool_outputs[known];
	}
	run->versions[stage] = outputs;
	return outputs;
}
