#include "sched_case.h"

struct graph graph;
struct stage stages[STAGES_MAX];
struct settings settings[KINDS];
struct pool pools[1];
uint32_t edges[2 * STAGES_MAX * STAGES_MAX], order[STAGES_MAX];
bool needs[STAGES_MAX][STAGES_MAX];
bool wanted[STAGES_MAX];
double remaining[STAGES_MAX];
uint32_t count;
struct sched_limits limits;
bool keep_going;

void case_set_up(void)
{
	static char text[] = "\0disk";

	graph = (struct graph){
		.stages = stages,
		.settings = settings,
		.pools = pools,
		.edges = edges,
		.order = order,
		.text = text,
		.text_size = sizeof text,
		.settings_count = KINDS,
		.pool_count = 1,
	};
	pools[0] = (struct pool){.name = 1, .capacity = 1};
	for (int i = 0; i < KINDS; i++)
		settings[i] = (struct settings){.threads = 1};
	settings[POOLED].pools[0].count = 1;
	settings[TWO_THREADS].threads = 2;
	settings[ALLOWED].flags = SET_ALLOW_FAILURE;
	for (int i = 0; i < ATTEMPT_VALUES; i++)
		settings[LARGE].memory[i] = 600;
	settings[GPU].gpu = 1;
	settings[CONSOLE].flags = SET_CONSOLE;
}

/* How the stages of a graph are made up: all of every kind for the small ones, some mixtures for
 * the others. The last stage but one of mixture 3 is not wanted. */
bool case_set_kinds(uint32_t number)
{
	static const uint8_t mixtures[][STAGES_MAX] = {
		{PLAIN, PLAIN, PLAIN, PLAIN, PLAIN, PLAIN},
		{TWO_THREADS, ALLOWED, LARGE, POOLED, LARGE, POOLED},
		{ALLOWED, POOLED, POOLED, TWO_THREADS, CONSOLE, CONSOLE},
		{LARGE, GPU, CONSOLE, GPU, PLAIN, TWO_THREADS},
	};

	for (uint32_t i = 0; i < count; i++) {
		wanted[i] = true;
		if (count <= 2) {
			stages[i].settings = number % KINDS;
			number /= KINDS;
		} else if (number < sizeof mixtures / sizeof *mixtures) {
			stages[i].settings = mixtures[number][i];
			wanted[i] = number != 3 || i + 2 != count;
		}
	}
	return count <= 2 ? number == 0 : number < sizeof mixtures / sizeof *mixtures;
}
