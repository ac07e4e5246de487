/* SPDX-License-Identifier: GPL-2.0-only */
#include "util/confine.h"

#include <cap-ng.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "util/call_filter.h"
#include "util/debug.h"
#include "util/landlock.h"
#include "util/log.h"
#include "util/text.h"

/**
 * struct step - a step
 * @name: in labels, and of SWIOTLB_FORBID
 * @text: in sentences
 * @missing: why the kernel, or this build, has none; NULL = it has
 * @take: does it; 0 or negative errno
 */
struct step {
	const char *name;
	const char *text;
	const char *(*missing)(void);
	int (*take)(const struct confine_needs *needs);
};

static const char *never_missing(void)
{
	return NULL;
}

static int refuse_new_privileges(const struct confine_needs *needs)
{
	(void)needs;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ? -errno : 0;
}

/*
 * The bounding set takes CAP_SETPCAP, which a service may not have. What it
 * would allow to gain by execve() is refused already.
 */
static int drop_capabilities(const struct confine_needs *needs)
{
	(void)needs;
	capng_clear(CAPNG_SELECT_ALL);
	capng_apply(CAPNG_SELECT_BOUNDS);
	capng_clear(CAPNG_SELECT_ALL);
	capng_apply(CAPNG_SELECT_CAPS | CAPNG_SELECT_AMBIENT);
	if (capng_get_caps_process())
		return -EIO;
	return capng_have_capabilities(CAPNG_SELECT_CAPS) == CAPNG_NONE
		       ? 0
		       : -EPERM;
}

static const struct step steps[] = {
	[CONFINE_NEW_PRIVILEGES] = { "no_new_privileges", "no new privileges",
				     never_missing, refuse_new_privileges },
	[CONFINE_FILES] = { "landlock", "files limited by landlock",
			    landlock_missing, landlock_restrict },
	[CONFINE_CAPABILITIES] = { "capabilities", "no capabilities",
				   never_missing, drop_capabilities },
	[CONFINE_CALLS] = { "seccomp", "system calls limited by seccomp",
			    call_filter_missing, call_filter_load },
};

static void set_reason(struct confinement *confinement, int step,
		       enum confine_state state, const char *reason)
{
	confinement->steps[step].state = state;
	snprintf(confinement->steps[step].reason,
		 sizeof(confinement->steps[step].reason), "%s", reason);
}

static void probe(struct confinement *found, int step)
{
	const char *reason = debug_forbids(steps[step].name)
				     ? "SWIOTLB_FORBID names it"
				     : steps[step].missing();

	set_reason(found, step, reason ? CONFINE_MISSING : CONFINE_NOT_DONE,
		   reason ? reason : "");
}

void confine_probe(struct confinement *found)
{
	memset(found, 0, sizeof(*found));
	found->landlock_abi = landlock_abi();
	for (int step = 0; step < CONFINE_STEPS; step++)
		probe(found, step);
}

static void tell(const struct confinement *done, int failed)
{
	char text[512];

	confine_text(done, text, sizeof(text));
	if (failed)
		log_warn("cannot give up all that is not needed; what is "
			 "given up: %s",
			 text);
	else
		log_debug("given up for good: %s", text);
}

int confine(const struct confine_needs *needs, struct confinement *done)
{
	int failed = 0;

	confine_probe(done);
	for (int step = 0; step < CONFINE_STEPS; step++) {
		int err;

		if (done->steps[step].state == CONFINE_MISSING)
			continue;
		err = steps[step].take(needs);
		set_reason(done, step, err ? CONFINE_FAILED : CONFINE_DONE,
			   err ? strerror(-err) : "");
		if (err)
			failed = -EPERM;
	}
	tell(done, failed);
	return failed;
}

const char *confine_step_name(enum confine_step step)
{
	return steps[step].name;
}

const char *confine_state_name(enum confine_state state)
{
	static const char *const names[] = { "not_done", "done", "missing",
					     "failed" };

	return names[state];
}

static bool lacks(const struct confinement *confinement, int step)
{
	return confinement->steps[step].state == CONFINE_MISSING ||
	       confinement->steps[step].state == CONFINE_FAILED;
}

static void append_step(const struct confinement *confinement, int step,
			char *text, size_t len)
{
	text_append(text, len, "%s%s", *text ? ", " : "", steps[step].text);
	if (step == CONFINE_FILES)
		text_append(text, len, " (ABI %u)", confinement->landlock_abi);
}

void confine_text(const struct confinement *confinement, char *text, size_t len)
{
	const char *before = "; not done: ";

	*text = '\0';
	for (int step = 0; step < CONFINE_STEPS; step++)
		if (!lacks(confinement, step))
			append_step(confinement, step, text, len);
	for (int step = 0; step < CONFINE_STEPS; step++) {
		if (!lacks(confinement, step))
			continue;
		text_append(text, len, "%s%s (%s)", before, steps[step].name,
			    confinement->steps[step].reason);
		before = ", ";
	}
}
