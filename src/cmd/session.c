#include "cmd/session.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/text.h"
#include "cmd/graph_cache.h"
#include "model/graph/graph.h"
#include "model/graph/select.h"
#include "model/load/definition.h"
#include "record/index/index.h"

/* One line and one write a message, whatever is in it: messages of several processes do not mix,
 * and a name cannot move the cursor. */
static void say(const char *fmt, va_list args)
{
	struct buf text = {0}, line = {0};

	buf_vfmt(&text, fmt, args);
	buf_str(&line, "restage: ");
	text_add_printable(&line, buf_text(&text), text.len);
	buf_char(&line, '\n');
	if (fs_write_all(STDERR_FILENO, line.data, line.len) < 0) {
		/* nobody is left to be told */
	}
	buf_free(&text);
	buf_free(&line);
}

int session_fail(const struct err *err)
{
	session_mistake("%s", err->text);
	return err->code;
}

int session_mistake(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(fmt, args);
	va_end(args);
	return EXIT_USAGE;
}

void session_note(const struct call *call, const char *fmt, ...)
{
	va_list args;

	if (call->globals.is_quiet)
		return;
	va_start(args, fmt);
	say(fmt, args);
	va_end(args);
}

void session_diags(struct diags *diags)
{
	struct buf out = {0};

	diag_print(diags, &out);
	if (out.len && fs_write_all(STDERR_FILENO, out.data, out.len) < 0) {
		/* nobody is left to be told */
	}
	buf_free(&out);
}

/* A file that is not there, or is none, was named by mistake: that is not the world's fault. */
static bool is_misnamed(const struct err *err)
{
	return err->sys == ENOENT || err->sys == ENOTDIR || err->sys == EISDIR ||
	       err->sys == EINVAL || err->sys == 0;
}

static bool read_definition(
	const struct definition_request *request, struct session *session, int *exit_code)
{
	struct diags diags = {0};
	struct err err = {0};
	char *file = graph_cache_file(request);

	session->graph = definition_load(request, &diags, &err);
	session_diags(&diags);
	if (err.code && is_misnamed(&err))
		err.code = EXIT_USAGE;
	if (!session->graph)
		*exit_code = err.code ? session_fail(&err) : EXIT_USAGE;
	/* A definition with warnings is read every time, so that they are shown every time. */
	else if (diags.count == 0)
		session->request = graph_cache_request(request, file);
	diag_free(&diags);
	free(file);
	return session->graph != NULL;
}

bool session_open(const struct call *call, struct session *session, int *exit_code)
{
	struct err err = {0};
	const char *notice = NULL;
	char *found = NULL;
	struct definition_request request = {
		.file = call->globals.file,
		.params = call->globals.params.items,
		.param_count = call->globals.params.count,
		.job = call->globals.job,
	};
	bool ok = true;

	memset(session, 0, sizeof *session);
	if (!request.file) {
		if (definition_find(&found, &err) < 0) {
			*exit_code = session_fail(&err);
			return false;
		}
		request.file = found;
	}
	session->index = graph_cache_open(&request, &notice);
	if (session->index) {
		session->graph = session->index->graph;
		session->request = session->index->request;
	} else {
		ok = read_definition(&request, session, exit_code);
	}
	free(found);
	return ok;
}

void session_close(struct session *session)
{
	if (session->index)
		index_free(session->index);
	else
		graph_free(session->graph);
	memset(session, 0, sizeof *session);
}

struct graph *session_load(const struct call *call, int *exit_code)
{
	struct session session;

	if (!session_open(call, &session, exit_code))
		return NULL;
	if (session.index) {
		session.index->graph = NULL;
		index_free(session.index);
	}
	return session.graph;
}

bool *session_select(const struct call *call, const struct graph *graph, int *exit_code)
{
	struct err err = {0};
	bool *wanted = mem_alloc(graph->stage_count + 1);

	if (call->args.count == 0)
		memset(wanted, true, graph->stage_count);
	for (size_t i = 0; i < call->args.count; i++) {
		if (select_name(graph, call->args.items[i], wanted, &err) < 0) {
			*exit_code = session_fail(&err);
			free(wanted);
			return NULL;
		}
	}
	return wanted;
}

void session_waiting(void *ctx, const char *who)
{
	session_note(ctx, "waiting for %s, which is in this job", who);
}

bool session_write(struct call *call, const struct buf *out)
{
	if (call->out_errno)
		return false;
	if (out->len && fs_write_all(STDOUT_FILENO, out->data, out->len) < 0)
		call->out_errno = errno;
	return call->out_errno == 0;
}
