/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/gone_devices.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/schema.h"

static void add_number(const struct field *field, uint64_t *sum, uint64_t part)
{
	const bool age = field->kind == KIND_GAUGE && field->unit == UNIT_NS;

	if (!age)
		*sum += part;
	else if (part > *sum)
		*sum = part;
}

static void add_device(struct device *sum, const struct device *part)
{
	for_each_field (field, SCOPE_DEVICE) {
		void *to = (char *)sum + field->offset;
		const void *from = (const char *)part + field->offset;

		if (field->type == TYPE_HISTOGRAM)
			histogram_add(to, from);
		else if (field->metric && field->type == TYPE_U64)
			add_number(field, to, *(const uint64_t *)from);
	}
}

/* Make the first one that is gone the row of them all. */
static void begin(struct device *device)
{
	device->id = GONE_DEVICES_ID;
	device->key = GONE_DEVICES_KEY;
	device->pool_id = -1;
	device->growth = (struct growth){ 0 };
	snprintf(device->name, sizeof(device->name), "(gone)");
}

/* Return: how many there are then. */
static size_t fold(struct device *devices, size_t count)
{
	struct device *gone = NULL;
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		if (devices[i].gone && gone) {
			add_device(gone, &devices[i]);
			continue;
		}
		devices[kept] = devices[i];
		if (devices[i].gone) {
			gone = &devices[kept];
			begin(gone);
		}
		kept++;
	}
	return kept;
}

static const struct device *find(const struct snapshot *snap, uint32_t id)
{
	for (size_t i = 0; i < snap->nr_devices; i++)
		if (snap->devices[i].id == id)
			return &snap->devices[i];
	return NULL;
}

static bool is_gone(const struct snapshot *snap, uint64_t key)
{
	for (size_t i = 0; i < snap->nr_devices; i++)
		if (snap->devices[i].key == key)
			return snap->devices[i].gone;
	return false;
}

void gone_devices_fold(struct snapshot *snap)
{
	struct device *less;

	for (size_t i = 0; i < snap->nr_live_groups; i++)
		if (is_gone(snap, snap->live_groups[i].device_key))
			snap->live_groups[i].device_key = GONE_DEVICES_KEY;
	snap->nr_devices = fold(snap->devices, snap->nr_devices);
	if (!snap->nr_devices)
		return;
	less = reallocarray(snap->devices, snap->nr_devices, sizeof(*less));
	if (less)
		snap->devices = less;
}

int gone_devices_before(struct snapshot *before, const struct snapshot *to)
{
	struct device *devices;

	if (!find(to, GONE_DEVICES_ID) || !before->nr_devices)
		return 0;
	devices = calloc(before->nr_devices, sizeof(*devices));
	if (!devices)
		return -ENOMEM;
	memcpy(devices, before->devices, before->nr_devices * sizeof(*devices));
	for (size_t i = 0; i < before->nr_devices; i++)
		if (!find(to, devices[i].id))
			devices[i].gone = true;
	before->devices = devices;
	before->nr_devices = fold(devices, before->nr_devices);
	return 0;
}
