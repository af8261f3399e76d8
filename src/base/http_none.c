/* A restage that was built without libcurl: there is never a client. */
#include <stdlib.h>

#include "base/err.h"
#include "base/http.h"

struct http_client *http_client_new(const struct http_options *options, struct err *err)
{
	(void)options;
	err_set(err, EXIT_WORLD,
		"this restage was built without servers for its cache: install libcurl4-openssl-dev and "
		"build it again with -DRESTAGE_CACHE=ON, or name a directory");
	return NULL;
}

void http_client_free(struct http_client *client)
{
	(void)client;
}

int http_ask(struct http_client *client, const struct http_request *request, struct err *err)
{
	(void)client;
	(void)request;
	(void)err;
	abort();
}
