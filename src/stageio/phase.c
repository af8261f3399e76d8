#include "stageio/phase.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "stageio/error.h"
#include "stageio/event.h"
#include "stageio/handle.h"
#include "stageio/usage.h"

static void put_rounded(struct event *event, const char *name, double value, double scale)
{
	if (value >= 0)
		json_write_num(&event->w, name, round(value * scale) / scale);
}

int stageio_phase_took(
	stageio *io, const char *name, double seconds, double cpu_seconds, double memory_mb)
{
	struct event event;
	char started[CLOCK_ISO_SIZE];

	error_clear();
	if (!io || !name || !*name || !(seconds >= 0) || !isfinite(seconds) || isinf(cpu_seconds) ||
		isinf(memory_mb))
		return error_set(STAGEIO_EINVAL, !io ? "there is no handle"
						 : !name || !*name
							 ? "there is no name"
							 : "a measure is no finite number");
	clock_iso(clock_wall_ns() - (int64_t)(seconds * 1e9), started);
	event_begin(&event, "phase");
	json_write_str(&event.w, "name", name);
	json_write_str(&event.w, "started", started);
	put_rounded(&event, "seconds", seconds, 1e6);
	put_rounded(&event, "cpu_seconds", cpu_seconds, 1e6);
	put_rounded(&event, "memory_mb", memory_mb, 10);
	return handle_deliver(io, &event, STAGEIO_OK);
}

/* The peak of this process is known from its beginning on only: if it did not grow meanwhile, the
 * most of the phase is at least what was held at its ends. */
static double memory_of(const struct phase *phase, const struct usage *now)
{
	double resident_mb = usage_resident_mb();

	if (now->memory_mb > phase->begun.memory_mb)
		return now->memory_mb;
	return resident_mb > phase->resident_mb ? resident_mb : phase->resident_mb;
}

static struct phase exchange(stageio *io, struct phase phase)
{
	struct phase old;

	pthread_mutex_lock(&io->lock);
	old = io->phase;
	io->phase = phase;
	pthread_mutex_unlock(&io->lock);
	return old;
}

static int end(stageio *io, struct phase *phase)
{
	struct usage now;
	int code = STAGEIO_OK;

	if (phase->name) {
		now = usage_now();
		code = stageio_phase_took(io, phase->name,
			(double)(clock_mono_ns() - phase->begun_mono_ns) / 1e9,
			now.user + now.system - phase->begun.user - phase->begun.system,
			memory_of(phase, &now));
	}
	free(phase->name);
	return code;
}

int stageio_phase(stageio *io, const char *name)
{
	struct phase phase = {.begun_mono_ns = clock_mono_ns()};
	int code;

	error_clear();
	if (!io || (name && !*name))
		return error_set(
			STAGEIO_EINVAL, "there is no %s", io ? "name of a phase" : "handle");
	if (name && !(phase.name = strdup(name)))
		return error_memory();
	phase.begun = usage_now();
	phase.resident_mb = usage_resident_mb();
	phase = exchange(io, phase);
	code = end(io, &phase);
	return code;
}

int phase_end(stageio *io)
{
	struct phase phase = exchange(io, (struct phase){0});

	return end(io, &phase);
}
