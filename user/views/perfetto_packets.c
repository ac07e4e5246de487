/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/perfetto_packets.h"

#include <errno.h>
#include <stdlib.h>

#include "perfetto.pb-c.h"
#include "util/utf8.h"

/* One writer, which needs no state of its own: nothing is interned. */
#define SEQUENCE	 1
#define SEQUENCE_CLEARED 1

#define TEXT_LEN 512

/* The longest packet has all notes of an event, each with a text. */
#define PACKET_LEN ((NOTES_MAX + 1) * (TEXT_LEN + NAME_LEN))

typedef Perfetto__Protos__Trace trace_message;
typedef Perfetto__Protos__TracePacket packet_message;
typedef Perfetto__Protos__ClockSnapshot clocks_message;
typedef Perfetto__Protos__ClockSnapshot__Clock clock_message;
typedef Perfetto__Protos__TrackDescriptor track_message;
typedef Perfetto__Protos__CounterDescriptor counter_message;
typedef Perfetto__Protos__TrackEvent event_message;
typedef Perfetto__Protos__DebugAnnotation note_message;

/**
 * struct packets - a trace that is written
 * @stream: where to
 * @clock: of all times; 0 = that of traces
 * @begun: the first packet is written
 * @err: negative errno when a packet is missing
 * @bytes: a packet as it is written
 */
struct packets {
	FILE *stream;
	uint32_t clock;
	bool begun;
	int err;
	uint8_t bytes[PACKET_LEN];
};

struct packets *packets_open(FILE *stream)
{
	struct packets *packets = calloc(1, sizeof(*packets));

	if (packets)
		packets->stream = stream;
	return packets;
}

int packets_close(struct packets *packets)
{
	int err = packets->err;

	free(packets);
	return err;
}

/* Traces one behind the other are one trace, so each packet is one. */
static void put(struct packets *packets, packet_message *packet)
{
	trace_message trace = PERFETTO__PROTOS__TRACE__INIT;
	size_t size;

	packet->has_trusted_packet_sequence_id = true;
	packet->trusted_packet_sequence_id = SEQUENCE;
	packet->has_sequence_flags = !packets->begun;
	packet->sequence_flags = SEQUENCE_CLEARED;
	packets->begun = true;
	trace.n_packet = 1;
	trace.packet = &packet;
	size = perfetto__protos__trace__get_packed_size(&trace);
	if (size > sizeof(packets->bytes)) {
		packets->err = -EMSGSIZE;
		return;
	}
	perfetto__protos__trace__pack(&trace, packets->bytes);
	fwrite(packets->bytes, 1, size, packets->stream);
}

/*
 * Clocks and tracks
 */

void packets_clocks(struct packets *packets, uint32_t clock,
		    const struct snapshot *snap)
{
	const struct {
		uint32_t number;
		uint64_t ns;
	} read[] = {
		{ PERFETTO_REALTIME, snap->realtime_ns },
		{ PERFETTO_MONOTONIC, snap->taken_ns },
		{ PERFETTO_BOOTTIME, snap->boottime_ns },
	};
	packet_message packet = PERFETTO__PROTOS__TRACE_PACKET__INIT;
	clocks_message clocks = PERFETTO__PROTOS__CLOCK_SNAPSHOT__INIT;
	clock_message messages[3], *list[3];

	clocks.clocks = list;
	for (size_t i = 0; i < sizeof(read) / sizeof(*read); i++) {
		clock_message *message = &messages[clocks.n_clocks];

		if (!read[i].ns)
			continue;
		perfetto__protos__clock_snapshot__clock__init(message);
		message->has_clock_id = message->has_timestamp = true;
		message->clock_id = read[i].number;
		message->timestamp = read[i].ns;
		list[clocks.n_clocks++] = message;
	}
	packet.clock_snapshot = &clocks;
	packets->clock = clock == PERFETTO_BOOTTIME ? 0 : clock;
	put(packets, &packet);
}

static void describe(struct packets *packets, uint64_t track, uint64_t parent,
		     const char *name, counter_message *counter)
{
	packet_message packet = PERFETTO__PROTOS__TRACE_PACKET__INIT;
	track_message message = PERFETTO__PROTOS__TRACK_DESCRIPTOR__INIT;
	char text[TEXT_LEN];

	message.has_uuid = true;
	message.uuid = track;
	message.has_parent_uuid = parent != 0;
	message.parent_uuid = parent;
	message.name = utf8_clean(text, sizeof(text), name);
	message.counter = counter;
	packet.track_descriptor = &message;
	put(packets, &packet);
}

void packets_track(struct packets *packets, uint64_t track, uint64_t parent,
		   const char *name)
{
	describe(packets, track, parent, name, NULL);
}

void packets_counter_track(struct packets *packets, uint64_t track,
			   uint64_t parent, const char *name, enum unit unit)
{
	static const int units[] = {
		[UNIT_COUNT] =
			PERFETTO__PROTOS__COUNTER_DESCRIPTOR__UNIT__UNIT_COUNT,
		[UNIT_BYTES] =
			PERFETTO__PROTOS__COUNTER_DESCRIPTOR__UNIT__UNIT_SIZE_BYTES,
		[UNIT_NS] =
			PERFETTO__PROTOS__COUNTER_DESCRIPTOR__UNIT__UNIT_TIME_NS,
	};
	counter_message counter = PERFETTO__PROTOS__COUNTER_DESCRIPTOR__INIT;
	char name_of_unit[NAME_LEN];

	counter.has_unit = unit != UNIT_SLOTS;
	if (counter.has_unit)
		counter.unit = units[unit];
	else
		counter.unit_name = utf8_clean(
			name_of_unit, sizeof(name_of_unit), unit_name(unit));
	describe(packets, track, parent, name, &counter);
}

/*
 * Events
 */

static void put_event(struct packets *packets, uint64_t at_ns, uint64_t track,
		      int type, event_message *event)
{
	packet_message packet = PERFETTO__PROTOS__TRACE_PACKET__INIT;

	event->has_type = true;
	event->type = type;
	event->has_track_uuid = true;
	event->track_uuid = track;
	packet.has_timestamp = true;
	packet.timestamp = at_ns;
	packet.has_timestamp_clock_id = packets->clock != 0;
	packet.timestamp_clock_id = packets->clock;
	packet.track_event = event;
	put(packets, &packet);
}

void packets_count(struct packets *packets, uint64_t at_ns, uint64_t track,
		   int64_t value)
{
	event_message event = PERFETTO__PROTOS__TRACK_EVENT__INIT;

	event.has_counter_value = true;
	event.counter_value = value;
	put_event(packets, at_ns, track,
		  PERFETTO__PROTOS__TRACK_EVENT__TYPE__TYPE_COUNTER, &event);
}

static struct note *next_note(struct trace_event *event, const char *name)
{
	static struct note none;
	struct note *note = event->nr_notes < NOTES_MAX
				    ? &event->notes[event->nr_notes++]
				    : &none;

	*note = (struct note){ .name = name };
	return note;
}

void event_note(struct trace_event *event, const char *name, int64_t value)
{
	next_note(event, name)->value = value;
}

void event_text(struct trace_event *event, const char *name, const char *text)
{
	next_note(event, name)->text = text;
}

static void put_named(struct packets *packets, uint64_t at_ns, int type,
		      const struct trace_event *event)
{
	event_message message = PERFETTO__PROTOS__TRACK_EVENT__INIT;
	char name[TEXT_LEN], texts[NOTES_MAX][TEXT_LEN];
	note_message notes[NOTES_MAX], *list[NOTES_MAX];

	for (size_t i = 0; i < event->nr_notes; i++) {
		const struct note *note = &event->notes[i];

		perfetto__protos__debug_annotation__init(&notes[i]);
		notes[i].name = (char *)note->name;
		notes[i].has_int_value = !note->text;
		notes[i].int_value = note->value;
		if (note->text)
			notes[i].string_value = utf8_clean(
				texts[i], sizeof(texts[i]), note->text);
		list[i] = &notes[i];
	}
	message.name = utf8_clean(name, sizeof(name), event->name);
	message.debug_annotations = list;
	message.n_debug_annotations = event->nr_notes;
	put_event(packets, at_ns, event->track, type, &message);
}

void packets_begin(struct packets *packets, uint64_t at_ns,
		   const struct trace_event *event)
{
	put_named(packets, at_ns,
		  PERFETTO__PROTOS__TRACK_EVENT__TYPE__TYPE_SLICE_BEGIN, event);
}

void packets_instant(struct packets *packets, uint64_t at_ns,
		     const struct trace_event *event)
{
	put_named(packets, at_ns,
		  PERFETTO__PROTOS__TRACK_EVENT__TYPE__TYPE_INSTANT, event);
}

void packets_end(struct packets *packets, uint64_t at_ns, uint64_t track)
{
	event_message event = PERFETTO__PROTOS__TRACK_EVENT__INIT;

	put_event(packets, at_ns, track,
		  PERFETTO__PROTOS__TRACK_EVENT__TYPE__TYPE_SLICE_END, &event);
}
