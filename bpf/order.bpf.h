/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ORDER_BPF_H
#define ORDER_BPF_H

/*
 * The order in which others see the stores of a program: readers take no lock.
 *
 * x86 keeps stores in order, so only the compiler must not move them. Elsewhere
 * an atomic exchange does it, which is fully ordered
 * (Documentation/atomic_t.txt: operations that return a value).
 *
 * store_last(): what is stored before is seen before, as what makes a record
 * valid must be the last thing of it that others see. store_first(): what is
 * stored afterwards is seen afterwards.
 */
#ifdef __TARGET_ARCH_x86
#define store_last(place, value)                                               \
	do {                                                                   \
		barrier();                                                     \
		*(place) = (value);                                            \
	} while (0)
#define store_first(place, value)                                              \
	do {                                                                   \
		*(place) = (value);                                            \
		barrier();                                                     \
	} while (0)
#else
#define store_last(place, value)  __sync_lock_test_and_set(place, value)
#define store_first(place, value) __sync_lock_test_and_set(place, value)
#endif

#endif
