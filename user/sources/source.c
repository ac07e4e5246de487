/* SPDX-License-Identifier: GPL-2.0-only */
#include "sources/source.h"

#include <errno.h>
#include <stdlib.h>

struct source {
	const struct source_type *type;
	void *self;
};

struct source *source_new(const struct source_type *type, void *self)
{
	struct source *source = malloc(sizeof(*source));

	if (!source) {
		type->close(self);
		return NULL;
	}
	*source = (struct source){ .type = type, .self = self };
	return source;
}

void source_close(struct source *source)
{
	if (!source)
		return;
	source->type->close(source->self);
	free(source);
}

int source_next(struct source *source, struct snapshot *sample)
{
	return source->type->next(source->self, sample);
}

int source_seek(struct source *source, uint64_t at_ns)
{
	return source->type->seek ? source->type->seek(source->self, at_ns)
				  : -ESPIPE;
}

int source_back(struct source *source)
{
	return source->type->back ? source->type->back(source->self) : -ESPIPE;
}

bool source_recorded(const struct source *source)
{
	return source->type->seek != NULL;
}

int source_poll(struct source *source)
{
	return source->type->poll ? source->type->poll(source->self) : 0;
}

int source_reset_peaks(struct source *source)
{
	return source->type->reset_peaks
		       ? source->type->reset_peaks(source->self)
		       : -EOPNOTSUPP;
}

int source_set_levels(struct source *source, unsigned int levels)
{
	return source->type->set_levels
		       ? source->type->set_levels(source->self, levels)
		       : -EOPNOTSUPP;
}

int source_time_programs(struct source *source, bool on)
{
	return source->type->time_programs
		       ? source->type->time_programs(source->self, on)
		       : -EOPNOTSUPP;
}
