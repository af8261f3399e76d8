/* An HTTP server for one page and the stream behind it, for this machine only: it listens on
 * 127.0.0.1, and answers only who knows its address, a random one, and calls it by its right name
 * (so that no page of another site can reach it by a name that leads here). GET and HEAD; nothing
 * can be changed through it.
 *
 * It has no thread of its own: the caller polls http_fd and calls http_run. What a flood can take
 * of it is bounded: connections, streams, the time that a connection may be silent, the memory of
 * each. */
#ifndef CMD_SERVE_HTTP_H
#define CMD_SERVE_HTTP_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct err;
struct http;

struct http_content {
	void *ctx;
	/* The page as it is now, borrowed until the next call; NULL: there is none at present. */
	const struct buf *(*page)(void *ctx);
	/* Somebody who listens from a place on, which came from anyone; NULL: that is no place. */
	void *(*listen)(void *ctx, const char *place);
	/* Appends what is new for the listener. */
	void (*read)(void *ctx, void *listener, struct buf *out);
	void (*leave)(void *ctx, void *listener);
};

/* port 0: one that is free. The content is borrowed. NULL with err: no such port, or there is no
 * library for it. */
struct http *http_start(uint16_t port, const struct http_content *content, struct err *err);
void http_stop(struct http *http);

const char *http_address(const struct http *http); /* "http://127.0.0.1:4321/<token>/" */
int http_fd(const struct http *http);              /* readable when http_run has something to do */
int http_wait_ms(const struct http *http);         /* or after so long; -1: no limit */
void http_run(struct http *http);
bool http_has_listeners(const struct http *http);
/* Asks for what is new for each listener, and sends it. */
void http_send_news(struct http *http);

#endif
