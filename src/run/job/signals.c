#include "run/job/signals.h"

#include <errno.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/err.h"

static const int handled[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

int signals_take(struct signals *signals, struct err *err)
{
	sigset_t mask;

	sigemptyset(&mask);
	signals->first = 0;
	signals->count = 0;
	for (size_t i = 0; i < sizeof handled / sizeof *handled; i++) {
		struct sigaction action;
		if (sigaction(handled[i], NULL, &action) == 0 && action.sa_handler == SIG_IGN)
			continue;
		sigaddset(&mask, handled[i]);
	}
	signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &mask, &signals->old) < 0)
		return err_sys(err, errno, "block", "signals");
	signals->fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals->fd < 0)
		return err_sys(err, errno, "wait for", "signals");
	return 0;
}

int signals_next(struct signals *signals)
{
	struct signalfd_siginfo info;

	if (read(signals->fd, &info, sizeof info) != sizeof info)
		return 0;
	if (!signals->first)
		signals->first = (int)info.ssi_signo;
	signals->count++;
	return (int)info.ssi_signo;
}

void signals_give(struct signals *signals)
{
	if (signals->fd >= 0)
		close(signals->fd);
	signals->fd = -1;
	sigprocmask(SIG_SETMASK, &signals->old, NULL);
}
