/* By libmicrohttpd, which is loaded here and nowhere else: a program starts slower with each
 * library that it is linked with, and most calls of this one never serve. */
#include "cmd/serve/serve_http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/library.h"
#include "base/mem.h"
#include "cmd/serve/serve_feed.h"
#include "run/job/signals.h"

#define CONNECTIONS_MAX 128u
#define LISTENERS_MAX 32u
#define CROWD_MAX 90u /* connections; from here on the oldest that does not listen makes room */
#define SILENCE_S 15u /* then a connection is closed */
#define PULSE_NS ((int64_t)10 * 1000 * 1000 * 1000) /* a stream that is silent says that it lives */
#define CONNECTION_MEMORY ((size_t)32 * 1024)
#define TOKEN_BYTES 16
#define LOOK_MS 200 /* so often is looked for what is new, while somebody listens */
#define BLOCK ((size_t)64 * 1024)

/* The functions of the library that are used, each with its type. */
#define EACH_FUNCTION(X) \
	X(add_response_header) \
	X(create_response_from_buffer) \
	X(create_response_from_callback) \
	X(create_response_from_fd_at_offset64) \
	X(destroy_response) \
	X(get_connection_info) \
	X(get_connection_values) \
	X(get_daemon_info) \
	X(get_timeout) \
	X(lookup_connection_value) \
	X(queue_response) \
	X(resume_connection) \
	X(run) \
	X(start_daemon) \
	X(stop_daemon) \
	X(suspend_connection)

static struct {
#define DECLARE(name) __typeof__(MHD_##name) *name;
	EACH_FUNCTION(DECLARE)
#undef DECLARE
} mhd;

struct listener {
	struct http *http;
	struct MHD_Connection *connection;
	struct listener_place place; /* what it knows already */
	struct buf out;
	int64_t sent_ns; /* when there was something last */
	bool is_waiting; /* suspended: it is sent nothing until send_news */
	bool is_leaving;
	struct listener *next;
};

/* A connection, as long as there is one. Whoever opens many and sends half a request, or reads no
 * answer, must not keep others out. */
struct guest {
	int fd;
	bool listens; /* counted and limited as such */
	bool is_shown_out;
	struct guest *next;
};

struct http {
	struct feed *feed;
	struct MHD_Daemon *daemon;
	struct listener *listeners; /* newest first */
	uint32_t listener_count;
	struct guest *guests; /* newest first */
	uint32_t guest_count; /* of those that may stay */
	char token[2 * TOKEN_BYTES + 1];
	char address[64 + 2 * TOKEN_BYTES];
	char hosts[2][32]; /* what the header Host may say */
};

#define NAME(name) "MHD_" #name "\0"
static struct library library = {
	.file = RESTAGE_MICROHTTPD,
	.purpose = "'serve' works: install libmicrohttpd12, or whatever your system calls it; "
		   "'restage report' writes the same page to a file",
	.names = EACH_FUNCTION(NAME),
	.functions = &mhd,
};
#undef NAME

/* Every answer: for nobody's cache, no other site's frame, and nothing but what its type says. */
static void add_headers(struct MHD_Response *response, const char *type, const char *frames)
{
	static const char *const fixed[][2] = {
		{"Cache-Control", "no-store"},
		{"X-Content-Type-Options", "nosniff"},
		{"Referrer-Policy", "no-referrer"},
		{"Cross-Origin-Resource-Policy", "same-origin"},
		{"Cross-Origin-Opener-Policy", "same-origin"},
	};

	for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
		mhd.add_response_header(response, fixed[i][0], fixed[i][1]);
	mhd.add_response_header(response, "X-Frame-Options", frames);
	mhd.add_response_header(response, "Content-Type", type);
}

/* Takes the response. */
static enum MHD_Result respond(
	struct MHD_Connection *connection, unsigned code, struct MHD_Response *response)
{
	enum MHD_Result result;

	if (!response)
		return MHD_NO;
	result = mhd.queue_response(connection, code, response);
	mhd.destroy_response(response);
	return result;
}

static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned code, const char *text)
{
	struct MHD_Response *response = mhd.create_response_from_buffer(
		strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_PERSISTENT);

	if (response)
		add_headers(response, "text/plain; charset=utf-8", "DENY");
	if (response && code == MHD_HTTP_METHOD_NOT_ALLOWED)
		mhd.add_response_header(response, "Allow", "GET, HEAD");
	/* whoever is refused does not keep a connection */
	if (response)
		mhd.add_response_header(response, "Connection", "close");
	return respond(connection, code, response);
}

static enum MHD_Result send_page(struct http *http, struct MHD_Connection *connection)
{
	const struct buf *page = feed_page(http->feed);
	struct MHD_Response *response;

	if (!page)
		return refuse(connection, MHD_HTTP_SERVICE_UNAVAILABLE,
			"The page cannot be made at present: restage serve says why where it was started.\n");
	response = mhd.create_response_from_buffer(page->len, page->data, MHD_RESPMEM_MUST_COPY);
	if (response)
		add_headers(response, "text/html; charset=utf-8", "DENY");
	return respond(connection, MHD_HTTP_OK, response);
}

/* Sends what is there; when there is nothing, the connection sleeps until there is. */
static ssize_t read_stream(void *ctx, uint64_t at, char *out, size_t size)
{
	struct listener *listener = ctx;
	const struct http *http = listener->http;
	struct buf *news = &listener->out;

	(void)at;
	if (listener->is_leaving)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (news->len == 0)
		feed_read(http->feed, &listener->place, news);
	if (news->len == 0) {
		listener->is_waiting = true;
		mhd.suspend_connection(listener->connection);
		return 0;
	}
	if (size > news->len)
		size = news->len;
	memcpy(out, news->data, size);
	buf_drop(news, size);
	listener->sent_ns = clock_mono_ns();
	return (ssize_t)size;
}

static void end_stream(void *ctx)
{
	struct listener *listener = ctx, **link = &listener->http->listeners;

	while (*link != listener)
		link = &(*link)->next;
	*link = listener->next;
	listener->http->listener_count--;
	buf_free(&listener->out);
	free(listener);
}

static void wake(struct listener *listener)
{
	if (!listener->is_waiting)
		return;
	listener->is_waiting = false;
	mhd.resume_connection(listener->connection);
}

/* There is room for so many; the oldest goes: most likely it is gone already, and if it is not, it
 * comes back. */
static void make_room(struct http *http)
{
	struct listener *oldest = http->listeners;

	while (oldest && oldest->next)
		oldest = oldest->next;
	if (!oldest || http->listener_count < LISTENERS_MAX)
		return;
	oldest->is_leaving = true;
	wake(oldest);
}

/* The end of both directions: the library sees it, and closes. */
static void show_out_oldest(struct http *http)
{
	struct guest *oldest = NULL;

	for (struct guest *guest = http->guests; guest; guest = guest->next) {
		if (!guest->listens && !guest->is_shown_out)
			oldest = guest;
	}
	if (!oldest)
		return;
	oldest->is_shown_out = true;
	http->guest_count--;
	shutdown(oldest->fd, SHUT_RDWR);
}

static void watch_guests(void *ctx, struct MHD_Connection *connection, void **state,
	enum MHD_ConnectionNotificationCode code)
{
	struct http *http = ctx;
	struct guest *guest = *state, **link = &http->guests;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		const union MHD_ConnectionInfo *info =
			mhd.get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

		guest = mem_alloc(sizeof *guest);
		*guest = (struct guest){.fd = info->connect_fd, .next = http->guests};
		http->guests = *state = guest;
		if (++http->guest_count > CROWD_MAX)
			show_out_oldest(http);
		return;
	}
	while (*link != guest)
		link = &(*link)->next;
	*link = guest->next;
	http->guest_count -= !guest->is_shown_out;
	free(guest);
}

static struct guest *guest_of(struct MHD_Connection *connection)
{
	return mhd.get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
		->socket_context;
}

static enum MHD_Result send_stream(struct http *http, struct MHD_Connection *connection)
{
	const char *place =
		mhd.lookup_connection_value(connection, MHD_HEADER_KIND, "Last-Event-ID");
	struct listener_place known = {.logs_ns = clock_mono_ns()};
	struct MHD_Response *response;
	struct listener *listener;

	if (!place)
		place = mhd.lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "after");
	if (!place || !report_position_parse(place, &known.at))
		return refuse(
			connection, MHD_HTTP_BAD_REQUEST, "That is no place of this stream.\n");
	make_room(http);
	listener = mem_alloc(sizeof *listener);
	*listener = (struct listener){
		.http = http, .connection = connection, .place = known, .next = http->listeners};
	/* headers arrive at once, whatever there is to say */
	buf_str(&listener->out, "retry: 1000\n\n");
	http->listeners = listener;
	http->listener_count++;
	guest_of(connection)->listens = true;
	response = mhd.create_response_from_callback(
		MHD_SIZE_UNKNOWN, BLOCK, read_stream, listener, end_stream);
	if (!response) {
		end_stream(listener);
		return MHD_NO;
	}
	add_headers(response, "text/event-stream; charset=utf-8", "DENY");
	return respond(connection, MHD_HTTP_OK, response);
}

/* A file that somebody opens has this address, but no script of it runs, and it stands apart from
 * the page. What the browser plays or reads is left alone: it would not start. */
static void confine(struct MHD_Response *response, const char *type)
{
	static const char *const passive[] = {"audio/", "video/", "application/pdf"};

	for (size_t i = 0; i < sizeof passive / sizeof *passive; i++) {
		if (strncmp(type, passive[i], strlen(passive[i])) == 0)
			return;
	}
	mhd.add_response_header(response, "Content-Security-Policy",
		"sandbox; default-src 'none'; img-src data:; media-src data:; font-src data:; "
		"style-src 'unsafe-inline'");
}

/* An output of a stage, as its manifest lists it. */
static enum MHD_Result send_file(struct http *http, struct MHD_Connection *connection)
{
	const char *stage = mhd.lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "stage");
	const char *path = mhd.lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "path");
	uint64_t size = 0, from = 0, count;
	int fd = stage && path ? feed_file(http->feed, stage, path, &size) : -1;
	struct MHD_Response *response;
	const char *type;
	char range[80];
	bool is_part;

	if (fd < 0)
		return refuse(connection, MHD_HTTP_NOT_FOUND,
			"There is no such result: a file that a stage made, beneath the root.\n");
	count = size;
	is_part = http_range(mhd.lookup_connection_value(connection, MHD_HEADER_KIND, "Range"),
		size, &from, &count);
	response = mhd.create_response_from_fd_at_offset64(count, fd, from);
	if (!response) {
		close(fd);
		return MHD_NO;
	}
	type = report_media_type(path);
	if (!type)
		type = "application/octet-stream";
	add_headers(response, type, "SAMEORIGIN");
	confine(response, type);
	mhd.add_response_header(response, "Accept-Ranges", "bytes");
	snprintf(range, sizeof range, "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, from,
		from + count - 1, size);
	if (is_part)
		mhd.add_response_header(response, "Content-Range", range);
	return respond(connection, is_part ? MHD_HTTP_PARTIAL_CONTENT : MHD_HTTP_OK, response);
}

static enum MHD_Result count_hosts(
	void *ctx, enum MHD_ValueKind kind, const char *name, const char *value)
{
	(void)kind;
	(void)value;
	if (strcasecmp(name, "Host") == 0)
		++*(int *)ctx;
	return MHD_YES;
}

static bool is_for_us(const struct http *http, struct MHD_Connection *connection)
{
	const char *host = mhd.lookup_connection_value(connection, MHD_HEADER_KIND, "Host");
	int count = 0;

	mhd.get_connection_values(connection, MHD_HEADER_KIND, count_hosts, &count);
	return host && count == 1 &&
	       (strcmp(host, http->hosts[0]) == 0 || strcmp(host, http->hosts[1]) == 0);
}

/* What stands behind "/<token>/", or NULL. Takes the same time wherever they differ. */
static const char *below_token(const struct http *http, const char *url)
{
	size_t len = strlen(http->token);
	unsigned char difference = 0;

	if (strlen(url) < len + 2 || url[0] != '/' || url[len + 1] != '/')
		return NULL;
	for (size_t i = 0; i < len; i++)
		difference |= (unsigned char)(url[i + 1] ^ http->token[i]);
	return difference ? NULL : url + len + 2;
}

static enum MHD_Result answer(void *ctx, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *data, size_t *size, void **state)
{
	struct http *http = ctx;
	const char *rest;

	(void)version;
	(void)data;
	(void)size;
	(void)state;
	if (!is_for_us(http, connection))
		return refuse(
			connection, MHD_HTTP_FORBIDDEN, "This is not the host that you mean.\n");
	rest = below_token(http, url);
	if (!rest)
		return refuse(connection, MHD_HTTP_FORBIDDEN,
			"Open the whole address that restage serve printed: its random part is the key.\n");
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return refuse(
			connection, MHD_HTTP_METHOD_NOT_ALLOWED, "There is only reading here.\n");
	if (strcmp(rest, "") == 0)
		return send_page(http, connection);
	if (strcmp(rest, "file") == 0)
		return send_file(http, connection);
	if (strcmp(rest, "events") == 0 && strcmp(method, MHD_HTTP_METHOD_GET) == 0)
		return send_stream(http, connection);
	return refuse(connection, MHD_HTTP_NOT_FOUND, "There is no such page.\n");
}

static int make_token(struct http *http, struct err *err)
{
	unsigned char bytes[TOKEN_BYTES];

	if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
		return err_sys(err, errno, "read", "random bytes");
	for (size_t i = 0; i < sizeof bytes; i++) {
		http->token[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
		http->token[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
	}
	return 0;
}

/* A socket that listens on the loopback device; *port becomes the one that it has. */
static int listen_on(uint16_t *port, struct err *err)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_port = htons(*port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;
	socklen_t size = sizeof at;

	if (fd < 0)
		return err_sys(err, errno, "make", "a socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, (const struct sockaddr *)&at, sizeof at) < 0 || listen(fd, 64) < 0 ||
		getsockname(fd, (struct sockaddr *)&at, &size) < 0) {
		err_set(err, EXIT_WORLD,
			"cannot listen on port %u of 127.0.0.1: %s; option '--port' names another",
			*port, strerror(errno));
		close(fd);
		return -1;
	}
	*port = ntohs(at.sin_port);
	return fd;
}

static int start(struct http *http, uint16_t port, struct err *err)
{
	int fd;

	if (library_load(&library, err) < 0 || make_token(http, err) < 0)
		return -1;
	fd = listen_on(&port, err);
	if (fd < 0)
		return -1;
	snprintf(http->address, sizeof http->address, "http://127.0.0.1:%u/%s/", port, http->token);
	snprintf(http->hosts[0], sizeof http->hosts[0], "127.0.0.1:%u", port);
	snprintf(http->hosts[1], sizeof http->hosts[1], "localhost:%u", port);
	http->daemon = mhd.start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
		answer, http, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
		CONNECTIONS_MAX, MHD_OPTION_NOTIFY_CONNECTION, watch_guests, http,
		MHD_OPTION_CONNECTION_TIMEOUT, SILENCE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		CONNECTION_MEMORY, MHD_OPTION_END);
	if (http->daemon)
		return 0;
	close(fd);
	return err_set(err, EXIT_WORLD, "cannot start the server: %s", strerror(errno));
}

static void stop(struct http *http)
{
	/* it may not be stopped while connections sleep */
	for (struct listener *listener = http->listeners; listener; listener = listener->next) {
		listener->is_leaving = true;
		wake(listener);
	}
	if (http->daemon) {
		mhd.run(http->daemon);
		mhd.stop_daemon(http->daemon);
	}
	/* the library stays: threads that it may have started must not lose their code */
}

/* For how long there is nothing to do if nobody calls. */
static int wait_ms(const struct http *http)
{
	int most = http->listeners ? LOOK_MS : -1;
	MHD_UNSIGNED_LONG_LONG left;

	if (mhd.get_timeout(http->daemon, &left) != MHD_YES)
		return most;
	if (most < 0)
		most = 60000;
	return left > (MHD_UNSIGNED_LONG_LONG)most ? most : (int)left;
}

/* Asks for what is new for each listener, and sends it. */
static void send_news(struct http *http)
{
	int64_t now = clock_mono_ns();

	for (struct listener *listener = http->listeners; listener; listener = listener->next) {
		if (!listener->is_waiting)
			continue;
		feed_read(http->feed, &listener->place, &listener->out);
		if (listener->out.len == 0 && now - listener->sent_ns > PULSE_NS)
			buf_str(&listener->out, ":\n\n");
		if (listener->out.len > 0)
			wake(listener);
	}
	mhd.run(http->daemon);
}

/* Until a signal comes; returns it. */
static int loop(struct http *http, struct signals *signals)
{
	int fd = mhd.get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
	struct pollfd fds[] = {{signals->fd, POLLIN, 0}, {fd, POLLIN, 0}};
	int64_t look_ns = clock_mono_ns(), now;
	int number;

	for (;;) {
		poll(fds, 2, wait_ms(http));
		number = signals_next(signals);
		if (number)
			return number;
		mhd.run(http->daemon);
		now = clock_mono_ns();
		if (now - look_ns < (int64_t)LOOK_MS * 1000 * 1000)
			continue;
		look_ns = now;
		feed_look(http->feed);
		feed_follow(http->feed, http->listeners != NULL);
		send_news(http);
	}
}

int http_serve(uint16_t port, struct feed *feed, bool (*tell)(void *ctx, const char *address),
	void *ctx, struct err *err)
{
	struct http http = {.feed = feed};
	struct signals signals = {.fd = -1};
	int number = -1;

	if (start(&http, port, err) == 0 && signals_take(&signals, err) == 0) {
		number = 0;
		if (tell(ctx, http.address)) {
			feed_look(feed);
			number = loop(&http, &signals);
		}
		signals_give(&signals);
	}
	stop(&http);
	return number;
}
