/* /proc/PID/fdinfo of DRM drivers: amdgpu, i915, xe and others. The keys are those of the kernel's
 * Documentation/gpu/drm-usage-stats.rst. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/dir.h"
#include "base/mem.h"
#include "run/exec/gpu.h"

#define FDINFO_MAX 8192

/* Memory by what is said of it, and where it is: the device's own, if it has some. */
struct memory {
	uint64_t bytes[2][2]; /* [resident, or only "memory"][of the device, or the machine's] */
	bool has[2][2];
};

static const char *after(const char *key, const char *head)
{
	size_t len = strlen(head);

	return strncmp(key, head, len) == 0 ? key + len : NULL;
}

static struct gpu_engine *engine_of(struct gpu_client *client, const char *name)
{
	for (uint32_t i = 0; i < client->engine_count; i++) {
		if (strcmp(client->engines[i].name, name) == 0)
			return &client->engines[i];
	}
	if (client->engine_count == GPU_ENGINES_MAX)
		return NULL;
	struct gpu_engine *engine = &client->engines[client->engine_count++];
	*engine = (struct gpu_engine){.capacity = 1};
	snprintf(engine->name, sizeof engine->name, "%s", name);
	return engine;
}

static uint64_t bytes_of(const char *value)
{
	char *unit;
	uint64_t amount = strtoull(value, &unit, 10);

	unit += strspn(unit, " \t");
	if (strcmp(unit, "KiB") == 0)
		return amount << 10;
	return strcmp(unit, "MiB") == 0 ? amount << 20 : amount;
}

static void take_memory(
	struct memory *memory, const char *region, bool is_resident, const char *value)
{
	bool is_own = after(region, "vram") || after(region, "local");

	if (strcmp(region, "cpu") == 0)
		return;
	memory->bytes[!is_resident][!is_own] += bytes_of(value);
	memory->has[!is_resident][!is_own] = true;
}

static void take_key(
	struct gpu_client *client, struct memory *memory, const char *key, const char *value)
{
	struct gpu_engine *engine;
	uint64_t number = strtoull(value, NULL, 10);
	const char *name;

	if ((name = after(key, "engine-capacity-"))) {
		if ((engine = engine_of(client, name)) && number)
			engine->capacity = number;
	} else if ((name = after(key, "engine-"))) {
		if ((engine = engine_of(client, name))) {
			engine->busy_ns = number;
			engine->has_ns = true;
		}
	} else if ((name = after(key, "total-cycles-"))) {
		if ((engine = engine_of(client, name)))
			engine->total = number;
	} else if ((name = after(key, "cycles-"))) {
		if ((engine = engine_of(client, name)))
			engine->cycles = number;
	} else if ((name = after(key, "resident-"))) {
		take_memory(memory, name, true, value);
	} else if ((name = after(key, "memory-"))) {
		take_memory(memory, name, false, value);
	}
}

bool fdinfo_parse(const char *text, struct gpu_client *client)
{
	char line[256], driver[24] = "", place[32] = "";
	struct memory memory = {0};
	bool has_id = false;

	*client = (struct gpu_client){0};
	for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
		size_t len = strcspn(text, "\n");
		if (len >= sizeof line || !after(text, "drm-"))
			continue;
		memcpy(line, text + 4, len - 4);
		line[len - 4] = '\0';
		char *value = strchr(line, ':');
		if (!value)
			continue;
		*value++ = '\0';
		value += strspn(value, " \t");
		if (strcmp(line, "driver") == 0) {
			snprintf(driver, sizeof driver, "%s", value);
		} else if (strcmp(line, "pdev") == 0) {
			snprintf(place, sizeof place, "%s", value);
		} else if (strcmp(line, "client-id") == 0) {
			client->id = strtoull(value, NULL, 10);
			has_id = true;
		} else {
			take_key(client, &memory, line, value);
		}
	}
	int which = memory.has[0][0] || memory.has[0][1] ? 0 : 1;
	client->memory = memory.bytes[which][!memory.has[which][0]];
	snprintf(client->device, sizeof client->device, "%s%s%s", driver, *place ? " " : "", place);
	return *driver && has_id;
}

static void take_engine(
	struct gpu_engine *known, const struct gpu_engine *seen, bool is_new, int64_t passed_ns)
{
	if (seen->has_ns) {
		if (seen->busy_ns > known->busy_ns)
			known->busy_ns = seen->busy_ns;
	} else if (!is_new && seen->total > known->total && seen->cycles > known->cycles) {
		known->busy_ns +=
			(uint64_t)((double)(seen->cycles - known->cycles) /
				   (double)(seen->total - known->total) * (double)passed_ns);
	}
	known->capacity = seen->capacity;
	known->cycles = seen->cycles;
	known->total = seen->total;
}

void fdinfo_take(struct gpu_clients *clients, const struct gpu_client *seen, int64_t passed_ns)
{
	struct gpu_client *known = NULL;

	for (uint32_t i = 0; !known && i < clients->count; i++) {
		if (clients->items[i].id == seen->id &&
			strcmp(clients->items[i].device, seen->device) == 0)
			known = &clients->items[i];
	}
	if (!known) {
		MEM_ROOM(clients->items, clients->count, clients->cap);
		known = &clients->items[clients->count++];
		*known = *seen;
	}
	known->is_there = true;
	known->memory = seen->memory;
	known->has_used |= seen->memory > 0;
	for (uint32_t i = 0; i < seen->engine_count; i++) {
		uint32_t before = known->engine_count;
		struct gpu_engine *engine = engine_of(known, seen->engines[i].name);
		if (!engine)
			continue;
		take_engine(engine, &seen->engines[i], known->engine_count != before, passed_ns);
		known->has_used |= engine->busy_ns > 0;
	}
}

/* One that lies in /dev/dri or /dev/accel; or nobody can say. */
static bool may_be_drm(const char *proc, pid_t pid, const char *fd)
{
	char path[512], target[64];

	snprintf(path, sizeof path, "%s/%ld/fd/%s", proc, (long)pid, fd);
	ssize_t len = readlink(path, target, sizeof target - 1);
	if (len < 0)
		return true;
	target[len] = '\0';
	return after(target, "/dev/dri/") || after(target, "/dev/accel/");
}

static void look_at_process(
	const char *proc, pid_t pid, struct gpu_clients *clients, int64_t passed_ns)
{
	char path[512], text[FDINFO_MAX];
	struct gpu_client client;
	struct dirent *entry;

	snprintf(path, sizeof path, "%s/%ld/fdinfo", proc, (long)pid);
	DIR *dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		if (*entry->d_name == '.' || !may_be_drm(proc, pid, entry->d_name))
			continue;
		int fd FD_LOCAL = openat(dirfd(dir), entry->d_name, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		ssize_t len = read(fd, text, sizeof text - 1);
		text[len > 0 ? len : 0] = '\0';
		if (fdinfo_parse(text, &client))
			fdinfo_take(clients, &client, passed_ns);
	}
	if (dir)
		closedir(dir);
}

void fdinfo_look(const char *proc, const struct process_list *processes,
	struct gpu_clients *clients, int64_t passed_ns)
{
	for (uint32_t i = 0; i < clients->count; i++)
		clients->items[i].is_there = false;
	for (size_t i = 0; i < processes->count; i++)
		look_at_process(proc, processes->pids[i], clients, passed_ns);
}

/* Is it the first one of its device that used it? */
static bool is_first(const struct gpu_clients *clients, uint32_t index)
{
	if (!clients->items[index].has_used)
		return false;
	for (uint32_t i = 0; i < index; i++) {
		if (clients->items[i].has_used &&
			strcmp(clients->items[i].device, clients->items[index].device) == 0)
			return false;
	}
	return true;
}

/* Of that engine, over all clients of the device. */
static double engine_seconds(
	const struct gpu_clients *clients, const char *device, const char *engine)
{
	double sum = 0;

	for (uint32_t i = 0; i < clients->count; i++) {
		const struct gpu_client *client = &clients->items[i];
		for (uint32_t k = 0; k < client->engine_count; k++) {
			if (strcmp(client->device, device) == 0 &&
				strcmp(client->engines[k].name, engine) == 0)
				sum += (double)client->engines[k].busy_ns / 1e9 /
				       (double)client->engines[k].capacity;
		}
	}
	return sum;
}

double fdinfo_seconds(const struct gpu_clients *clients)
{
	double sum = 0;

	for (uint32_t i = 0; i < clients->count; i++) {
		double most = 0;
		if (!is_first(clients, i))
			continue;
		for (uint32_t k = i; k < clients->count; k++) {
			const struct gpu_client *client = &clients->items[k];
			for (uint32_t e = 0;
				strcmp(client->device, clients->items[i].device) == 0 &&
				e < client->engine_count;
				e++) {
				double seconds = engine_seconds(
					clients, client->device, client->engines[e].name);
				most = seconds > most ? seconds : most;
			}
		}
		sum += most;
	}
	return sum;
}

double fdinfo_memory_mb(const struct gpu_clients *clients)
{
	double sum = 0;

	for (uint32_t i = 0; i < clients->count; i++)
		sum += clients->items[i].is_there ? (double)clients->items[i].memory / 1048576 : 0;
	return sum;
}

void fdinfo_add_names(const struct gpu_clients *clients, char *names)
{
	for (uint32_t i = 0; i < clients->count; i++) {
		if (is_first(clients, i))
			gpu_add_name(names, clients->items[i].device, 1);
	}
}
