// SPDX-License-Identifier: GPL-2.0-only
/* Locks: one of ours that has nothing to do with swiotlb, taken many times,
 * which shows what a tool that watches area locks costs everybody else; and an
 * area's, held for a known time. */
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#include "stress.h"

#if defined(CONFIG_QUEUED_SPINLOCKS) && !defined(CONFIG_DEBUG_SPINLOCK) &&     \
	!defined(CONFIG_PREEMPT_RT)
/* The slow path on a free lock takes it without a wait: what a first waiter
 * does, and the same each time. */
static void take_slowly(spinlock_t *lock)
{
	queued_spin_lock_slowpath(&lock->rlock.raw_lock, _Q_LOCKED_VAL);
}
#define SLOW_PATH true
#else
static void take_slowly(spinlock_t *lock)
{
	spin_lock(lock);
}
#define SLOW_PATH false
#endif

static void take_once(spinlock_t *lock, bool slow)
{
	unsigned long flags;

	if (slow) {
		local_irq_save(flags);
		preempt_disable();
		take_slowly(lock);
		spin_unlock(lock);
		local_irq_restore(flags);
		return;
	}
	spin_lock_irqsave(lock, flags);
	spin_unlock_irqrestore(lock, flags);
}

/**
 * stress_lock_test - take and release a lock, and keep how long that took
 * @args: KEY_COUNT times; by the slow path each time when KEY_SLOW
 *
 * Return: 0, or -EOPNOTSUPP where locks have no such slow path.
 */
int stress_lock_test(struct stress_args *args)
{
	bool slow = args->value[KEY_SLOW];
	u64 i, start;
	spinlock_t lock;

	if (slow && !SLOW_PATH)
		return stress_fail(args, -EOPNOTSUPP,
				   "lock: this kernel has other spinlocks");
	spin_lock_init(&lock);
	start = ktime_get_ns();
	for (i = 0; i < args->value[KEY_COUNT]; i++)
		take_once(&lock, slow);
	stress_totals.lock_ns = ktime_get_ns() - start;
	return 0;
}

/**
 * stress_hold_lock - hold an area's lock
 * @args: KEY_US microseconds; the areas' array is where KEY_POINTER says, and
 * the lock is KEY_OFFSET bytes into it
 *
 * Where it is only the caller can know, from the kernel's symbols and types.
 *
 * Return: 0.
 */
int stress_hold_lock(struct stress_args *args)
{
	void **areas = (void **)(unsigned long)args->value[KEY_POINTER];
	spinlock_t *lock = *areas + args->value[KEY_OFFSET];
	u64 ns = args->value[KEY_US] * NSEC_PER_USEC, start;
	unsigned long flags;

	spin_lock_irqsave(lock, flags);
	start = ktime_get_ns();
	while (ktime_get_ns() - start < ns)
		cpu_relax();
	spin_unlock_irqrestore(lock, flags);
	return 0;
}
