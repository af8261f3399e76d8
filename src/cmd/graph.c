#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/job_names.h"
#include "base/program.h"
#include "cmd/session.h"
#include "run/ask/plan.h"
#include "view/graph/graph_view.h"

enum graph_format {
	FORMAT_DOT,
	FORMAT_MERMAID,
	FORMAT_JSON,
	FORMAT_SVG,
};

static const struct option_spec options[] = {
	CHOICE("format", "FORMAT", format, "dot|mermaid|json|svg",
		"dot (default), mermaid, json or svg (by Graphviz)"),
	OPTION(0, "json", NULL, FLAG, is_json, "the same as --format json"),
	OPTION_ASK,
	OPTION(0, "files", NULL, FLAG, with_files, "files as nodes too"),
	OPTION(0, "programs", NULL, FLAG, with_programs,
		"with --files: also the programs that commands name"),
	OPTION(0, "instances", NULL, FLAG, with_instances,
		"each instance, however many a foreach has"),
	OPTION(0, "plain", NULL, FLAG, is_plain,
		"the definition alone: no states, durations, critical path"),
	OPTION('o', "output", "FILE", TEXT, output, "write to this file"),
	OPTIONS_END,
};

/* The text in a file of its own: a pipe could fill up while `dot` waits for us to read. */
static int open_text(const struct buf *text, struct err *err)
{
	int fd = memfd_create(JOB_GRAPH, MFD_CLOEXEC);

	if (fd < 0)
		return err_sys(err, errno, "create", JOB_GRAPH);
	if (fs_write_all(fd, text->data, text->len) < 0 || lseek(fd, 0, SEEK_SET) < 0) {
		err_sys(err, errno, "write", JOB_GRAPH);
		close(fd);
		return -1;
	}
	return fd;
}

static int spawn_dot(int in, int out, pid_t *pid, struct err *err)
{
	char *argv[] = {"dot", "-Tsvg", NULL};
	const struct spawn_fd fds[] = {{in, STDIN_FILENO}, {out, STDOUT_FILENO}};
	int errnum = spawn_start("dot", argv, fds, sizeof fds / sizeof *fds, pid);

	if (errnum == ENOENT)
		return err_set(err, EXIT_WORLD,
			"cannot draw svg: the program 'dot' is not installed; install graphviz, or draw "
			"with --format dot or mermaid");
	return errnum ? err_sys(err, errnum, "start", "dot") : 0;
}

static int wait_for(pid_t pid, struct err *err)
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return err_sys(err, errno, "wait for", "dot");
	}
	if (WIFSIGNALED(status))
		return err_set(err, EXIT_WORLD, "cannot draw svg: 'dot' was ended by signal %d",
			WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return err_set(err, EXIT_WORLD, "cannot draw svg: 'dot' ended with exit code %d",
			WEXITSTATUS(status));
	return 0;
}

/* Runs `dot -Tsvg` on the text and appends the picture. What `dot` says goes to stderr. */
static int draw_svg(const struct buf *dot, struct buf *svg, struct err *err)
{
	int ends[2];
	int in = open_text(dot, err);
	int status = -1, waited;
	pid_t pid = -1;

	if (in < 0)
		return -1;
	if (pipe2(ends, O_CLOEXEC) < 0) {
		close(in);
		return err_sys(err, errno, "open a pipe to", "dot");
	}
	status = spawn_dot(in, ends[1], &pid, err);
	close(in);
	close(ends[1]);
	if (status == 0) {
		status = fs_read_fd(ends[0], "dot", SIZE_MAX, svg, err);
		close(ends[0]);
		waited = wait_for(pid, err);
		return status < 0 ? status : waited;
	}
	close(ends[0]);
	return status;
}

static int draw(struct call *call, const struct graph_view *view, struct err *err)
{
	enum graph_format format = (enum graph_format)call->wishes.format;
	struct buf dot BUF_LOCAL = {0};
	int status = 0;

	switch (call->wishes.is_json ? FORMAT_JSON : format) {
	case FORMAT_DOT:
		graph_dot(&call->out, view);
		break;
	case FORMAT_MERMAID:
		graph_mermaid(&call->out, view);
		break;
	case FORMAT_JSON:
		graph_json(&call->out, view);
		break;
	case FORMAT_SVG:
		graph_dot(&dot, view);
		status = draw_svg(&dot, &call->out, err);
		break;
	}
	return status;
}

static int run(struct call *call, struct err *err)
{
	struct graph_view view = {
		.graph = call->session.graph,
		.include = call->wanted,
		.with_files = call->wishes.with_files || call->wishes.with_programs,
		.with_programs = call->wishes.with_programs,
		.with_instances = call->wishes.with_instances,
	};
	struct arena arena ARENA_LOCAL = {0};
	struct plan plan;

	if (session_plan(call, false, &plan, err) == 0) {
		if (!call->wishes.is_plain)
			graph_view_from_plan(&plan, &arena, &view);
		if (draw(call, &view, err) == 0 && call->output)
			session_write_file(call, err);
		plan_free(&plan);
	}
	return EXIT_OK;
}

const struct command cmd_graph = {
	.name = "graph",
	.usage = "[TARGET]...",
	.summary = "draw the stages, their states, durations and the critical path",
	.details = "With targets: those and what they need. The same state gives the same bytes.",
	.options = options,
	.max_args = ARGS_ANY,
	.needs = NEEDS_TARGETS,
	.uses_index = true,
	.needs_job = true,
	.run = run,
};
