// SPDX-License-Identifier: GPL-2.0-only
/* Loads: threads, or timers in hard interrupt context, that map and unmap. */
#include <linux/cpu.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/rcupdate.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/version.h>
#include <linux/wait.h>

#include "stress.h"

/*
 * The least time between the end of one timer interrupt and the next: long
 * enough that it has not expired again before its interrupt ends, even in an
 * emulated guest on a busy machine.  The kernel would call that a hang.
 */
#define TIMER_PAUSE_NS 500000

/**
 * struct stress_load - a bound thread and what it shall do
 * @node: in stress_device.loads
 * @sdev: the device; outlives the load
 * @task: a reference of ours
 * @timer: does the work instead of @task when @irq
 * @counts: written by the one that does the work
 * @buffer: the memory that all its mappings map; the device's, when it leaks
 * @buffer_bytes: size of @buffer
 * @offset: where in @buffer mappings begin
 * @sizes: used in turn
 * @nr_sizes: number of @sizes
 * @dir: direction of the mappings
 * @pairs: how many maps to try; 0 = until stopped
 * @rate: maps to try in a second; 0 = as many as possible
 * @pause_ns: time between two tries, on average; 0 = none
 * @random: of the pauses
 * @sync: whether to sync each mapping once
 * @timed: whether to measure the maps
 * @irq: whether to work in a timer interrupt
 * @coherent: whether to allocate coherent memory instead of mapping
 * @leak_every: of so many unmaps one is left out; 0 = none
 * @steady: whether a map that is refused has its place in @ring, so that the
 *	others are live for as long as without refusals
 * @released: unmaps so far, and those left out
 * @leaks: struct stress_kept of these; the device's, once the load is gone
 * @leaked: length of @leaks
 * @ring: live mappings, oldest first; one without size was refused
 * @hold: capacity of @ring, 0 = unmap at once
 * @oldest: index in @ring
 * @held: number of mappings in @ring
 * @started_ns: time of the first map
 * @tried: maps tried so far
 * @timer_done: set when the timer has tried all @pairs
 * @done: set when all mappings are undone, as the last thing
 */
struct stress_load {
	struct list_head node;
	struct stress_device *sdev;
	struct task_struct *task;
	struct hrtimer timer;
	struct stress_counts counts;
	void *buffer;
	size_t buffer_bytes;
	size_t offset;
	u32 sizes[STRESS_MAX_SIZES];
	unsigned int nr_sizes;
	enum dma_data_direction dir;
	u64 pairs;
	u64 rate;
	u64 pause_ns;
	struct rnd_state random;
	bool sync;
	bool timed;
	bool irq;
	bool coherent;
	u64 leak_every;
	bool steady;
	u64 released;
	struct list_head leaks;
	u64 leaked;
	struct stress_mapping *ring;
	size_t hold;
	size_t oldest;
	size_t held;
	u64 started_ns;
	u64 tried;
	bool timer_done;
	bool done;
};

/* Loads with a number of pairs that are not done. */
static atomic_t unfinished = ATOMIC_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(finished);

/* Return: whether the mapping is kept instead of unmapped. */
static bool leaks(struct stress_load *load,
		  const struct stress_mapping *mapping)
{
	struct stress_kept *kept;

	if (!load->leak_every || ++load->released % load->leak_every)
		return false;
	kept = kmalloc(sizeof(*kept), GFP_ATOMIC);
	if (!kept)
		return false;
	kept->mapping = *mapping;
	list_add_tail(&kept->node, &load->leaks);
	WRITE_ONCE(load->leaked, load->leaked + 1);
	return true;
}

static void unmap(struct stress_load *load,
		  const struct stress_mapping *mapping)
{
	if (!leaks(load, mapping))
		stress_unmap(load->sdev, &load->counts, mapping);
}

static void release_oldest(struct stress_load *load)
{
	struct stress_mapping *oldest = &load->ring[load->oldest];

	if (oldest->size)
		unmap(load, oldest);
	load->oldest = (load->oldest + 1) % load->hold;
	load->held--;
}

static int map_next(struct stress_load *load, struct stress_mapping *mapping)
{
	u32 size = load->sizes[load->tried++ % load->nr_sizes];
	int err;

	if (load->coherent)
		return stress_alloc(load->sdev, &load->counts, size, mapping);

	err = stress_map(load->sdev, &load->counts, load->buffer + load->offset,
			 size, load->dir, load->timed, mapping);
	if (!err && load->sync)
		stress_sync(load->sdev, &load->counts, mapping);
	return err;
}

/* One map, and the unmap that makes room for it (or undoes it, when nothing is
 * held). */
static void load_step(struct stress_load *load)
{
	struct stress_mapping mapping, *next;

	if (!load->hold) {
		if (!map_next(load, &mapping))
			unmap(load, &mapping);
		return;
	}
	if (load->held == load->hold)
		release_oldest(load);
	next = &load->ring[(load->oldest + load->held) % load->hold];
	next->size = 0;
	if (!map_next(load, next) || load->steady)
		load->held++;
	else if (load->held)
		release_oldest(load);
}

static bool load_all_tried(const struct stress_load *load)
{
	return load->pairs && load->tried >= load->pairs;
}

/* When the next map is due: from the start, so that being late once does not
 * add up. */
static u64 load_deadline(const struct stress_load *load)
{
	u64 seconds, rest;

	seconds = div64_u64_rem(load->tried, load->rate, &rest);
	return load->started_ns + seconds * NSEC_PER_SEC +
	       div64_u64(rest * NSEC_PER_SEC, load->rate);
}

static void sleep_until(u64 ns)
{
	ktime_t when = ns_to_ktime(ns);

	if (ktime_get_ns() >= ns)
		return;
	set_current_state(TASK_IDLE);
	if (!kthread_should_stop())
		schedule_hrtimeout(&when, HRTIMER_MODE_ABS);
	__set_current_state(TASK_RUNNING);
}

/* Does not sleep: timers are too coarse for pauses as short as a map. */
static void pause_at_random(struct stress_load *load)
{
	u64 random = prandom_u32_state(&load->random);
	u64 ns = random * 2 * load->pause_ns >> 32, start = ktime_get_ns();

	while (ktime_get_ns() - start < ns)
		cpu_relax();
}

static void run_in_thread(struct stress_load *load)
{
	while (!kthread_should_stop() && !load_all_tried(load)) {
		if (load->rate) {
			sleep_until(load_deadline(load));
			if (kthread_should_stop())
				break;
		}
		load_step(load);
		if (load->pause_ns)
			pause_at_random(load);
		/* Detaching a program waits until each task has passed here. */
		cond_resched_tasks_rcu_qs();
	}
}

static enum hrtimer_restart timer_step(struct hrtimer *timer)
{
	struct stress_load *load =
		container_of(timer, struct stress_load, timer);

	load_step(load);
	if (load_all_tried(load)) {
		WRITE_ONCE(load->timer_done, true);
		wake_up_process(load->task);
		return HRTIMER_NORESTART;
	}
	hrtimer_set_expires(timer,
			    ns_to_ktime(max(load_deadline(load),
					    ktime_get_ns() + TIMER_PAUSE_NS)));
	return HRTIMER_RESTART;
}

/* 6.13 set up a timer in one call, and 6.15 lost the other way. */
static void setup_timer(struct stress_load *load)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	hrtimer_setup(&load->timer, timer_step, CLOCK_MONOTONIC,
		      HRTIMER_MODE_ABS_PINNED);
#else
	hrtimer_init(&load->timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_PINNED);
	load->timer.function = timer_step;
#endif
}

/* Started here, in the bound thread, because a pinned timer runs where it was
 * started. */
static void run_in_timer(struct stress_load *load)
{
	setup_timer(load);
	hrtimer_start(&load->timer,
		      ns_to_ktime(load->started_ns + TIMER_PAUSE_NS),
		      HRTIMER_MODE_ABS_PINNED);
	for (;;) {
		set_current_state(TASK_IDLE);
		if (kthread_should_stop() || READ_ONCE(load->timer_done))
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	hrtimer_cancel(&load->timer);
}

static void load_mark_done(struct stress_load *load)
{
	WRITE_ONCE(load->done, true);
	if (load->pairs) {
		atomic_dec(&unfinished);
		wake_up_all(&finished);
	}
}

static int load_thread(void *data)
{
	struct stress_load *load = data;

	load->started_ns = ktime_get_ns();
	if (load->irq)
		run_in_timer(load);
	else
		run_in_thread(load);
	while (load->held) {
		release_oldest(load);
		/* Detaching a program waits until each task has passed here. */
		cond_resched_tasks_rcu_qs();
	}
	WRITE_ONCE(load->sdev->elapsed_ns, ktime_get_ns() - load->started_ns);
	load_mark_done(load);
	return 0;
}

static void load_free(struct stress_load *load)
{
	if (load->buffer != load->sdev->buffer)
		stress_buffer_free(load->buffer, load->buffer_bytes);
	kvfree(load->ring);
	kfree(load);
}

static struct stress_load *load_alloc(const struct stress_args *args)
{
	static const enum dma_data_direction dirs[] = { DMA_BIDIRECTIONAL,
							DMA_TO_DEVICE,
							DMA_FROM_DEVICE };
	struct stress_load *load = kzalloc(sizeof(*load), GFP_KERNEL);
	unsigned int i;

	if (!load)
		return NULL;
	seqcount_init(&load->counts.seq);
	INIT_LIST_HEAD(&load->leaks);
	load->sdev = args->dev;
	load->nr_sizes = args->nr_sizes;
	load->offset = args->value[KEY_OFFSET];
	for (i = 0; i < args->nr_sizes; i++) {
		load->sizes[i] = args->sizes[i];
		load->buffer_bytes = max_t(size_t, load->buffer_bytes,
					   load->offset + args->sizes[i]);
	}
	load->dir = dirs[args->value[KEY_DIR]];
	load->pairs = args->value[KEY_PAIRS];
	load->rate = args->value[KEY_RATE];
	load->pause_ns = args->value[KEY_PAUSE];
	/* The same pauses each time, and others for each device. */
	prandom_seed_state(&load->random, load->sdev->id + 1);
	load->sync = args->value[KEY_SYNC];
	load->timed = args->value[KEY_TIME];
	load->irq = args->value[KEY_IRQ];
	load->coherent = args->value[KEY_COHERENT];
	load->leak_every = args->value[KEY_LEAK_EVERY];
	load->steady = args->value[KEY_STEADY];
	load->hold = args->value[KEY_HOLD];
	load->buffer = load->leak_every
			       ? load->sdev->buffer
			       : stress_buffer_alloc(load->buffer_bytes);
	if (load->hold)
		load->ring =
			kvcalloc(load->hold, sizeof(*load->ring), GFP_KERNEL);
	if (!load->buffer || (load->hold && !load->ring)) {
		load_free(load);
		return NULL;
	}
	return load;
}

/* Ends a load and adds its counts to the device's. */
static void load_reap(struct stress_load *load)
{
	struct stress_counts *counts = &load->sdev->counts;

	kthread_stop(load->task);
	put_task_struct(load->task);
	/* A thread that is stopped before it first runs does nothing at all. */
	if (!load->done)
		load_mark_done(load);
	stress_counts_add(counts, &load->counts);
	list_splice_tail(&load->leaks, &load->sdev->leaks);
	load->sdev->leaked += load->leaked;
	list_del(&load->node);
	load_free(load);
}

static void reap_done(void)
{
	struct stress_device *sdev;
	struct stress_load *load, *next;

	list_for_each_entry (sdev, &stress_devices, node) {
		list_for_each_entry_safe (load, next, &sdev->loads, node) {
			if (READ_ONCE(load->done))
				load_reap(load);
		}
	}
}

/* Ends all loads of a device; their mappings are undone when this returns. */
void stress_loads_stop(struct stress_device *sdev)
{
	struct stress_load *load, *next;

	list_for_each_entry_safe (load, next, &sdev->loads, node)
		load_reap(load);
}

void stress_loads_add_counts(struct stress_device *sdev,
			     struct stress_counts *sum)
{
	struct stress_load *load;

	list_for_each_entry (load, &sdev->loads, node)
		stress_counts_add(sum, &load->counts);
}

void stress_loads_reset_max(struct stress_device *sdev)
{
	struct stress_load *load;

	list_for_each_entry (load, &sdev->loads, node)
		WRITE_ONCE(load->counts.max_map_ns, 0);
}

unsigned int stress_loads_running(struct stress_device *sdev)
{
	struct stress_load *load;
	unsigned int running = 0;

	list_for_each_entry (load, &sdev->loads, node)
		running += !READ_ONCE(load->done);
	return running;
}

/* Mappings that running loads have leaked. */
u64 stress_loads_leaked(struct stress_device *sdev)
{
	struct stress_load *load;
	u64 leaked = 0;

	list_for_each_entry (load, &sdev->loads, node)
		leaked += READ_ONCE(load->leaked);
	return leaked;
}

static int load_start(struct stress_args *args, struct stress_load *load,
		      unsigned int cpu)
{
	struct task_struct *task;

	task = kthread_create_on_node(load_thread, load, cpu_to_node(cpu),
				      "stress%d/%u", load->sdev->id, cpu);
	if (IS_ERR(task))
		return stress_fail(args, PTR_ERR(task),
				   "start: no thread (error %ld)",
				   PTR_ERR(task));
	kthread_bind(task, cpu);
	/* Ours until it is reaped: it may end by itself before that. */
	load->task = get_task_struct(task);
	if (load->pairs)
		atomic_inc(&unfinished);
	list_add_tail(&load->node, &load->sdev->loads);
	wake_up_process(task);
	return 0;
}

int stress_start(struct stress_args *args)
{
	u64 cpu = args->value[KEY_CPU];
	struct stress_load *load;
	int err;

	if (args->value[KEY_IRQ] && !args->value[KEY_RATE])
		return stress_fail(args, -EINVAL, "start: irq=1 needs a rate");
	if (args->value[KEY_IRQ] && args->value[KEY_PAUSE])
		return stress_fail(args, -EINVAL,
				   "start: irq=1 with pause=: it has a rate");
	if (args->value[KEY_IRQ] && args->value[KEY_COHERENT])
		return stress_fail(
			args, -EINVAL,
			"start: irq=1 with coherent=1: an interrupt may not free coherent memory");
	if (args->value[KEY_LEAK_EVERY]) {
		/* What leaks maps memory that outlives the load. */
		err = stress_need_buffer(args);
		if (err)
			return err;
	}
	reap_done();
	load = load_alloc(args);
	if (!load)
		return stress_fail(
			args, -ENOMEM,
			"start: no memory for the buffer or the held mappings");
	cpus_read_lock();
	if (cpu >= nr_cpu_ids || !cpu_online(cpu))
		err = stress_fail(args, -EINVAL,
				  "start: CPU %llu is not online", cpu);
	else
		err = load_start(args, load, cpu);
	cpus_read_unlock();
	if (err)
		load_free(load);
	return err;
}

int stress_stop(struct stress_args *args)
{
	struct stress_device *sdev;

	list_for_each_entry (sdev, &stress_devices, node) {
		if (!args->dev || args->dev == sdev)
			stress_loads_stop(sdev);
	}
	return 0;
}

/* Without stress_lock while it waits, so that others can stop what it waits
 * for. */
int stress_wait(struct stress_args *args)
{
	if (wait_event_interruptible(finished, !atomic_read(&unfinished)))
		return stress_fail(args, -EINTR, "wait: interrupted");
	mutex_lock(&stress_lock);
	reap_done();
	mutex_unlock(&stress_lock);
	return 0;
}
