/* An HTTP server for one page and the stream behind it, for this machine only: it listens on
 * 127.0.0.1, and answers only who knows its address, a random one, and calls it by its right name
 * (so that no page of another site can reach it by a name that leads here). GET and HEAD; nothing
 * can be changed through it.
 *
 * It has no thread of its own. What a flood can take of it is bounded: connections, streams, the
 * time that a connection may be silent, the memory of each. */
#ifndef CMD_SERVE_HTTP_H
#define CMD_SERVE_HTTP_H

#include <stdbool.h>
#include <stdint.h>

struct err;
struct feed;

/* Serves the feed until a signal comes, and returns it. port 0: one that is free. The address,
 * "http://127.0.0.1:4321/<token>/", is told first; if that cannot be done, 0. -1 with err: no such
 * port, or there is no library for it. */
int http_serve(uint16_t port, struct feed *feed, bool (*tell)(void *ctx, const char *address),
	void *ctx, struct err *err);

/* What a player asks for of so many bytes: "bytes=3-7", "bytes=3-", "bytes=-5". false if it is none
 * of these, or there is nothing of it: then the whole is sent. */
bool http_range(const char *text, uint64_t size, uint64_t *from, uint64_t *count);

#endif
