// SPDX-License-Identifier: GPL-2.0-only
/*
 * Words of the allocator's own data, read and overwritten: damage that no code
 * path of the kernel does, to prove that it is found.  Where a word is only the
 * caller can know, from the kernel's symbols and types, and that nothing else
 * writes to it meanwhile.
 */
#include <linux/string.h>

#include "stress.h"

#define POKES_MAX 8

/**
 * struct poke - a word that was overwritten
 * @word: where
 * @size: its bytes
 * @former: what was there
 */
static struct poke {
	void *word;
	size_t size;
	u64 former;
} pokes[POKES_MAX];

static unsigned int nr_pokes;

static void *word_of(const struct stress_args *args)
{
	void **base = (void **)(unsigned long)args->value[KEY_POINTER];

	return *base + args->value[KEY_AT];
}

static int check_size(struct stress_args *args)
{
	u64 size = args->value[KEY_SIZE];

	if (size > sizeof(u64) || !is_power_of_2(size))
		return stress_fail(args, -EINVAL,
				   "size=%llu: no word has as many bytes",
				   size);
	return 0;
}

/* All machines of tests are little-endian. */
static u64 read_word(const void *word, size_t size)
{
	u64 value = 0;

	memcpy(&value, word, size);
	return value;
}

/**
 * stress_peek - read a word, which "totals" has then
 * @args: KEY_SIZE bytes, KEY_AT bytes from where the pointer at the address
 * KEY_POINTER points to
 *
 * Return: 0, or -EINVAL.
 */
int stress_peek(struct stress_args *args)
{
	int err = check_size(args);

	if (!err)
		stress_totals.peeked =
			read_word(word_of(args), args->value[KEY_SIZE]);
	return err;
}

/**
 * stress_poke - overwrite a word, until unpoke
 * @args: the word as of stress_peek(), and KEY_VALUE
 *
 * Return: 0, -EINVAL, or -ENOSPC with too many of them.
 */
int stress_poke(struct stress_args *args)
{
	struct poke *poke = &pokes[nr_pokes];
	int err = check_size(args);

	if (err)
		return err;
	if (nr_pokes == POKES_MAX)
		return stress_fail(args, -ENOSPC, "poke: %u words at most",
				   POKES_MAX);
	poke->word = word_of(args);
	poke->size = args->value[KEY_SIZE];
	poke->former = read_word(poke->word, poke->size);
	memcpy(poke->word, &args->value[KEY_VALUE], poke->size);
	nr_pokes++;
	return 0;
}

/* Gives all words their former values, also when the module is unloaded. */
void stress_poke_exit(void)
{
	while (nr_pokes) {
		const struct poke *poke = &pokes[--nr_pokes];

		memcpy(poke->word, &poke->former, poke->size);
	}
}

int stress_unpoke(struct stress_args *args)
{
	stress_poke_exit();
	return 0;
}
