/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_CONSTANT_H
#define PROBES_CONSTANT_H

#include <bpf/libbpf.h>
#include <stdint.h>

/**
 * constant_write() - write a constant into the instructions of programs
 * @object: not loaded yet
 * @placeholder: the number to replace, see CONSTANT() in bpf/shadow.bpf.h: an
 *	immediate of 32 bits or, if it is larger, of 64
 * @value: no wider than the placeholder
 *
 * A value that is known only at run time would otherwise be in memory, and each
 * use would take another instruction, on every map and unmap.
 *
 * Return: 0 or negative errno.
 */
int constant_write(struct bpf_object *object, uint64_t placeholder,
		   uint64_t value);

/**
 * constant_write_address() - the same with the address of a map's value
 * @object: not loaded yet
 * @placeholder: of 64 bits
 * @map: an array of one value, already made; it stays open until the load
 *
 * Return: 0 or negative errno.
 */
int constant_write_address(struct bpf_object *object, uint64_t placeholder,
			   const struct bpf_map *map);

#endif
