/* A libnvidia-ml.so.1 of two devices that are not there, for tests. What happens on them is read
 * from files in the directory NVML_STANDIN:
 *
 *   processes   lines "PID DEVICE MiB PERCENT"
 *   looks       gets a byte for each time that somebody asked for samples and there were some
 *   mode        fails: nothing works; hangs: the first question takes a minute; empty: no device;
 *               counts_devices_only: processes have no samples; says_nothing: and are not listed
 *
 * With OLD only the functions of drivers before 2020 are there. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

enum {
	OK = 0,
	NOT_SUPPORTED = 3,
	NOT_FOUND = 6,
	TOO_SMALL = 7,
	MISMATCH = 18
};

struct process {
	unsigned pid;
	unsigned long long memory;
#ifndef OLD
	unsigned gpu_instance, compute_instance;
#endif
};

struct sample {
	unsigned pid;
	unsigned long long time_us;
	unsigned sm, memory, encoder, decoder;
};

static FILE *open_file(const char *name, const char *how)
{
	const char *dir = getenv("NVML_STANDIN");
	char path[4096];

	snprintf(path, sizeof path, "%s/%s", dir ? dir : "/nowhere", name);
	return fopen(path, how);
}

static int is_mode(const char *mode)
{
	char text[64] = "";
	FILE *file = open_file("mode", "r");

	if (file) {
		if (!fgets(text, sizeof text, file))
			*text = '\0';
		fclose(file);
	}
	text[strcspn(text, "\n")] = '\0';
	return strcmp(text, mode) == 0;
}

EXPORT int nvmlInit_v2(void)
{
	return is_mode("fails") ? MISMATCH : OK;
}

EXPORT int nvmlShutdown(void)
{
	return OK;
}

EXPORT const char *nvmlErrorString(int code)
{
	return code == MISMATCH ? "Driver/library version mismatch" : "Unknown Error";
}

EXPORT int nvmlDeviceGetCount_v2(unsigned *count)
{
	*count = is_mode("empty") ? 0 : 2;
	return OK;
}

EXPORT int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device)
{
	static char devices[2];

	*device = &devices[index];
	*(char *)*device = (char)index;
	return OK;
}

EXPORT int nvmlDeviceGetName(void *device, char *name, unsigned size)
{
	(void)device;
	snprintf(name, size, "Stand-in 40GB");
	return OK;
}

EXPORT int nvmlDeviceGetUUID(void *device, char *uuid, unsigned size)
{
	snprintf(uuid, size, "GPU-0000000%d-1111-2222-3333-444444444444", *(char *)device);
	return OK;
}

EXPORT int nvmlDeviceGetUtilizationRates(void *device, unsigned rates[2])
{
	FILE *file = open_file("looks", "a");

	(void)device;
	if (file) {
		fputc('.', file);
		fclose(file);
	}
	rates[0] = 40;
	rates[1] = 10;
	return OK;
}

EXPORT int nvmlDeviceGetMemoryInfo(void *device, unsigned long long memory[3])
{
	(void)device;
	memory[0] = 40ull << 30;
	memory[2] = 3ull << 30;
	memory[1] = memory[0] - memory[2];
	return OK;
}

static int each_process(void *device,
	void (*take)(void *ctx, unsigned pid, unsigned mib, unsigned percent), void *ctx)
{
	unsigned pid, number, mib, percent;
	FILE *file = open_file("processes", "r");

	while (file && fscanf(file, "%u %u %u %u", &pid, &number, &mib, &percent) == 4) {
		if (number == (unsigned)*(char *)device)
			take(ctx, pid, mib, percent);
	}
	if (file)
		fclose(file);
	return OK;
}

struct list {
	struct process *processes;
	struct sample *samples;
	unsigned count;
};

static void take_process(void *ctx, unsigned pid, unsigned mib, unsigned percent)
{
	struct list *list = ctx;

	(void)percent;
	list->processes[list->count++] =
		(struct process){.pid = pid, .memory = (unsigned long long)mib << 20};
}

#ifdef OLD
#define PROCESSES nvmlDeviceGetComputeRunningProcesses
#else
#define PROCESSES nvmlDeviceGetComputeRunningProcesses_v3
#endif

EXPORT int PROCESSES(void *device, unsigned *count, struct process *processes)
{
	struct list list = {.processes = processes};
	static int has_hung;

	if (is_mode("hangs") && !has_hung++)
		sleep(60);
	if (is_mode("says_nothing"))
		return NOT_SUPPORTED;
	each_process(device, take_process, &list);
	*count = list.count;
	return OK;
}

static void take_sample(void *ctx, unsigned pid, unsigned mib, unsigned percent)
{
	struct list *list = ctx;
	struct timespec now;

	(void)mib;
	clock_gettime(CLOCK_REALTIME, &now);
	list->samples[list->count++] = (struct sample){
		.pid = pid,
		.time_us = (unsigned long long)now.tv_sec * 1000000 +
			   (unsigned long long)now.tv_nsec / 1000,
		.sm = percent,
	};
}

EXPORT int nvmlDeviceGetProcessUtilization(
	void *device, struct sample *samples, unsigned *count, unsigned long long since_us)
{
	struct list list = {.samples = samples};

	(void)since_us;
	if (is_mode("counts_devices_only") || is_mode("says_nothing"))
		return NOT_SUPPORTED;
	each_process(device, take_sample, &list);
	*count = list.count;
	if (!list.count)
		return NOT_FOUND;
	FILE *file = open_file("looks", "a");
	if (file) {
		fputc('.', file);
		fclose(file);
	}
	return OK;
}
