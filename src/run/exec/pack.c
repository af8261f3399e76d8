#include "run/exec/pack.h"

#define SPREAD 64           /* so many jobs are made of them, if there is enough for so many ... */
#define WORTH_SECONDS 5.0   /* ... that take so long: less is not worth a job */
#define AROUND_SECONDS 0.05 /* what the node does around each */

bool pack_is_alone(double seconds, double limit)
{
	return seconds < 0 || seconds + AROUND_SECONDS >= limit;
}

static double size_of_jobs(const struct pack *packs, uint32_t count, double limit)
{
	double total = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (!pack_is_alone(packs[i].seconds, limit))
			total += packs[i].seconds + AROUND_SECONDS;
	}
	double size = total / SPREAD;
	size = size < WORTH_SECONDS ? WORTH_SECONDS : size;
	return size < limit ? size : limit;
}

uint32_t pack_jobs(struct pack *packs, uint32_t count, double limit)
{
	double size = size_of_jobs(packs, count, limit), filled = 0;
	bool is_open = false; /* the last job takes more */
	uint32_t jobs = 0;

	for (uint32_t i = 0; i < count; i++) {
		double seconds = packs[i].seconds + AROUND_SECONDS;
		bool has_own = pack_is_alone(packs[i].seconds, limit);
		if (has_own || !is_open || filled + seconds > size) {
			jobs++;
			filled = 0;
		}
		filled += seconds;
		is_open = !has_own;
		packs[i].job = jobs - 1;
	}
	return jobs;
}
