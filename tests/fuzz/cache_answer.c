/* What a server answers, byte for byte: of whatever comes, only what has the right digest is
 * taken, and nothing waits for what does not come. */
#include "fuzz.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "model/graph/cache_settings.h"
#include "record/cache/cache.h"

static int listener;
static char url[64];
/* Of one input: what is answered to each request. */
static const uint8_t *answer;
static size_t answer_size;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Reads a request's head, answers, and closes. */
static void *serve(void *ctx)
{
	(void)ctx;
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		char head[4096];
		if (fd < 0)
			continue;
		ssize_t n = recv(fd, head, sizeof head, 0);
		pthread_mutex_lock(&lock);
		if (n > 0 && answer_size)
			(void)!send(fd, answer, answer_size, MSG_NOSIGNAL);
		pthread_mutex_unlock(&lock);
		shutdown(fd, SHUT_WR);
		close(fd);
	}
	return NULL;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof at;
	pthread_t thread;

	(void)argc;
	(void)argv;
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 || bind(listener, (struct sockaddr *)&at, sizeof at) < 0 ||
		listen(listener, 16) < 0 ||
		getsockname(listener, (struct sockaddr *)&at, &len) < 0 ||
		pthread_create(&thread, NULL, serve, NULL) != 0)
		fuzz_fail("no server");
	snprintf(url, sizeof url, "http://127.0.0.1:%d", ntohs(at.sin_port));
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cache_settings settings = cache_settings_default();
	struct arena arena = {0};
	struct buf bytes = {0};
	struct entry *entry = arena_alloc(&arena, sizeof *entry);
	struct err err = {0};

	pthread_mutex_lock(&lock);
	answer = data;
	answer_size = size;
	pthread_mutex_unlock(&lock);
	settings.url = url;
	settings.timeout_ms = 1000;
	struct cache *cache = cache_open(&settings, &err);
	if (!cache)
		fuzz_fail(err.text);
	struct content content = content_bytes("abc", 3);
	(void)cache_find(cache, &arena, &content.sum, entry);
	if (cache_take_bytes(cache, &content, 100, 0, &bytes) == CACHE_TAKEN &&
		(bytes.len != 3 || memcmp(bytes.data, "abc", 3) != 0))
		fuzz_fail("something else was taken");
	cache_close(cache);
	pthread_mutex_lock(&lock);
	answer_size = 0; /* the bytes are libFuzzer's */
	pthread_mutex_unlock(&lock);
	buf_free(&bytes);
	arena_free(&arena);
	return 0;
}
