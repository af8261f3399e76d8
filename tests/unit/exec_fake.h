/* An executor that starts nothing, and a clock that does not wait: what a command does stands in
 * its own words.
 *
 *	command = fake takes=5000 exit=3,0 say=hello
 *
 *	takes=MS    fake time until it ends (0)
 *	exit=N,...  exit codes of its first start, its second, ...; the last one stays (0)
 *	say=TEXT    is put out as it starts; the line ends as it ends
 *	late=TEXT   is put out in the moment of its end
 *	makes=FILE  is there in the moment of its end
 *	reports=MS,...  then it reports a log line, of that number; E before it: an error that it
 *	            logs, N: the same as a note for its manifest, P: its progress, half
 *	term=MS     it ends so long after TERM (0); -1: it does not
 *	lost=N      elsewhere: the job of its first N starts is lost when it should end
 *	unbegun=1   elsewhere: the job that is lost had not begun
 *	unseen=1    elsewhere: what it made is not seen by the head that started it
 *	held=1      elsewhere: it is not submitted
 *	refuse=TEXT it is refused at once; later=TEXT: after it was submitted
 */
#ifndef EXEC_FAKE_H
#define EXEC_FAKE_H

#include <stdint.h>

#include "run/exec/exec.h"

extern const struct exec_kind exec_fake;
/* The same elsewhere: all are job "7", on host "node". What is dismissed goes on, and can be
 * adopted by the next that is opened. */
extern const struct exec_kind exec_fake_away;

/* Takes over the clock, from 0 ms on. */
void fake_begin(void);
void fake_end(void);
/* What was asked of the executor and what it told: "0 start a", "5000 end a", ... a line each. */
const char *fake_log(void);
void fake_signal_at(int64_t ms, int signal); /* comes to the process then; several may */
void fake_gone_at(int64_t ms);               /* then the executor is gone */
void fake_lose_lock_at(int64_t ms);          /* then the job's lock is somebody else's ... */
void fake_lose_lock(void);                   /* ... or now */
int64_t fake_now_ms(void);

#endif
