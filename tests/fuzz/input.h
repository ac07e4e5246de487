/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

/* Numbers out of the bytes that libFuzzer gives, and what must hold of them. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/**
 * struct input - what is left of it
 * @data: next byte
 * @size: how many; after the last, all are 0
 */
struct input {
	const uint8_t *data;
	size_t size;
};

/** require() - end with a finding unless a condition holds */
static inline void require(bool condition)
{
	if (!condition)
		abort();
}

/** next() - the number in the next bytes, at most 4 */
static inline uint32_t next(struct input *input, unsigned int bytes)
{
	uint32_t value = 0;

	for (unsigned int i = 0; i < bytes && input->size; i++) {
		value |= (uint32_t)*input->data++ << 8 * i;
		input->size--;
	}
	return value;
}

#endif
