#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "cmd/serve/serve_feed.h"
#include "cmd/serve/serve_http.h"
#include "cmd/session.h"
#include "run/job/signals.h"

#define LOOK_MS 200 /* so often is looked for what is new, while somebody listens */
#define NICE 10     /* who looks on must not hold up the run */

struct serve_values {
	uint32_t port;
};

#define AT(member) offsetof(struct serve_values, member)

static const struct option_spec options[] = {
	{0, "port", "N", "listen on this port of 127.0.0.1; else on one that is free",
		OPTION_NUMBER, AT(port), NULL},
	OPTIONS_END,
};

static const struct buf *page(void *ctx)
{
	return feed_page(ctx);
}

static void *listen_from(void *ctx, const char *text)
{
	struct listener_place *place;
	struct report_position at;

	(void)ctx;
	if (!report_position_parse(text, &at))
		return NULL;
	place = mem_alloc(sizeof *place);
	place->at = at;
	place->logs_ns = clock_mono_ns();
	return place;
}

static void read_news(void *ctx, void *listener, struct buf *out)
{
	feed_read(ctx, listener, out);
}

static void leave(void *ctx, void *listener)
{
	(void)ctx;
	free(listener);
}

/* Until a signal comes; returns it. */
static int loop(struct http *http, struct feed *feed, struct signals *signals)
{
	int64_t look_ns = clock_mono_ns(), now;

	for (;;) {
		struct pollfd fds[] = {{signals->fd, POLLIN, 0}, {http_fd(http), POLLIN, 0}};
		int wait_ms = http_wait_ms(http), number;

		if (http_has_listeners(http) && (wait_ms < 0 || wait_ms > LOOK_MS))
			wait_ms = LOOK_MS;
		poll(fds, 2, wait_ms);
		number = signals_next(signals);
		if (number)
			return number;
		http_run(http);
		now = clock_mono_ns();
		if (now - look_ns < (int64_t)LOOK_MS * 1000 * 1000)
			continue;
		look_ns = now;
		feed_look(feed);
		http_send_news(http);
	}
}

static bool tell_address(struct call *call, const struct http *http)
{
	struct buf out = {0};
	bool is_told;

	buf_fmt(&out, "%s\n", http_address(http));
	is_told = session_write(call, &out);
	buf_free(&out);
	return is_told;
}

static int serve(struct call *call, struct feed *feed)
{
	const struct serve_values *values = call->values;
	const struct http_content content = {
		.ctx = feed,
		.page = page,
		.listen = listen_from,
		.read = read_news,
		.leave = leave,
	};
	struct signals signals = {.fd = -1};
	struct err err = {0};
	struct http *http = http_start((uint16_t)values->port, &content, &err);
	int code = EXIT_OK;

	if (!http)
		return session_fail(&err);
	if (signals_take(&signals, &err) < 0) {
		code = session_fail(&err);
	} else if (tell_address(call, http)) {
		setpriority(PRIO_PROCESS, 0, NICE);
		feed_look(feed);
		code = 128 + loop(http, feed, &signals);
	}
	signals_give(&signals);
	http_stop(http);
	return code;
}

static int run(struct call *call)
{
	const struct serve_values *values = call->values;
	struct feed *feed;
	int code = EXIT_OK;

	if (values->port > UINT16_MAX)
		return session_mistake("option '--port': %u is no port: 1 to 65535", values->port);
	feed = feed_new(call, &code);
	if (!feed)
		return code;
	code = serve(call, feed);
	feed_free(feed);
	return code;
}

const struct command cmd_serve = {
	.name = "serve",
	.usage = "",
	.summary = "show the report in a browser while the job runs",
	.details =
		"Prints the address to open: it leads to this machine only, and nobody finds it by\n"
		"guessing. The page follows the job's runs, this one and the next, until Ctrl-C.",
	.options = options,
	.values_size = sizeof(struct serve_values),
	.run = run,
};
