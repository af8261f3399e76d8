#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/program.h"
#include "cmd/serve/serve_feed.h"
#include "cmd/serve/serve_http.h"
#include "cmd/session.h"
#include "view/words/words.h"

#define NICE 10 /* who looks on must not hold up the run */

static const struct option_spec options[] = {
	OPTION(0, "port", "N", NUMBER, port,
		"listen on this port of 127.0.0.1; else on one that is free"),
	OPTION(0, "open", NULL, FLAG, opens, "open the page in the browser: $BROWSER, or xdg-open"),
	OPTIONS_END,
};

/* In the background, whatever it writes or waits for. */
#define SCRIPT "\"$0\" \"$1\" </dev/null >/dev/null 2>&1 &"

static void open_browser(const struct call *call, const char *address)
{
	const char *browser = style_variable("BROWSER");
	struct arena arena ARENA_LOCAL = {0};
	int why, status;
	pid_t pid;

	browser = browser ? browser : "xdg-open";
	const char *found = search_program(&arena, browser, NULL, NULL, &why);
	const char *const argv[] = {"sh", "-c", SCRIPT, found, address, NULL};
	if (!found)
		why = ENOENT;
	else
		why = spawn_start("sh", (char *const *)(uintptr_t)argv, NULL, 0, &pid);
	if (why)
		session_note(call, "cannot start '%s' (%s): open the address yourself", browser,
			strerror(why));
	else
		waitpid(pid, &status, 0);
}

static bool tell_address(void *ctx, const char *address)
{
	struct call *call = ctx;

	buf_fmt(&call->out, "%s\n", address);
	if (!session_flush(call))
		return false;
	if (call->wishes.opens)
		open_browser(call, address);
	setpriority(PRIO_PROCESS, 0, NICE);
	return true;
}

static int run(struct call *call, struct err *err)
{
	struct feed *feed;
	int code = EXIT_OK, number;

	if (call->wishes.port > UINT16_MAX)
		return session_mistake(
			"option '--port': %u is no port: 1 to 65535", call->wishes.port);
	feed = feed_new(call, &code);
	if (!feed)
		return code;
	number = http_serve((uint16_t)call->wishes.port, feed, tell_address, call, err);
	feed_free(feed);
	return number ? 128 + number : EXIT_OK;
}

const struct command cmd_serve = {
	.name = "serve",
	.usage = "",
	.summary = "show the report in a browser while the job runs",
	.details =
		"Prints the address to open: it leads to this machine only, and nobody finds it by\n"
		"guessing. The page follows the job's runs, this one and the next, until Ctrl-C.",
	.options = options,
	.run = run,
};
