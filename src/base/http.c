/* By libcurl, which is loaded here and nowhere else. */
#include "base/http.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* its checks are macros that want the functions under their own names */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/library.h"
#include "base/mem.h"
#include "base/text.h"

#define REDIRECTS_MAX 5L
#define STALL_BYTES 500L           /* a second: less is a stall */
#define HEADERS_BYTES (256u << 10) /* of one answer */
#define REFUSAL_BYTES (64u << 10)  /* of what a server says about a mistake */
#define BLOCK (512L << 10)         /* the most that curl takes */

/* The functions of the library that are used, each with its type. */
#define EACH_FUNCTION(X) \
	X(global_init) \
	X(easy_init) \
	X(easy_setopt) \
	X(easy_perform) \
	X(easy_getinfo) \
	X(easy_reset) \
	X(easy_cleanup) \
	X(easy_strerror) \
	X(slist_append) \
	X(slist_free_all)

static struct {
#define DECLARE(name) __typeof__(curl_##name) *name;
	EACH_FUNCTION(DECLARE)
#undef DECLARE
} lib;

static const char *begin(void)
{
	return lib.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? NULL : "cannot be started";
}

/* One that is used again keeps its connection. */
struct handle {
	CURL *curl;
	struct handle *next;
};

struct http_client {
	const struct http_options *options;
	pthread_mutex_t lock;
	struct handle *idle; /* under the lock */
};

struct http_client *http_client_new(const struct http_options *options, struct err *err)
{
#define NAME(name) "curl_" #name "\0"
	static struct library library = {
		.file = RESTAGE_CURL,
		.purpose = "a cache at a url is asked: install libcurl4, or whatever your system "
			   "calls it, or go without that cache (--no-cache)",
		.names = EACH_FUNCTION(NAME),
		.functions = &lib,
		.begin = begin,
	};
#undef NAME

	if (library_load(&library, err) < 0)
		return NULL;
	struct http_client *client = mem_alloc(sizeof *client);
	client->options = options;
	pthread_mutex_init(&client->lock, NULL);
	return client;
}

void http_client_free(struct http_client *client)
{
	if (!client)
		return;
	for (struct handle *handle = client->idle, *next; handle; handle = next) {
		next = handle->next;
		lib.easy_cleanup(handle->curl);
		free(handle);
	}
	pthread_mutex_destroy(&client->lock);
	free(client);
}

static struct handle *take_handle(struct http_client *client)
{
	struct handle *handle;

	pthread_mutex_lock(&client->lock);
	handle = client->idle;
	if (handle)
		client->idle = handle->next;
	pthread_mutex_unlock(&client->lock);
	if (handle)
		return handle;
	handle = mem_alloc(sizeof *handle);
	handle->curl = lib.easy_init();
	if (!handle->curl)
		mem_fail(sizeof *handle);
	return handle;
}

static void give_handle(struct http_client *client, struct handle *handle)
{
	lib.easy_reset(handle->curl); /* but for its connection */
	pthread_mutex_lock(&client->lock);
	handle->next = client->idle;
	client->idle = handle;
	pthread_mutex_unlock(&client->lock);
}

/* A request on its way. */
struct exchange {
	const struct http_request *request;
	CURL *curl;
	uint64_t sent;   /* bytes of what PUT sends */
	size_t headers;  /* bytes of the answer's */
	size_t refusal;  /* bytes of an answer that is no 200 */
	bool has_enough; /* `take` said so */
	bool is_cut;     /* a file that is sent is shorter than it was */
	char why[CURL_ERROR_SIZE];
};

static long status_of(const struct exchange *exchange)
{
	long status = 0;

	lib.easy_getinfo(exchange->curl, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

/* The functions that curl calls: fewer bytes than it has mean that it is to end. */
static size_t take_header(char *data, size_t size, size_t count, void *ctx)
{
	struct exchange *exchange = ctx;

	(void)data;
	exchange->headers += size * count;
	return exchange->headers <= HEADERS_BYTES ? size * count : 0;
}

static size_t take_body(char *data, size_t size, size_t count, void *ctx)
{
	struct exchange *exchange = ctx;
	const struct http_request *request = exchange->request;
	size_t len = size * count;

	if (request->method == HTTP_GET && status_of(exchange) == 200) {
		exchange->has_enough = !request->take(request->ctx, data, len);
		return exchange->has_enough ? 0 : len;
	}
	if (exchange->refusal + 1 < request->said_size) {
		size_t room = request->said_size - 1 - exchange->refusal;
		size_t count_now = len < room ? len : room;
		memcpy(request->said + exchange->refusal, data, count_now);
		request->said[exchange->refusal + count_now] = '\0';
	}
	exchange->refusal += len;
	return exchange->refusal <= REFUSAL_BYTES ? len : 0;
}

static size_t give_body(char *data, size_t size, size_t count, void *ctx)
{
	struct exchange *exchange = ctx;
	const struct http_request *request = exchange->request;
	uint64_t left = request->size - exchange->sent;
	size_t len = size * count < left ? size * count : (size_t)left;
	ssize_t n = (ssize_t)len;

	if (request->data && len)
		memcpy(data, request->data + exchange->sent, len);
	else if (len)
		n = pread(request->fd, data, len, (off_t)(request->offset + exchange->sent));
	if (n < 0 || (n == 0 && len)) {
		exchange->is_cut = true;
		return CURL_READFUNC_ABORT;
	}
	exchange->sent += (uint64_t)n;
	return (size_t)n;
}

/* A connection that was kept may have been closed: then what was sent is sent anew. */
static int seek_body(void *ctx, curl_off_t offset, int origin)
{
	struct exchange *exchange = ctx;

	if (origin != SEEK_SET || offset < 0 || (uint64_t)offset > exchange->request->size)
		return CURL_SEEKFUNC_CANTSEEK;
	exchange->sent = (uint64_t)offset;
	return CURL_SEEKFUNC_OK;
}

/* Called each second at least. */
static int ask_on(void *ctx, curl_off_t in_size, curl_off_t in, curl_off_t out_size, curl_off_t out)
{
	const atomic_bool *stop = ctx;

	(void)in_size;
	(void)in;
	(void)out_size;
	(void)out;
	return atomic_load(stop);
}

/* Commands that start meanwhile must not have it. */
static curl_socket_t open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
	(void)ctx;
	(void)purpose;
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* Any of these fails for want of memory alone. */
#define SET(option, value) lib.easy_setopt(curl, CURLOPT_##option, value)

static void set_limits(
	CURL *curl, const struct http_options *options, const struct http_request *request)
{
	long seconds = (long)((options->timeout_ms + 999) / 1000);
	int64_t left_ms = (request->until_ns - clock_mono_ns()) / 1000000;

	SET(NOSIGNAL, 1L);
	SET(CONNECTTIMEOUT, seconds);
	SET(LOW_SPEED_LIMIT, STALL_BYTES);
	SET(LOW_SPEED_TIME, seconds);
	if (request->until_ns)
		SET(TIMEOUT_MS, (long)(left_ms > 0 ? left_ms : 1));
	SET(MAXREDIRS, REDIRECTS_MAX);
	SET(BUFFERSIZE, BLOCK);
	SET(UPLOAD_BUFFERSIZE, BLOCK);
	SET(TCP_KEEPALIVE, 1L);
	SET(PROTOCOLS_STR, "http,https");
	SET(USERAGENT, "restage/" RESTAGE_VERSION);
	SET(NOPROGRESS, (long)!options->stop);
	SET(XFERINFOFUNCTION, ask_on);
	SET(XFERINFODATA, options->stop);
}

static void set_identity(CURL *curl, const struct http_options *options)
{
	if (options->sign) {
		SET(AWS_SIGV4, options->sign);
		SET(USERPWD, options->sign_key);
	} else if (!options->authorization) {
		SET(NETRC, (long)CURL_NETRC_OPTIONAL);
	}
}

static void set_request(struct exchange *exchange, const struct http_options *options)
{
	const struct http_request *request = exchange->request;
	CURL *curl = exchange->curl;
	bool is_secure = text_starts(request->url, "https:");

	SET(URL, request->url);
	SET(ERRORBUFFER, exchange->why);
	SET(OPENSOCKETFUNCTION, open_socket);
	SET(HEADERFUNCTION, take_header);
	SET(HEADERDATA, exchange);
	SET(WRITEFUNCTION, take_body);
	SET(WRITEDATA, exchange);
	SET(REDIR_PROTOCOLS_STR, is_secure ? "https" : "http,https");
	SET(FOLLOWLOCATION, (long)(request->method != HTTP_PUT && !options->sign));
	SET(NOBODY, (long)(request->method == HTTP_HEAD));
	if (request->method != HTTP_PUT)
		return;
	SET(UPLOAD, 1L);
	SET(INFILESIZE_LARGE, (curl_off_t)request->size);
	SET(READFUNCTION, give_body);
	SET(READDATA, exchange);
	SET(SEEKFUNCTION, seek_body);
	SET(SEEKDATA, exchange);
}

static struct curl_slist *add_header(struct curl_slist *list, const char *name, const char *value)
{
	char *header MEM_LOCAL = NULL;
	struct curl_slist *longer;

	if (asprintf(&header, "%s%s", name, value) < 0)
		mem_fail(strlen(value));
	longer = lib.slist_append(list, header);
	if (!longer)
		mem_fail(strlen(value));
	return longer;
}

static struct curl_slist *list_headers(
	const struct http_request *request, const struct http_options *options)
{
	struct curl_slist *list = NULL;

	/* A server need not be asked whether it wants what is sent: most wait for it. A signature
	 * would be over the header that is not sent. */
	if (!options->sign)
		list = add_header(list, "Expect:", "");
	if (options->authorization)
		list = add_header(list, "Authorization: ", options->authorization);
	for (size_t i = 0; i < HTTP_HEADERS_MAX && request->headers[i]; i++)
		list = add_header(list, request->headers[i], "");
	return list;
}

static int conclude(const struct exchange *exchange, CURLcode code, struct err *err)
{
	const char *url = exchange->request->url;

	if (code == CURLE_OK || exchange->refusal > REFUSAL_BYTES)
		return (int)status_of(exchange);
	if (exchange->has_enough)
		return HTTP_ENOUGH;
	if (exchange->is_cut)
		return err_set(err, EXIT_WORLD,
			"cannot send to '%s': the file is shorter than it was", url);
	if (exchange->headers > HEADERS_BYTES)
		return err_set(err, EXIT_WORLD, "'%s' answers with headers without end", url);
	return err_set(err, EXIT_WORLD, "cannot ask '%s': %s", url,
		*exchange->why ? exchange->why : lib.easy_strerror(code));
}

int http_ask(struct http_client *client, const struct http_request *request, struct err *err)
{
	struct handle *handle = take_handle(client);
	struct curl_slist *headers = list_headers(request, client->options);
	struct exchange exchange = {.request = request, .curl = handle->curl};
	CURL *curl = handle->curl;
	int status;

	set_limits(curl, client->options, request);
	set_identity(curl, client->options);
	set_request(&exchange, client->options);
	SET(HTTPHEADER, headers);
	status = conclude(&exchange, lib.easy_perform(curl), err);
	give_handle(client, handle);
	lib.slist_free_all(headers);
	return status;
}
