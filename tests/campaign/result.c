#include "result.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void print(FILE *file, int promise, const char *name, uint64_t cases, uint64_t failures,
	const char *note)
{
	fprintf(file,
		"{\"promise\": %d, \"campaign\": \"%s\", \"cases\": %" PRIu64
		", \"failures\": %" PRIu64 ", \"note\": \"%s\"}\n",
		promise, name, cases, failures, note);
}

int result_report(
	int promise, const char *name, uint64_t cases, uint64_t failures, const char *note)
{
	const char *results = getenv("CAMPAIGN_RESULTS"), *campaign = getenv("CAMPAIGN");
	char path[4096];

	if (campaign)
		name = campaign;
	print(stdout, promise, name, cases, failures, note);
	if (results) {
		snprintf(path, sizeof path, "%s/%s.json", results, name);
		FILE *file = fopen(path, "a");
		if (!file) {
			perror(path);
			return 1;
		}
		print(file, promise, name, cases, failures, note);
		if (fclose(file) != 0) {
			perror(path);
			return 1;
		}
	}
	return failures || !cases ? 1 : 0;
}
