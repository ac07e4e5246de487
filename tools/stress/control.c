// SPDX-License-Identifier: GPL-2.0-only
/* The language of the control file: a command, then key=value arguments. */
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "stress.h"

static const char *const directions[] = { "both", "to", "from", NULL };
static const char *const kinds[] = { "boundary", "limit", NULL };
static const char *const faults[] = { "none", "device", "twice", "size", NULL };
static const char *const pools[] = { "usable",	"hollow", "disabled",
				     "private", "none",	  NULL };
static const char *const sides[] = { "cpu", "device", NULL };
static const char *const freed[] = { "no", "pages", "blocks", NULL };

/* What a key may hold: a number from min to max, or one of some words. */
static const struct stress_key_rule {
	const char *name;
	u64 min, max, def;
	const char *const *words;
} keys[KEYS] = {
	[KEY_AREAS] = { "areas", 1, 1024 },
	[KEY_AT] = { "at", 0, 1ull << 40 },
	[KEY_BITS] = { "bits", 12, 64 },
	[KEY_BY] = { "by", 0, INT_MAX },
	[KEY_COHERENT] = { "coherent", 0, 1, 0 },
	[KEY_COUNT] = { "count", 1, 1 << 20, 1 },
	[KEY_CPU] = { "cpu", 0, INT_MAX },
	[KEY_DEVICE] = { "device", 0, INT_MAX },
	[KEY_DIR] = { "dir", .words = directions },
	[KEY_FAULT] = { "fault", .words = faults },
	[KEY_FREE] = { "free", .words = freed },
	[KEY_HOLD] = { "hold", 0, 1 << 20, 0 },
	[KEY_ID] = { "id", 0, INT_MAX },
	[KEY_IRQ] = { "irq", 0, 1, 0 },
	[KEY_KIND] = { "kind", .words = kinds },
	[KEY_LEAK_EVERY] = { "leak-every", 0, 1 << 30, 0 },
	[KEY_MASK] = { "mask", 0, 256 * 1024 - 1 },
	[KEY_OFFSET] = { "offset", 0, 4095, 0 },
	[KEY_PAIRS] = { "pairs", 0, U64_MAX, 0 },
	[KEY_PAUSE] = { "pause", 0, NSEC_PER_SEC, 0 },
	[KEY_PCI] = { "pci", 0, 31 },
	[KEY_POINTER] = { "pointer", 1, U64_MAX },
	[KEY_POOL] = { "pool", .words = pools },
	[KEY_RATE] = { "rate", 0, 1000000, 0 },
	[KEY_SIDE] = { "side", .words = sides },
	[KEY_SIZE] = { "size", 1, 1ull << 36, 0 },
	[KEY_SIZES] = { "sizes", 1, 256 * 1024 },
	[KEY_SLOW] = { "slow", 0, 1, 0 },
	[KEY_STEADY] = { "steady", 0, 1, 0 },
	[KEY_SYNC] = { "sync", 0, 1, 0 },
	[KEY_TIME] = { "time", 0, 1, 1 },
	[KEY_US] = { "us", 1, 1000000 },
	[KEY_VALUE] = { "value", 0, U64_MAX },
};

static_assert(KEYS <= BITS_PER_LONG);

static const struct stress_command {
	const char *name;
	int (*run)(struct stress_args *args);
	unsigned long required;
	unsigned long optional;
	bool unlocked;
} commands[] = {
	{ "device-add", stress_device_add, 0, BIT(KEY_COUNT) | BIT(KEY_PCI) },
	{ "device-del", stress_device_del, BIT(KEY_ID), 0 },
	{ "start", stress_start,
	  BIT(KEY_DEVICE) | BIT(KEY_CPU) | BIT(KEY_SIZES),
	  BIT(KEY_PAIRS) | BIT(KEY_HOLD) | BIT(KEY_RATE) | BIT(KEY_SYNC) |
		  BIT(KEY_IRQ) | BIT(KEY_OFFSET) | BIT(KEY_DIR) |
		  BIT(KEY_TIME) | BIT(KEY_COHERENT) | BIT(KEY_LEAK_EVERY) |
		  BIT(KEY_STEADY) | BIT(KEY_PAUSE) },
	{ "stop", stress_stop, 0, BIT(KEY_DEVICE) },
	{ "wait", stress_wait, 0, 0, .unlocked = true },
	{ "leak", stress_leak, BIT(KEY_DEVICE) | BIT(KEY_SIZE),
	  BIT(KEY_COUNT) | BIT(KEY_OFFSET) | BIT(KEY_FREE) | BIT(KEY_DIR) },
	{ "unleak", stress_unleak, BIT(KEY_DEVICE),
	  BIT(KEY_FAULT) | BIT(KEY_BY) },
	{ "write", stress_write, BIT(KEY_DEVICE) | BIT(KEY_SIDE), 0 },
	{ "sync", stress_sync_kept, BIT(KEY_DEVICE), BIT(KEY_OFFSET) },
	{ "alloc", stress_allocate, BIT(KEY_DEVICE) | BIT(KEY_SIZE),
	  BIT(KEY_COUNT) },
	{ "free", stress_free, BIT(KEY_DEVICE), 0 },
	{ "fill", stress_fill, BIT(KEY_DEVICE) | BIT(KEY_SIZE),
	  BIT(KEY_COUNT) | BIT(KEY_OFFSET) },
	{ "exhaust", stress_exhaust, BIT(KEY_DEVICE), 0 },
	{ "fragment", stress_fragment, BIT(KEY_DEVICE), BIT(KEY_SIZE) },
	{ "drain", stress_drain, BIT(KEY_DEVICE), 0 },
	{ "oversize", stress_oversize, BIT(KEY_DEVICE),
	  BIT(KEY_COUNT) | BIT(KEY_SIZE) },
	{ "beyond-reach", stress_beyond_reach, BIT(KEY_DEVICE) | BIT(KEY_SIZE),
	  BIT(KEY_COUNT) },
	{ "misaligned", stress_misaligned, BIT(KEY_DEVICE),
	  BIT(KEY_COUNT) | BIT(KEY_KIND) },
	{ "min-align", stress_min_align, BIT(KEY_DEVICE) | BIT(KEY_MASK), 0 },
	{ "dma-mask", stress_dma_mask, BIT(KEY_DEVICE) | BIT(KEY_BITS), 0 },
	{ "block-alloc", stress_block_alloc,
	  BIT(KEY_DEVICE) | BIT(KEY_AREAS) | BIT(KEY_SIZE), 0 },
	{ "block-free", stress_block_free, BIT(KEY_DEVICE), 0 },
	{ "restrict", stress_restrict, BIT(KEY_DEVICE),
	  BIT(KEY_POOL) | BIT(KEY_SIZE) },
	{ "unrestrict", stress_unrestrict, BIT(KEY_DEVICE), 0 },
	{ "encrypt", stress_encrypt, 0, 0 },
	{ "unencrypt", stress_unencrypt, 0, 0 },
	{ "lock", stress_lock_test, 0, BIT(KEY_COUNT) | BIT(KEY_SLOW) },
	{ "hold-lock", stress_hold_lock,
	  BIT(KEY_POINTER) | BIT(KEY_OFFSET) | BIT(KEY_US), 0 },
	{ "peek", stress_peek, BIT(KEY_POINTER) | BIT(KEY_AT) | BIT(KEY_SIZE),
	  0 },
	{ "poke", stress_poke,
	  BIT(KEY_POINTER) | BIT(KEY_AT) | BIT(KEY_SIZE) | BIT(KEY_VALUE), 0 },
	{ "unpoke", stress_unpoke, 0, 0 },
	{ "reset-max", stress_reset_max, 0, BIT(KEY_DEVICE) },
};

static DEFINE_MUTEX(error_lock);
static char last_error[sizeof_field(struct stress_args, error)];

int stress_fail(struct stress_args *args, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vscnprintf(args->error, sizeof(args->error), fmt, ap);
	va_end(ap);
	return err;
}

size_t stress_last_error(char *buf, size_t size)
{
	size_t len;

	mutex_lock(&error_lock);
	len = scnprintf(buf, size, "%s%s", last_error,
			last_error[0] ? "\n" : "");
	mutex_unlock(&error_lock);
	return len;
}

static int parse_number(struct stress_args *args,
			const struct stress_key_rule *key, const char *text,
			u64 *value)
{
	if (kstrtoull(text, 0, value))
		return stress_fail(args, -EINVAL, "%s=%s: not a number",
				   key->name, text);
	if (*value < key->min || *value > key->max)
		return stress_fail(args, -EINVAL,
				   "%s=%s: must be from %llu to %llu",
				   key->name, text, key->min, key->max);
	return 0;
}

static int parse_sizes(struct stress_args *args,
		       const struct stress_key_rule *key, char *text)
{
	char *item;
	u64 value;
	int err;

	while ((item = strsep(&text, ","))) {
		if (args->nr_sizes == STRESS_MAX_SIZES)
			return stress_fail(args, -EINVAL, "sizes: more than %d",
					   STRESS_MAX_SIZES);
		err = parse_number(args, key, item, &value);
		if (err)
			return err;
		args->sizes[args->nr_sizes++] = value;
	}
	return 0;
}

static int parse_word(struct stress_args *args,
		      const struct stress_key_rule *key, const char *text,
		      u64 *value)
{
	int i;

	for (i = 0; key->words[i]; i++) {
		if (!strcmp(text, key->words[i])) {
			*value = i;
			return 0;
		}
	}
	return stress_fail(args, -EINVAL, "%s=%s: unknown word", key->name,
			   text);
}

static int parse_argument(struct stress_args *args,
			  const struct stress_command *command, char *text)
{
	char *name = strsep(&text, "=");
	const struct stress_key_rule *key;
	int i;

	for (i = 0; i < KEYS; i++) {
		if (!strcmp(name, keys[i].name))
			break;
	}
	if (i == KEYS || !((command->required | command->optional) & BIT(i)))
		return stress_fail(args, -EINVAL, "%s: no argument '%s'",
				   command->name, name);
	if (!text)
		return stress_fail(args, -EINVAL, "%s: '%s' needs a value",
				   command->name, name);
	if (args->given & BIT(i))
		return stress_fail(args, -EINVAL, "%s: '%s' given twice",
				   command->name, name);
	args->given |= BIT(i);
	key = &keys[i];
	if (i == KEY_SIZES)
		return parse_sizes(args, key, text);
	if (key->words)
		return parse_word(args, key, text, &args->value[i]);
	return parse_number(args, key, text, &args->value[i]);
}

static int parse(struct stress_args *args, char *line,
		 const struct stress_command **command)
{
	char *name = strsep(&line, " \t"), *text;
	int i, err;
	unsigned long missing;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!strcmp(name, commands[i].name))
			break;
	}
	if (i == ARRAY_SIZE(commands))
		return stress_fail(args, -EINVAL, "no command '%s'", name);
	*command = &commands[i];
	for (i = 0; i < KEYS; i++)
		args->value[i] = keys[i].def;
	while ((text = strsep(&line, " \t"))) {
		err = *text ? parse_argument(args, *command, text) : 0;
		if (err)
			return err;
	}
	missing = (*command)->required & ~args->given;
	if (missing)
		return stress_fail(args, -EINVAL, "%s: needs '%s='", name,
				   keys[__ffs(missing)].name);
	return 0;
}

static int run_locked(struct stress_args *args,
		      const struct stress_command *command)
{
	int err;

	if (mutex_lock_interruptible(&stress_lock))
		return stress_fail(args, -EINTR, "%s: interrupted",
				   command->name);
	if (args->given & BIT(KEY_DEVICE))
		args->dev = stress_device_find(args->value[KEY_DEVICE]);
	if ((args->given & BIT(KEY_DEVICE)) && !args->dev)
		err = stress_fail(args, -ENODEV, "%s: no device %llu",
				  command->name, args->value[KEY_DEVICE]);
	else
		err = command->run(args);
	mutex_unlock(&stress_lock);
	return err;
}

int stress_control(char *line)
{
	const struct stress_command *command;
	struct stress_args *args;
	int err;

	args = kzalloc(sizeof(*args), GFP_KERNEL);
	if (!args)
		return -ENOMEM;
	err = parse(args, strim(line), &command);
	if (!err)
		err = command->unlocked ? command->run(args)
					: run_locked(args, command);
	mutex_lock(&error_lock);
	strscpy(last_error, args->error, sizeof(last_error));
	mutex_unlock(&error_lock);
	kfree(args);
	return err;
}
