/* Reports `count` lines of log and output, from two threads that share a handle: writer COUNT
 * NAME */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stageio.h"

struct job {
	stageio *io;
	const char *name;
	int first, end;
	int code;
};

static void *work(void *argument)
{
	struct job *job = argument;
	char padding[4096];

	for (int i = job->first; i < job->end && job->code == STAGEIO_OK; i++) {
		/* lengths of all kinds, now and then over a page */
		size_t len = (size_t)(i * 37 % 300) + (i % 100 ? 0 : 3500);
		memset(padding, 'a' + i % 26, len);
		padding[len] = '\0';
		job->code = stageio_track_output(job->io, "/x", "line",
			STAGEIO_FIELDS(STAGEIO_STR("writer", job->name), STAGEIO_INT("n", i),
				STAGEIO_STR("padding", padding)));
	}
	return NULL;
}

int main(int argc, char **argv)
{
	int count = argc == 3 ? atoi(argv[1]) : 0;
	stageio *io;
	pthread_t thread;
	int code = stageio_open(&io, NULL, NULL, 0);

	if (code != STAGEIO_OK) {
		fprintf(stderr, "%s\n", stageio_error_detail());
		return 1;
	}
	struct job one = {io, argv[2], 0, count / 2, STAGEIO_OK};
	struct job other = {io, argv[2], count / 2, count, STAGEIO_OK};
	if (pthread_create(&thread, NULL, work, &other) != 0)
		return 1;
	work(&one);
	pthread_join(thread, NULL);
	stageio_close(io);
	return one.code == STAGEIO_OK && other.code == STAGEIO_OK ? 0 : 1;
}
