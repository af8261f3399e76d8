/* A restage that was built without libmicrohttpd. */
#include <stddef.h>

#include "base/err.h"
#include "cmd/serve/serve_http.h"

struct http *http_start(uint16_t port, const struct http_content *content, struct err *err)
{
	(void)port;
	(void)content;
	err_set(err, EXIT_WORLD,
		"this restage was built without 'serve': install libmicrohttpd-dev and build it again with "
		"-DRESTAGE_SERVE=ON; 'restage report' writes the same page to a file");
	return NULL;
}

void http_stop(struct http *http)
{
	(void)http;
}

const char *http_address(const struct http *http)
{
	(void)http;
	return "";
}

int http_fd(const struct http *http)
{
	(void)http;
	return -1;
}

int http_wait_ms(const struct http *http)
{
	(void)http;
	return -1;
}

void http_run(struct http *http)
{
	(void)http;
}

bool http_has_listeners(const struct http *http)
{
	(void)http;
	return false;
}

void http_send_news(struct http *http)
{
	(void)http;
}
