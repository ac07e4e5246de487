/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_HISTOGRAM_H
#define MODEL_HISTOGRAM_H

#include <stdint.h>

/* As many as the BPF side counts (include/histogram.h asserts it). */
#define HISTOGRAM_BUCKETS 32

/**
 * struct histogram - powers of two
 * @count: bucket 0 holds the value 0 and 1, bucket i the values 2^i to
 *	2^(i+1)-1, the last one everything above as well
 */
struct histogram {
	uint64_t count[HISTOGRAM_BUCKETS];
};

/** histogram_total() - how many values it holds */
uint64_t histogram_total(const struct histogram *h);

/** histogram_add() - add @other to @h */
void histogram_add(struct histogram *h, const struct histogram *other);

/** histogram_subtract() - take an earlier @since of the same counters off */
void histogram_subtract(struct histogram *h, const struct histogram *since);

/** histogram_bucket_top() - the largest value that a bucket counts */
uint64_t histogram_bucket_top(unsigned int bucket);

/**
 * histogram_quantile() - the value that a share of all values stays below
 * @h: the histogram
 * @per_mille: the share, 1 to 1000
 * @max: the largest value seen
 *
 * Return: the upper edge of the bucket that the quantile falls into, at most
 * @max: never less than the true quantile, less than twice as much; 0 when
 * the histogram is empty.
 */
uint64_t histogram_quantile(const struct histogram *h, unsigned int per_mille,
			    uint64_t max);

/**
 * histogram_middle() - the median, were the values of a bucket evenly spread
 *
 * Return: it, or 0 when the histogram is empty.
 */
double histogram_middle(const struct histogram *h);

/** histogram_mean() - likewise, the mean */
double histogram_mean(const struct histogram *h);

#endif
