/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_CONSTANT_H
#define PROBES_CONSTANT_H

#include <bpf/libbpf.h>
#include <stdint.h>

/**
 * constant_write() - give programs a constant that is known at run time only
 * @object: not loaded yet
 * @placeholder: what stands in its place in their instructions, see CONSTANT()
 *	in bpf/mappings.bpf.c: an immediate of 32 bits or, where it is larger,
 *	of 64
 * @value: no wider than the placeholder
 *
 * A constant in memory would cost an instruction more where it is used, which
 * counts on each map and unmap.
 *
 * Return: 0 or negative errno.
 */
int constant_write(struct bpf_object *object, uint64_t placeholder,
		   uint64_t value);

/**
 * constant_write_address() - the same with the address of a map's value
 * @object: not loaded yet
 * @placeholder: of 64 bits
 * @map: an array of one value, made already; it stays open until the load
 *
 * Return: 0 or negative errno.
 */
int constant_write_address(struct bpf_object *object, uint64_t placeholder,
			   const struct bpf_map *map);

#endif
