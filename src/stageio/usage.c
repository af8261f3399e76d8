#include "stageio/usage.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

static double seconds_of(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static void read_io(struct usage *usage)
{
	unsigned long long in, out;
	FILE *file = fopen("/proc/self/io", "re");

	usage->read_mb = usage->write_mb = -1;
	if (file && fscanf(file, "rchar: %llu wchar: %llu", &in, &out) == 2) {
		usage->read_mb = (double)in / 1048576;
		usage->write_mb = (double)out / 1048576;
	}
	if (file)
		fclose(file);
}

struct usage usage_now(void)
{
	struct rusage self = {0}, children = {0};
	struct usage usage;

	getrusage(RUSAGE_SELF, &self);
	getrusage(RUSAGE_CHILDREN, &children);
	usage.user = seconds_of(self.ru_utime) + seconds_of(children.ru_utime);
	usage.system = seconds_of(self.ru_stime) + seconds_of(children.ru_stime);
	usage.memory_mb = (double)(self.ru_maxrss > children.ru_maxrss ? self.ru_maxrss
								       : children.ru_maxrss) /
			  1024;
	read_io(&usage);
	return usage;
}

double usage_resident_mb(void)
{
	unsigned long total, resident = 0;
	FILE *file = fopen("/proc/self/statm", "re");

	if (file && fscanf(file, "%lu %lu", &total, &resident) != 2)
		resident = 0;
	if (file)
		fclose(file);
	return (double)resident * (double)sysconf(_SC_PAGESIZE) / 1048576;
}

json *usage_resources(const struct usage *begun, double seconds, const json *reported)
{
	struct usage now = usage_now();
	double user = now.user - begun->user, system = now.system - begun->system;
	const struct {
		const char *name;
		double value, scale;
	} measured[] = {
		{"cpu_user_seconds", user, 1e6},
		{"cpu_system_seconds", system, 1e6},
		{"cpu_percent", seconds > 0 ? (user + system) / seconds * 100 : 0, 10},
		{"memory_mb", now.memory_mb, 10},
		{"read_mb", begun->read_mb < 0 ? -1 : now.read_mb - begun->read_mb, 1e3},
		{"written_mb", begun->write_mb < 0 ? -1 : now.write_mb - begun->write_mb, 1e3},
	};
	const size_t count = sizeof measured / sizeof *measured;
	json *resources = json_object();
	bool is_good = resources != NULL;

	for (size_t i = 0; i < count && is_good; i++) {
		double value = round(measured[i].value * measured[i].scale) / measured[i].scale;
		is_good = value < 0 || json_put(resources, measured[i].name, json_number(value));
	}
	for (const json *node = json_first(reported); node && is_good; node = json_next(node)) {
		if (!json_get(resources, json_key(node)))
			is_good = json_put(resources, json_key(node), json_copy(node));
	}
	if (is_good)
		return resources;
	json_free(resources);
	return NULL;
}
