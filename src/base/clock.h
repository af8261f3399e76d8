/* Time. Wall time for records, monotonic time for durations. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define CLOCK_ISO_SIZE 40
#define CLOCK_LOG_SIZE 24
#define CLOCK_ID_SIZE 20

struct pollfd;

/* Where time comes from, and how it passes. */
struct clock {
	int64_t (*mono_ns)(void);
	int64_t (*wall_ns)(void);
	int (*poll)(struct pollfd *polls, size_t count, int timeout_ms); /* like poll(2) */
};

/* For tests: from now on time is this clock's; NULL: the system's again. Not while other threads
 * run. */
void clock_use(const struct clock *clock);

int64_t clock_mono_ns(void);
int64_t clock_wall_ns(void);
int64_t clock_boot_ns(void); /* monotonic, and goes on while the machine is suspended */
int clock_poll(struct pollfd *polls, size_t count, int timeout_ms);
/* "2025-11-27T14:09:16.123456+01:00", local time with its offset */
void clock_iso(int64_t wall_ns, char text[CLOCK_ISO_SIZE]);
/* The inverse; also without offset (local time) and with Z. -1 if it does not parse. */
int clock_parse_iso(const char *text, int64_t *wall_ns);
/* "2025-11-27 14:09:15", local. Remembers the last second of each thread. */
void clock_log(int64_t wall_ns, char text[CLOCK_LOG_SIZE]);
/* "20251127_140915", local */
void clock_id(int64_t wall_ns, char text[CLOCK_ID_SIZE]);

#endif
