/* Requests to servers by HTTP, by libcurl, which is loaded when a client is made: most runs never
 * need it. The only file that includes headers of curl is http.c.
 *
 * Every call waits for its answer; any number of threads may ask through one client at once, and
 * connections are used again. Proxies are those that the environment names (https_proxy). */
#ifndef BASE_HTTP_H
#define BASE_HTTP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

struct http_options {
	const atomic_bool *stop; /* once it is true, requests end soon; NULL: nobody stops them */
	/* for connecting, and for a server that sends or takes next to nothing for so long; whole
	 * seconds, at least one */
	int64_t timeout_ms;
	/* the value of the header Authorization; NULL: what ~/.netrc says of the host, if
	 * anything. It is sent to the host of the url alone, and told nowhere. */
	const char *authorization;
	/* Signs each request as curl's AWS_SIGV4 takes it ("aws:amz:REGION:s3"), by the key
	 * "ID:SECRET"; then redirects are not followed. NULL: no. */
	const char *sign, *sign_key;
};

struct http_client;
/* NULL with err: libcurl is not there. The options are borrowed. */
struct http_client *http_client_new(const struct http_options *options, struct err *err);
void http_client_free(struct http_client *client); /* NULL is fine */

enum http_method {
	HTTP_GET,
	HTTP_HEAD,
	HTTP_PUT,
};

#define HTTP_HEADERS_MAX 4

struct http_request {
	enum http_method method;
	const char *url;
	const char *headers[HTTP_HEADERS_MAX]; /* "Name: value"; NULL at the end or before */
	/* what PUT sends: `size` bytes at `data`, or of the file `fd` from `offset`, if that is
	 * NULL */
	const char *data;
	int fd;
	uint64_t offset, size;
	/* When all of the answer must be there, by clock_mono_ns; 0: whenever it goes on. */
	int64_t until_ns;
	/* Takes what GET brings, of an answer 200 alone; false: no more of it. */
	bool (*take)(void *ctx, const char *data, size_t len);
	void *ctx;
	/* gets the beginning of what another answer says; NULL: nobody asks for that */
	char *said;
	size_t said_size; /* with the NUL that ends it */
};

/* The answer's status (100 to 999); HTTP_ENOUGH: `take` wanted no more; -1 with err: there was no
 * answer, or not all of it. A GET and a HEAD follow redirects, to https alone where they come from
 * there; a PUT follows none. */
#define HTTP_ENOUGH 0
int http_ask(struct http_client *client, const struct http_request *request, struct err *err);

#endif
