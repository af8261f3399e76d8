/* NVIDIA's library, as its header nvml.h has it. It comes with the driver: it is loaded where it is
 * there, and nothing is needed to build with it. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "run/exec/gpu.h"

#define LIBRARY "libnvidia-ml.so.1"
#define DEVICES_MAX 64
#define PROCESSES_MAX 1024u
#define MEMORY_UNKNOWN UINT64_MAX
#define INTERVAL_MAX_US 1000000 /* what one sample may stand for: drivers keep them for a second */
#define FIRST_NAME_SPACE "pid:[4026531836]" /* of process numbers: that of the driver */

enum { /* nvmlReturn_t */
	NVML_OK = 0,
	NVML_NOT_FOUND = 6,
	NVML_TOO_SMALL = 7,
	NVML_NO_DRIVER = 9,
};

typedef struct nvml_device_handle *nvml_device;

struct process_info { /* nvmlProcessInfo_v2_t */
	unsigned pid;
	unsigned long long memory;
	unsigned gpu_instance, compute_instance;
};

struct process_info_old { /* nvmlProcessInfo_v1_t */
	unsigned pid;
	unsigned long long memory;
};

struct sample { /* nvmlProcessUtilizationSample_t */
	unsigned pid;
	unsigned long long time_us;
	unsigned sm, memory, encoder, decoder;
};

struct rates { /* nvmlUtilization_t */
	unsigned gpu, memory;
};

struct memory { /* nvmlMemory_t */
	unsigned long long total, free, used;
};

typedef int processes_fn(nvml_device, unsigned *count, void *infos);

struct device {
	nvml_device handle;
	char name[96], uuid[96];
	uint64_t seen_us; /* time of the newest sample */
	/* of this look */
	struct process_info *processes;
	uint32_t process_count;
	struct sample *samples;
	uint32_t sample_count;
	double interval; /* seconds that the samples stand for */
	bool has_processes, has_samples;
};

struct nvml {
	void *library;
	int (*init)(void);
	int (*shutdown)(void);
	const char *(*error_string)(int);
	int (*count)(unsigned *);
	int (*handle)(unsigned, nvml_device *);
	int (*name)(nvml_device, char *, unsigned);
	int (*uuid)(nvml_device, char *, unsigned);
	int (*rates)(nvml_device, struct rates *);
	int (*memory)(nvml_device, struct memory *);
	int (*samples)(nvml_device, struct sample *, unsigned *, unsigned long long);
	processes_fn *compute, *graphics;
	bool is_old; /* the two have struct process_info_old */
	bool is_first_name_space;
	struct device devices[DEVICES_MAX];
	uint32_t device_count;
	int64_t looked_us;
};

static void *find(const struct nvml *nvml, const char *name)
{
	return dlsym(nvml->library, name);
}

/* Newer drivers keep the older functions; the layout is that of the name, but that of _v3 was
 * another one in some of version 535. */
static void find_processes(struct nvml *nvml)
{
	static const char *const ends[] = {"_v2", "_v3", ""};
	char name[64];

	for (size_t i = 0; !nvml->compute && i < sizeof ends / sizeof *ends; i++) {
		snprintf(name, sizeof name, "nvmlDeviceGetComputeRunningProcesses%s", ends[i]);
		*(void **)&nvml->compute = find(nvml, name);
		snprintf(name, sizeof name, "nvmlDeviceGetGraphicsRunningProcesses%s", ends[i]);
		*(void **)&nvml->graphics = find(nvml, name);
		nvml->is_old = !*ends[i];
	}
}

static bool find_all(struct nvml *nvml)
{
	*(void **)&nvml->init = find(nvml, "nvmlInit_v2");
	*(void **)&nvml->shutdown = find(nvml, "nvmlShutdown");
	*(void **)&nvml->error_string = find(nvml, "nvmlErrorString");
	*(void **)&nvml->count = find(nvml, "nvmlDeviceGetCount_v2");
	*(void **)&nvml->handle = find(nvml, "nvmlDeviceGetHandleByIndex_v2");
	*(void **)&nvml->name = find(nvml, "nvmlDeviceGetName");
	*(void **)&nvml->uuid = find(nvml, "nvmlDeviceGetUUID");
	*(void **)&nvml->rates = find(nvml, "nvmlDeviceGetUtilizationRates");
	*(void **)&nvml->memory = find(nvml, "nvmlDeviceGetMemoryInfo");
	*(void **)&nvml->samples = find(nvml, "nvmlDeviceGetProcessUtilization");
	find_processes(nvml);
	return nvml->init && nvml->shutdown && nvml->count && nvml->handle;
}

static void add_device(struct nvml *nvml, unsigned index)
{
	struct device *device = &nvml->devices[nvml->device_count];

	*device = (struct device){.seen_us = (uint64_t)nvml->looked_us};
	if (nvml->handle(index, &device->handle) != NVML_OK)
		device->handle = NULL; /* its number stays its place */
	if (!device->handle || !nvml->name ||
		nvml->name(device->handle, device->name, sizeof device->name) != NVML_OK)
		snprintf(device->name, sizeof device->name, "NVIDIA GPU");
	if (!device->handle || !nvml->uuid ||
		nvml->uuid(device->handle, device->uuid, sizeof device->uuid) != NVML_OK)
		*device->uuid = '\0';
	nvml->device_count++;
}

static bool is_first_name_space(void)
{
	char space[64];
	ssize_t len = readlink("/proc/self/ns/pid", space, sizeof space - 1);

	space[len > 0 ? len : 0] = '\0';
	return strcmp(space, FIRST_NAME_SPACE) == 0;
}

static struct nvml *give_up(struct nvml *nvml)
{
	if (nvml->library)
		dlclose(nvml->library);
	free(nvml);
	return NULL;
}

struct nvml *nvml_open(const char **why)
{
	struct nvml *nvml = mem_alloc(sizeof *nvml);
	unsigned count = 0;

	*why = NULL;
	nvml->library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!nvml->library) {
		if (access("/proc/driver/nvidia/version", F_OK) == 0)
			*why = "cannot be loaded, though there is the driver";
		return give_up(nvml);
	}
	if (!find_all(nvml)) {
		*why = "lacks functions that it should have";
		return give_up(nvml);
	}
	int code = nvml->init();
	if (code != NVML_OK) {
		static char text[128];
		snprintf(text, sizeof text, "does not work: %s (error %d)",
			nvml->error_string ? nvml->error_string(code) : "no reason given", code);
		*why = code == NVML_NO_DRIVER ? NULL : text;
		return give_up(nvml);
	}
	nvml->looked_us = clock_wall_ns() / 1000;
	nvml->is_first_name_space = is_first_name_space();
	if (nvml->count(&count) == NVML_OK) {
		for (unsigned i = 0; i < count && i < DEVICES_MAX; i++)
			add_device(nvml, i);
	}
	if (nvml->device_count)
		return nvml;
	nvml->shutdown();
	return give_up(nvml);
}

void nvml_close(struct nvml *nvml)
{
	if (!nvml)
		return;
	for (uint32_t i = 0; i < nvml->device_count; i++) {
		free(nvml->devices[i].processes);
		free(nvml->devices[i].samples);
	}
	nvml->shutdown();
	give_up(nvml);
}

static void add_process(struct device *device, unsigned pid, uint64_t memory)
{
	for (uint32_t i = 0; i < device->process_count; i++) {
		struct process_info *known = &device->processes[i];
		if (known->pid != pid)
			continue;
		if (known->memory == MEMORY_UNKNOWN ||
			(memory != MEMORY_UNKNOWN && memory > known->memory))
			known->memory = memory;
		return;
	}
	if (device->process_count < 2 * PROCESSES_MAX)
		device->processes[device->process_count++] =
			(struct process_info){.pid = pid, .memory = memory};
}

/* False: the device cannot say. */
static bool take_processes(struct nvml *nvml, struct device *device, processes_fn *ask)
{
	unsigned count = PROCESSES_MAX;
	struct process_info *infos MEM_LOCAL = mem_alloc(PROCESSES_MAX * sizeof *infos);
	const struct process_info_old *old = (const void *)infos;
	bool is_good = ask && ask(device->handle, &count, infos) == NVML_OK;

	for (unsigned i = 0; is_good && i < count && i < PROCESSES_MAX; i++) {
		if (nvml->is_old)
			add_process(device, old[i].pid, old[i].memory);
		else
			add_process(device, infos[i].pid, infos[i].memory);
	}
	return is_good;
}

/* One sample a process that was busy since the last look. */
static void take_samples(struct nvml *nvml, struct device *device)
{
	unsigned count = PROCESSES_MAX;
	uint64_t newest = device->seen_us;

	device->sample_count = 0;
	int code = nvml->samples
			   ? nvml->samples(device->handle, device->samples, &count, device->seen_us)
			   : NVML_TOO_SMALL;
	device->has_samples = code == NVML_OK || code == NVML_NOT_FOUND;
	if (code != NVML_OK)
		return;
	for (unsigned i = 0; i < count && i < PROCESSES_MAX; i++) {
		if (device->samples[i].time_us <= device->seen_us)
			continue;
		if (device->samples[i].time_us > newest)
			newest = device->samples[i].time_us;
		device->samples[device->sample_count++] = device->samples[i];
	}
	uint64_t passed = newest - device->seen_us;
	device->interval = (double)(passed < INTERVAL_MAX_US ? passed : INTERVAL_MAX_US) / 1e6;
	device->seen_us = newest;
}

static bool look_at_device(struct nvml *nvml, struct device *device)
{
	if (!device->handle)
		return false;
	if (!device->processes) {
		device->processes = mem_alloc(2 * PROCESSES_MAX * sizeof *device->processes);
		device->samples = mem_alloc(PROCESSES_MAX * sizeof *device->samples);
	}
	device->process_count = 0;
	device->has_processes = take_processes(nvml, device, nvml->compute);
	device->has_processes |= take_processes(nvml, device, nvml->graphics);
	take_samples(nvml, device);
	return true;
}

static bool has_pid(const struct gpu_tree *tree, unsigned pid)
{
	for (size_t i = 0; i < tree->processes.count; i++) {
		if ((unsigned)tree->processes.pids[i] == pid)
			return true;
	}
	return false;
}

/* "1", or as much of its UUID as tells it. */
static bool has_device(const struct gpu_tree *tree, const struct device *device, uint32_t number)
{
	char own[16];

	snprintf(own, sizeof own, "%u", number);
	for (const char *id = tree->ids; *id;) {
		size_t len = strcspn(id, ",");
		if ((strlen(own) == len && strncmp(own, id, len) == 0) ||
			(len > 4 && strncmp(device->uuid, id, len) == 0))
			return true;
		id += len + (id[len] == ',');
	}
	return false;
}

static unsigned busiest(const struct sample *sample)
{
	unsigned most = sample->sm > sample->encoder ? sample->sm : sample->encoder;

	most = most > sample->decoder ? most : sample->decoder;
	return most < 100 ? most : 100;
}

/* What the tree's processes use of the device. Tells whether they are seen on it, and whether their
 * memory and their time are known. */
static bool add_own(const struct device *device, struct gpu_tree *tree, bool *has_memory)
{
	unsigned percent = 0;
	bool is_there = false;

	*has_memory = device->has_processes;
	for (uint32_t i = 0; i < device->process_count; i++) {
		const struct process_info *process = &device->processes[i];
		if (!has_pid(tree, process->pid))
			continue;
		is_there = true;
		if (process->memory == MEMORY_UNKNOWN)
			*has_memory = false;
		else
			tree->nvml_memory_mb += (double)process->memory / 1048576;
	}
	for (uint32_t i = 0; i < device->sample_count; i++) {
		if (!has_pid(tree, device->samples[i].pid))
			continue;
		is_there = true;
		percent += busiest(&device->samples[i]);
	}
	percent = percent < 100 ? percent : 100;
	double lived = (double)clock_wall_ns() / 1e9 - (double)tree->began_us / 1e6;
	double passed = device->interval < lived ? device->interval : lived;
	tree->nvml_seconds += device->sample_count ? passed * percent / 100 : 0;
	return is_there;
}

static void add_all_of_device(const struct nvml *nvml, const struct device *device,
	struct gpu_tree *tree, bool of_memory, bool of_time, double passed)
{
	struct memory memory;
	struct rates rates;

	tree->use.is_of_device = true;
	if (of_memory && nvml->memory && nvml->memory(device->handle, &memory) == NVML_OK)
		tree->nvml_memory_mb += (double)memory.used / 1048576;
	if (of_time && nvml->rates && nvml->rates(device->handle, &rates) == NVML_OK) {
		unsigned percent = rates.gpu < 100 ? rates.gpu : 100;
		tree->nvml_seconds += passed * percent / 100;
	}
}

/* Of another name space, they may still be told by the numbers that they have here. */
static bool has_its_numbers(const struct nvml *nvml, const struct gpu_tree *tree)
{
	bool is_any = nvml->is_first_name_space;

	for (uint32_t i = 0; i < nvml->device_count; i++) {
		const struct device *device = &nvml->devices[i];
		for (uint32_t k = 0; k < device->process_count && !is_any; k++)
			is_any = has_pid(tree, device->processes[k].pid);
	}
	return is_any;
}

static void look_at_tree(struct nvml *nvml, struct gpu_tree *tree, double passed)
{
	double lived = (double)clock_wall_ns() / 1e9 - (double)tree->began_us / 1e6;

	if (!tree->has_numbers && has_its_numbers(nvml, tree)) {
		/* what was of the devices so far need not be its own */
		tree->has_numbers = true;
		tree->use = (struct exec_gpu_use){0};
		tree->nvml_seconds = 0;
		tree->nvml_used = 0;
	}
	tree->nvml_memory_mb = 0;
	for (uint32_t i = 0; i < nvml->device_count; i++) {
		const struct device *device = &nvml->devices[i];
		bool has_memory;
		if (!device->handle)
			continue;
		bool is_there = add_own(device, tree, &has_memory);
		bool may_be_there = has_device(tree, device, i) &&
				    (!device->has_processes || !tree->has_numbers);
		if ((is_there && (!has_memory || !device->has_samples)) ||
			(!is_there && may_be_there))
			add_all_of_device(nvml, device, tree, !is_there || !has_memory,
				!is_there || !device->has_samples, lived < passed ? lived : passed);
		if (is_there || may_be_there)
			tree->nvml_used |= UINT64_C(1) << i;
	}
	tree->is_nvml_known = true;
}

void nvml_look(struct nvml *nvml, struct gpu_tree *trees)
{
	int64_t now = clock_wall_ns() / 1000;
	double passed = now > nvml->looked_us ? (double)(now - nvml->looked_us) / 1e6 : 0;
	bool is_any = false;

	nvml->looked_us = now;
	for (uint32_t i = 0; i < nvml->device_count; i++)
		is_any |= look_at_device(nvml, &nvml->devices[i]);
	for (struct gpu_tree *tree = trees; is_any && tree; tree = tree->next)
		look_at_tree(nvml, tree, passed);
}

void nvml_add_names(const struct nvml *nvml, uint64_t devices, char *names)
{
	for (uint32_t i = 0; i < nvml->device_count; i++) {
		uint32_t count = 0;
		bool is_first = devices >> i & 1;

		for (uint32_t k = 0; k < nvml->device_count; k++) {
			bool is_same = (devices >> k & 1) &&
				       strcmp(nvml->devices[k].name, nvml->devices[i].name) == 0;
			is_first = is_first && !(is_same && k < i);
			count += is_same;
		}
		if (is_first)
			gpu_add_name(names, nvml->devices[i].name, count);
	}
}
