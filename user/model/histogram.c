/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/histogram.h"

uint64_t histogram_total(const struct histogram *h)
{
	uint64_t total = 0;

	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++)
		total += h->count[i];
	return total;
}

void histogram_add(struct histogram *h, const struct histogram *other)
{
	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++)
		h->count[i] += other->count[i];
}

void histogram_subtract(struct histogram *h, const struct histogram *since)
{
	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++)
		h->count[i] -= h->count[i] < since->count[i] ? h->count[i]
							     : since->count[i];
}

uint64_t histogram_bucket_top(unsigned int bucket)
{
	return bucket + 1 < HISTOGRAM_BUCKETS ? (2ull << bucket) - 1
					      : UINT64_MAX;
}

uint64_t histogram_quantile(const struct histogram *h, unsigned int per_mille,
			    uint64_t max)
{
	uint64_t total = histogram_total(h);
	uint64_t rank, seen = 0;
	unsigned int i = 0;

	if (!total)
		return 0;
	/* The rank-th smallest value; rounded up, and without overflow. */
	rank = total / 1000 * per_mille +
	       (total % 1000 * per_mille + 999) / 1000;
	for (; i < HISTOGRAM_BUCKETS - 1; i++) {
		seen += h->count[i];
		if (seen >= rank && seen)
			break;
	}
	return histogram_bucket_top(i) < max ? histogram_bucket_top(i) : max;
}

double histogram_middle(const struct histogram *h)
{
	double left = (double)histogram_total(h) / 2;
	unsigned int i = 0;

	if (left <= 0)
		return 0;
	while (i + 1 < HISTOGRAM_BUCKETS && (double)h->count[i] < left)
		left -= (double)h->count[i++];
	return (double)(1ull << i) * (1 + left / (double)h->count[i]);
}

double histogram_mean(const struct histogram *h)
{
	const uint64_t total = histogram_total(h);
	double sum = 0;

	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++)
		sum += 1.5 * (double)(1ull << i) * (double)h->count[i];
	return total ? sum / (double)total : 0;
}
