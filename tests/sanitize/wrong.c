/* Does what the sanitizer of this build must report. */
#include <pthread.h>
#include <stdlib.h>

#ifdef __SANITIZE_THREAD__
static int shared;

static void *count(void *arg)
{
	(void)arg;
	shared++;
	return NULL;
}

int main(void)
{
	pthread_t threads[2];

	for (int i = 0; i < 2; i++) {
		if (pthread_create(&threads[i], NULL, count, NULL) != 0)
			return EXIT_FAILURE;
	}
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	return EXIT_SUCCESS;
}
#else
int main(int argc, char **argv)
{
	(void)argv;
	volatile char *data = malloc((size_t)argc);

	data[argc] = 1;
	free((void *)data);
	return EXIT_SUCCESS;
}
#endif
