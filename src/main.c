/* Find the command, call it, and see that what it wrote arrived. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/process.h"
#include "cmd/session.h"
#include "run/attempt/attempt_program.h"
#include "run/exec/exec.h"

static int show_mistakes(const struct call *call, struct buf *mistakes)
{
	const char *text = buf_text(mistakes);

	while (*text) {
		size_t len = strcspn(text, "\n");

		session_mistake("%.*s", (int)len, text);
		text += len + 1;
	}
	if (call->command)
		session_mistake("see 'restage help %s'", call->command->name);
	return EXIT_USAGE;
}

static int run_command(struct call *call)
{
	struct err err = {0};

	if (call->globals.wants_help || call->globals.wants_version) {
		if (call->globals.wants_help)
			help_format(call->is_named ? call->command : NULL, &call->out);
		else
			buf_str(&call->out, "restage " RESTAGE_VERSION "\n");
		session_flush(call);
		buf_free(&call->out);
		return EXIT_OK;
	}
	if (call->globals.dir && chdir(call->globals.dir) < 0) {
		err_sys(&err, errno, "go to", call->globals.dir);
		err.code = EXIT_USAGE;
		return session_fail(&err);
	}
	if (call_read_params(call, &err) < 0)
		return session_fail(&err);
	return session_run(call);
}

/* A result that did not arrive is an error, unless the reader went away: then nobody wants it. */
static int end_output(struct call *call, int code)
{
	errno = 0;
	if (fflush(stdout) != 0 && !call->out_errno)
		call->out_errno = errno ? errno : EIO;
	if (!call->out_errno || call->out_errno == EPIPE)
		return code;
	session_mistake("cannot write standard output: %s", strerror(call->out_errno));
	return code >= 128 ? code : EXIT_WORLD;
}

/* Whoever waits for us must see the signal itself: a shell ends its script only then. */
static void die_of_signal(int number)
{
	sigset_t set;

	signal(number, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, number);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(number);
}

static void *take_memory(size_t size)
{
	return mem_grow(NULL, size, 1);
}

int main(int argc, char **argv)
{
	struct buf mistakes BUF_LOCAL = {0};
	struct call call;
	int code;

	if (process_open_standard() < 0)
		return EXIT_WORLD;
	code = exec_local_main(argc, argv);
	if (code >= 0)
		return code;
	if (argc > 1 && strcmp(argv[1], ATTEMPT_ARGUMENT) == 0)
		return attempt_become(argv);
	/* Errors of the call, with the name of the file, rather than our end. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	json_memory(take_memory);
	if (call_parse(&call, (const char *const *)argv, &mistakes))
		code = run_command(&call);
	else
		code = show_mistakes(&call, &mistakes);
	code = end_output(&call, code);
	call_free(&call);
	if (code > 128)
		die_of_signal(code - 128);
	return code;
}
