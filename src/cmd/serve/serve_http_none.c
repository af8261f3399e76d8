/* A restage that was built without libmicrohttpd. */
#include "base/err.h"
#include "cmd/serve/serve_http.h"

int http_serve(uint16_t port, struct feed *feed, bool (*tell)(void *ctx, const char *address),
	void *ctx, struct err *err)
{
	(void)port;
	(void)feed;
	(void)tell;
	(void)ctx;
	return err_set(err, EXIT_WORLD,
		"this restage was built without 'serve': install libmicrohttpd-dev and build it again with "
		"-DRESTAGE_SERVE=ON; 'restage report' writes the same page to a file");
}
