#include <sys/resource.h>

#include "cmd/serve/serve_feed.h"
#include "cmd/serve/serve_http.h"
#include "cmd/session.h"

#define NICE 10 /* who looks on must not hold up the run */

static const struct option_spec options[] = {
	OPTION(0, "port", "N", NUMBER, port,
		"listen on this port of 127.0.0.1; else on one that is free"),
	OPTIONS_END,
};

static bool tell_address(void *ctx, const char *address)
{
	struct call *call = ctx;

	buf_fmt(&call->out, "%s\n", address);
	if (!session_flush(call))
		return false;
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
