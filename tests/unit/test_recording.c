/* SPDX-License-Identifier: GPL-2.0-only */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "interval_text.h"
#include "model/stacks.h"
#include "model_fixture.h"
#include "sources/documents.h"
#include "sources/frames_write.h"
#include "sources/past.h"
#include "sources/recorder.h"
#include "sources/recording.h"
#include "util/shards.h"
#include "util/units.h"
#include "views/tui_draw.h"
#include "views/tui_events.h"

#define SMALL_DOCUMENTS 130
#define LARGE_DOCUMENTS 140

static char directory[] = "/tmp/swiotlb-unit-XXXXXX";

static char *path_of(const char *name)
{
	static char paths[4][128];
	static unsigned int next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
	return path;
}

/* Of what is damaged there are thousands of warnings. */
static int silence(void)
{
	int saved = dup(STDERR_FILENO), none = open("/dev/null", O_WRONLY);

	dup2(none, STDERR_FILENO);
	close(none);
	return saved;
}

static void speak(int saved)
{
	dup2(saved, STDERR_FILENO);
	close(saved);
}

/*
 * Documents of a file
 */

/**
 * struct written - a file and what is in it
 * @bytes: the file
 * @size: bytes
 * @ends: size of the file behind each document
 * @count: documents
 */
struct written {
	char *bytes;
	size_t size;
	uint64_t ends[LARGE_DOCUMENTS];
	size_t count;
};

static void small_document(char *text, size_t len, unsigned int number)
{
	snprintf(text, len, "{\"n\": %u, \"s\": \"}\\\"%x\"}\n", number,
		 number * 2654435761u);
}

static char *read_file(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY);
	struct stat status;
	char *bytes;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &status), 0);
	*size = (size_t)status.st_size;
	bytes = malloc(*size + 1);
	assert_int_equal(read(fd, bytes, *size), *size);
	close(fd);
	return bytes;
}

static void write_file(const char *path, const char *bytes, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	close(fd);
}

static int in_memory(const char *bytes, size_t size)
{
	int fd = memfd_create("recording", MFD_CLOEXEC);

	assert_int_equal(write(fd, bytes, size), size);
	return fd;
}

static void write_small(struct written *written)
{
	struct frame_writer *writer = frame_writer_new();
	const char *path = path_of("small");
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	char text[64];

	frame_writer_begin(writer, fd, 0);
	for (unsigned int i = 0; i < SMALL_DOCUMENTS; i++) {
		small_document(text, sizeof(text), i);
		assert_int_equal(frame_write(writer, text, strlen(text)), 0);
		written->ends[i] = frame_size(writer);
	}
	assert_int_equal(frame_end(writer), 0);
	frame_writer_free(writer);
	close(fd);
	written->count = SMALL_DOCUMENTS;
	written->bytes = read_file(path, &written->size);
}

/* What a document has as "n"; false without. It is no text that ends with 0. */
static bool read_number(const struct document *document, unsigned int *number)
{
	char line[64];
	size_t len =
		document->len < sizeof(line) ? document->len : sizeof(line) - 1;

	memcpy(line, document->text, len);
	line[len] = 0;
	return sscanf(line, "{\"n\": %u", number) == 1;
}

/* Which documents can be read, as bits; any other one fails the test. */
static size_t read_small(const char *bytes, size_t size,
			 bool seen[SMALL_DOCUMENTS])
{
	struct documents *documents;
	struct document document;
	size_t count = 0;
	int fd = in_memory(bytes, size), saved = silence(), err;

	memset(seen, 0, SMALL_DOCUMENTS * sizeof(*seen));
	assert_int_equal(documents_open(&documents, fd, "damaged"), 0);
	while (!(err = documents_next(documents, &document))) {
		unsigned int number;
		char text[64];

		/* What is garbage is no JSON. */
		if (!read_number(&document, &number) ||
		    number >= SMALL_DOCUMENTS)
			continue;
		small_document(text, sizeof(text), number);
		if (document.len != strlen(text) ||
		    memcmp(document.text, text, document.len))
			continue;
		assert_false(seen[number]);
		seen[number] = true;
		count++;
	}
	assert_int_equal(err, -ENODATA);
	documents_close(documents);
	speak(saved);
	return count;
}

static void what_is_before_a_cut_is_read(void **state)
{
	struct written written = { 0 };
	bool seen[SMALL_DOCUMENTS];

	(void)state;
	write_small(&written);
	for (size_t size = 4; size <= written.size; size++) {
		size_t whole = 0;

		while (whole < written.count && written.ends[whole] <= size)
			whole++;
		assert_true(read_small(written.bytes, size, seen) >= whole);
		for (size_t i = 0; i < whole; i++)
			assert_true(seen[i]);
	}
	free(written.bytes);
}

static size_t first_of_frame(size_t document)
{
	return document / FRAME_DOCUMENTS * FRAME_DOCUMENTS;
}

static void damage_costs_one_frame(void **state)
{
	struct written written = { 0 };
	bool seen[SMALL_DOCUMENTS];

	(void)state;
	write_small(&written);
	for (size_t at = 0; at < written.size; at++) {
		size_t hit = 0, first;

		while (hit + 1 < written.count && written.ends[hit] <= at)
			hit++;
		first = first_of_frame(hit);
		written.bytes[at] ^= (char)(1 << at % 8);
		/* Without its begin it is no recording any more. */
		if (at >= 4)
			read_small(written.bytes, written.size, seen);
		for (size_t i = 0; at >= 4 && i < written.count; i++)
			if (first_of_frame(i) != first && !seen[i])
				fail_msg("bit %zu of byte %zu: no %zu", at % 8,
					 at, i);
		written.bytes[at] ^= (char)(1 << at % 8);
	}
	free(written.bytes);
}

/*
 * Samples
 */

static const char *const fixtures[] = {
	"quiet",      "busy",  "mappings", "wrong_unmaps",
	"attributed", "empty", "areas",	   "refusals",
};

#define NR_FIXTURES (sizeof(fixtures) / sizeof(*fixtures))

static char *document_of(const struct snapshot *sample)
{
	struct interval interval = { 0 };
	char *text;

	assert_int_equal(interval_make(NULL, sample, NULL, &interval), 0);
	text = json_of(&interval);
	interval_release(&interval);
	return text;
}

/* Sample @number of a session, in which something happens. */
static void make_sample(struct snapshot *sample, const char *fixture,
			unsigned int number)
{
	assert_true(fixture_by_name(fixture, sample));
	assert_int_equal(snapshot_name_stacks(sample, NULL), 0);
	sample->window.start_ns = 1000 * NS_PER_SEC;
	sample->window.duration_ns = number * NS_PER_SEC;
	sample->taken_ns = (5000 + number) * NS_PER_SEC + 123;
	sample->realtime_ns = (1000 + number) * NS_PER_SEC + 456;
	sample->boottime_ns = sample->taken_ns + 7 * NS_PER_SEC;
	if (number == 2) {
		sample->fired = calloc(1, sizeof(*sample->fired));
		assert_non_null(sample->fired);
		sample->nr_fired = 1;
		sample->fired[0] = (struct fired){
			.at_ns = sample->realtime_ns / NS_PER_US * NS_PER_US,
			.assertion = "device.maps{device=\"a b\"} > 5",
			.subject = "device a b",
			.value = 7,
		};
	}
	for (size_t i = 0; i < sample->nr_pools; i++) {
		struct area *area = sample->pools[i].areas;

		for (unsigned int j = 0; j < number; j++)
			fixture_wait(&area->locks, 300 << j % 9);
	}
	for (size_t i = 0; i < sample->nr_devices; i++) {
		sample->devices[i].totals.maps += 10 * number + i;
		sample->devices[i].totals.unmaps += 10 * number;
		sample->mappings.maps += 10 * number + i;
	}
}

static struct recorder *open_recorder(const char *path, uint64_t keep_bytes)
{
	const struct recorder_options options = {
		.path = path,
		.keep_bytes = keep_bytes,
	};
	struct recorder *recorder;

	assert_int_equal(recorder_open(&recorder, &options), 0);
	return recorder;
}

static void add_samples(struct recorder *recorder, const char *fixture,
			unsigned int from, unsigned int to)
{
	for (unsigned int i = from; i < to; i++) {
		struct snapshot sample;
		char *text;

		make_sample(&sample, fixture, i);
		text = document_of(&sample);
		recorder_add(recorder, text, strlen(text));
		free(text);
		snapshot_release(&sample);
	}
}

static void record_samples(const char *path, const char *fixture,
			   unsigned int count)
{
	struct recorder *recorder = open_recorder(path, 0);

	add_samples(recorder, fixture, 0, count);
	assert_int_equal(recorder_close(recorder), 0);
}

static struct source *open_source(const char *path)
{
	struct source *source;

	assert_int_equal(recording_open(&source, path), 0);
	return source;
}

static void assert_same_interval(const struct snapshot *from,
				 const struct snapshot *to,
				 const struct snapshot *read_from,
				 const struct snapshot *read_to)
{
	char *(*const views[])(const struct interval *) = { json_of, text_of };
	struct interval live = { 0 }, read = { 0 };

	assert_int_equal(interval_make(from, to, NULL, &live), 0);
	assert_int_equal(interval_make(read_from, read_to, NULL, &read), 0);
	for (size_t i = 0; i < sizeof(views) / sizeof(*views); i++) {
		char *left = views[i](&live), *right = views[i](&read);

		assert_string_equal(left, right);
		free(left);
		free(right);
	}
	interval_release(&live);
	interval_release(&read);
}

static void recorded_and_live_are_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR_FIXTURES; i++) {
		const char *path = path_of(fixtures[i]);
		struct snapshot samples[4], read[4];
		struct source *source;

		record_samples(path, fixtures[i], 4);
		source = open_source(path);
		for (unsigned int j = 0; j < 4; j++) {
			make_sample(&samples[j], fixtures[i], j);
			assert_int_equal(source_next(source, &read[j]), 0);
		}
		for (unsigned int j = 0; j < 3; j++)
			for (unsigned int k = j + 1; k < 4; k++)
				assert_same_interval(&samples[j], &samples[k],
						     &read[j], &read[k]);
		source_close(source);
		for (unsigned int j = 0; j < 4; j++) {
			snapshot_release(&samples[j]);
			snapshot_release(&read[j]);
		}
	}
}

/*
 * Screens
 */

/**
 * struct monitor - top without a terminal
 * @state: what it remembers
 * @canvas: what it shows
 * @from: the sample before
 * @total: the latest one, finished
 * @interval: between them
 * @model: made of these
 */
struct monitor {
	struct tui_state state;
	struct canvas canvas;
	struct snapshot from;
	struct snapshot total;
	struct interval interval;
	struct tui_model model;
};

static void monitor_open(struct monitor *monitor)
{
	memset(monitor, 0, sizeof(*monitor));
	tui_init(&monitor->state, NS_PER_SEC);
	tui_event(&monitor->state,
		  &(struct tui_event){
			  .kind = TUI_EVENT_RESIZE, .x = 140, .y = 50 });
	monitor->model = (struct tui_model){
		.total = &monitor->total,
		.interval = &monitor->interval.figures,
		.findings = &monitor->interval.findings,
		.overhead = &monitor->interval.overhead,
	};
}

/* Takes over the sample. */
static void monitor_show(struct monitor *monitor, struct snapshot *sample)
{
	struct interval interval = { 0 };

	if (monitor->from.taken_ns) {
		assert_int_equal(interval_make(&monitor->from, sample, NULL,
					       &interval),
				 0);
		interval_release(&monitor->interval);
		monitor->interval = interval;
		snapshot_release(&monitor->total);
		assert_int_equal(snapshot_copy(&monitor->total, sample), 0);
		snapshot_finish(&monitor->total);
		assert_int_equal(tui_interval(&monitor->state, &monitor->model),
				 0);
	}
	snapshot_release(&monitor->from);
	monitor->from = *sample;
}

static char *monitor_text(struct monitor *monitor, uint32_t key)
{
	char *text = NULL;
	size_t len = 0;
	FILE *stream = open_memstream(&text, &len);

	tui_event(&monitor->state,
		  &(struct tui_event){ .kind = TUI_EVENT_KEY, .key = key });
	assert_int_equal(canvas_resize(&monitor->canvas, 140, 50), 0);
	tui_draw(&monitor->state, &monitor->canvas);
	canvas_write(&monitor->canvas, stream, true, true);
	fclose(stream);
	return text;
}

static void monitor_close(struct monitor *monitor)
{
	tui_release(&monitor->state);
	canvas_release(&monitor->canvas);
	snapshot_release(&monitor->from);
	snapshot_release(&monitor->total);
	interval_release(&monitor->interval);
}

/* Each screen, with the details of its first row, and help. */
static void assert_same_screens(struct monitor *live, struct monitor *replay)
{
	static const uint32_t keys[] = { '1', TUI_KEY_ENTER, TUI_KEY_ESCAPE,
					 '2', TUI_KEY_ENTER, TUI_KEY_ESCAPE,
					 '3', TUI_KEY_ENTER, TUI_KEY_ESCAPE,
					 '4', TUI_KEY_ENTER, TUI_KEY_ESCAPE,
					 '5', TUI_KEY_ENTER, TUI_KEY_ESCAPE,
					 '6', TUI_KEY_ENTER, TUI_KEY_ESCAPE,
					 '7', 's',	     'S' };

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		char *left = monitor_text(live, keys[i]);
		char *right = monitor_text(replay, keys[i]);

		assert_string_equal(left, right);
		free(left);
		free(right);
	}
}

static void screens_of_a_recording_are_those_that_were_live(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR_FIXTURES; i++) {
		const char *path = path_of("screens");
		struct monitor live, replay;
		struct snapshot sample;
		struct source *source;

		unlink(path);
		record_samples(path, fixtures[i], 4);
		source = open_source(path);
		monitor_open(&live);
		monitor_open(&replay);
		for (unsigned int j = 0; j < 4; j++) {
			make_sample(&sample, fixtures[i], j);
			monitor_show(&live, &sample);
			assert_int_equal(source_next(source, &sample), 0);
			monitor_show(&replay, &sample);
			if (j)
				assert_same_screens(&live, &replay);
		}
		source_close(source);
		monitor_close(&live);
		monitor_close(&replay);
	}
}

/* The number that make_sample() was given; -1 at the end. */
static int next_number(struct source *source)
{
	struct snapshot sample;
	int err = source_next(source, &sample);
	int number = (int)(sample.realtime_ns / NS_PER_SEC) - 1000;

	snapshot_release(&sample);
	assert_true(!err || err == -ENODATA);
	return err ? -1 : number;
}

static void assert_all_can_be_found(const char *path, int first, int end)
{
	static const int far[] = { 0, 1, 63, 64, 65, 100, 127, 128, 199 };
	struct source *source = open_source(path);

	for (int i = first; i < end; i++)
		assert_int_equal(next_number(source), i);
	assert_int_equal(next_number(source), -1);
	for (int i = end - 1; i >= first; i--) {
		assert_int_equal(source_back(source), 0);
		assert_int_equal(next_number(source), i);
		assert_int_equal(source_back(source), 0);
	}
	assert_int_equal(source_back(source), -ENODATA);
	for (size_t i = 0; i < sizeof(far) / sizeof(*far); i++) {
		uint64_t at = (uint64_t)(1000 + far[i]) * NS_PER_SEC;
		int found = far[i] < first ? first : far[i] < end ? far[i] : -1;

		assert_int_equal(source_seek(source, at), 0);
		assert_int_equal(next_number(source), found);
	}
	assert_int_equal(source_seek(source, UINT64_MAX), 0);
	assert_int_equal(next_number(source), -1);
	source_close(source);
}

static void every_sample_can_be_found(void **state)
{
	const char *path = path_of("long");

	(void)state;
	record_samples(path, "quiet", 200);
	assert_all_can_be_found(path, 0, 200);
}

static void large_recordings_survive_damage(void **state)
{
	const char *path = path_of("large");
	char *written[LARGE_DOCUMENTS];
	size_t size;
	char *bytes;

	(void)state;
	record_samples(path, "attributed", LARGE_DOCUMENTS);
	bytes = read_file(path, &size);
	for (unsigned int i = 0; i < LARGE_DOCUMENTS; i++) {
		struct snapshot sample;

		make_sample(&sample, "attributed", i);
		written[i] = document_of(&sample);
		snapshot_release(&sample);
	}
	srand(1);
	for (unsigned int i = 0; i < 10; i++) {
		size_t at = 4 + (size_t)rand() % (size - 4);
		struct snapshot sample;
		struct source *source;
		unsigned int count = 0;
		char damaged[32];
		int fd, err;

		bytes[at] ^= (char)(1 + rand() % 255);
		fd = in_memory(bytes, i % 2 ? at : size);
		snprintf(damaged, sizeof(damaged), "/proc/self/fd/%d", fd);
		assert_int_equal(recording_open(&source, damaged), 0);
		while (!(err = source_next(source, &sample))) {
			char *text = document_of(&sample);
			size_t number = sample.realtime_ns / NS_PER_SEC - 1000;

			assert_true(number < LARGE_DOCUMENTS);
			assert_string_equal(text, written[number]);
			free(text);
			snapshot_release(&sample);
			count++;
		}
		assert_int_equal(err, -ENODATA);
		if (i % 2 == 0)
			assert_true(count >= LARGE_DOCUMENTS - FRAME_DOCUMENTS);
		source_close(source);
		close(fd);
		free(bytes);
		bytes = read_file(path, &size);
	}
	for (unsigned int i = 0; i < LARGE_DOCUMENTS; i++)
		free(written[i]);
	free(bytes);
}

/*
 * The recorder
 */

static void an_earlier_recording_is_added_to(void **state)
{
	const char *path = path_of("added");
	struct recorder *recorder;
	size_t size;
	char *bytes;

	(void)state;
	record_samples(path, "quiet", 10);
	/* As if it had been killed while it wrote the last one. */
	bytes = read_file(path, &size);
	write_file(path, bytes, size - 20);
	free(bytes);
	recorder = open_recorder(path, 0);
	add_samples(recorder, "quiet", 9, 20);
	assert_int_equal(recorder_close(recorder), 0);
	assert_all_can_be_found(path, 0, 20);
}

static void only_one_recorder_writes(void **state)
{
	const struct recorder_options twice = { .path = path_of("once") };
	const struct recorder_options other = { .path = path_of("text") };
	struct recorder *recorder = open_recorder(twice.path, 0), *second;

	(void)state;
	assert_int_equal(recorder_open(&second, &twice), -EBUSY);
	assert_int_equal(recorder_close(recorder), 0);
	recorder = open_recorder(twice.path, 0);
	assert_int_equal(recorder_close(recorder), 0);
	write_file(other.path, "dear diary\n", 11);
	assert_int_equal(recorder_open(&second, &other), -EEXIST);
}

static void what_is_not_written_is_counted(void **state)
{
	const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };
	const char *path = path_of("full");
	struct rlimit limit = { 0, RLIM_INFINITY };
	struct recorder *recorder;
	uint64_t lost;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	recorder = open_recorder(path, 0);
	add_samples(recorder, "quiet", 0, 3);
	limit.rlim_cur = recorder_counts(recorder)->bytes + 20;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	add_samples(recorder, "quiet", 3, 9);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	lost = recorder_counts(recorder)->lost;
	assert_in_range(lost, 1, 6);
	add_samples(recorder, "quiet", 9, 12);
	assert_int_equal(recorder_counts(recorder)->lost, lost);
	assert_int_equal(recorder_counts(recorder)->error, 0);
	assert_int_equal(recorder_close(recorder), -ENOSPC);
	for (struct source *source = open_source(path); source;) {
		for (int i = 0; i < 9 - (int)lost; i++)
			assert_int_equal(next_number(source), i);
		for (int i = 9; i < 12; i++)
			assert_int_equal(next_number(source), i);
		assert_int_equal(next_number(source), -1);
		source_close(source);
		source = NULL;
	}
}

static uint64_t total_bytes(const char *path, size_t *count)
{
	int dir = open(path, O_RDONLY | O_DIRECTORY);
	struct shard *list;
	uint64_t total = 0;

	assert_int_equal(shards_list(dir, &list, count), 0);
	for (size_t i = 0; i < *count; i++)
		total += list[i].bytes;
	free(list);
	close(dir);
	return total;
}

/* Text that does not become smaller. */
static void add_noise(struct recorder *recorder, unsigned int count)
{
	char text[20000];

	for (unsigned int i = 0; i < count; i++) {
		for (size_t j = 0; j < sizeof(text); j++)
			text[j] = (char)('!' + rand() % 64);
		text[sizeof(text) - 1] = '\n';
		recorder_add(recorder, text, sizeof(text));
	}
}

static void a_directory_stays_within_its_limit(void **state)
{
	const char *path = path_of("kept");
	struct recorder *recorder = open_recorder(path, 1 << 20);
	size_t count;

	(void)state;
	for (unsigned int i = 0; i < 30; i++) {
		add_noise(recorder, 10);
		assert_true(total_bytes(path, &count) <= 1 << 20);
	}
	assert_true(recorder_counts(recorder)->removed > 10);
	assert_int_equal(recorder_counts(recorder)->lost, 0);
	assert_true(count >= 4);
	assert_int_equal(recorder_close(recorder), 0);
}

/* A file for each start of the recorder. */
static void a_directory_is_one_recording(void **state)
{
	const char *path = path_of("shards/");

	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		struct recorder *recorder = open_recorder(path, 0);

		add_samples(recorder, "quiet", 40 * i, 40 * i + 40);
		assert_int_equal(recorder_close(recorder), 0);
	}
	assert_all_can_be_found(path, 0, 160);
	/* The oldest ones go. */
	assert_int_equal(unlink(path_of("shards/swiotlb-00000001.jsonl.zst")),
			 0);
	assert_all_can_be_found(path, 40, 160);
}

/*
 * What is kept in memory for a while
 */

static struct past *open_past(uint64_t keep_ns)
{
	struct past *past = past_new(keep_ns);

	assert_non_null(past);
	return past;
}

static void a_past_is_a_part_of_a_recording(void **state)
{
	const char *path = path_of("triggered");
	struct recorder *recorder = open_recorder(path, 0);
	struct past *past = open_past(60 * NS_PER_SEC);
	int first;

	(void)state;
	past_write(past, recorder);
	for (unsigned int i = 0; i < 180; i++) {
		struct snapshot sample;
		char *text;

		make_sample(&sample, "quiet", i);
		text = document_of(&sample);
		assert_int_equal(
			past_add(past, text, strlen(text), sample.taken_ns), 0);
		free(text);
		snapshot_release(&sample);
	}
	first = (int)(past_begin_ns(past) / NS_PER_SEC) - 5000;
	assert_in_range(first, 179 - 67, 179 - 60);
	assert_int_equal(past_documents(past), 180 - first);
	past_write(past, recorder);
	assert_int_equal(past_documents(past), 0);
	assert_int_equal(recorder_counts(recorder)->written, 180 - first);
	add_samples(recorder, "quiet", 180, 200);
	assert_int_equal(recorder_close(recorder), 0);
	past_free(past);
	assert_all_can_be_found(path, first, 200);
}

/* One document of @len bytes that becomes little smaller. */
static void noise_document(char *text, size_t len, unsigned int number)
{
	int begin = snprintf(text, len, "{\"n\": %u, \"s\": \"", number);

	for (size_t i = (size_t)begin; i < len - 3; i++)
		text[i] = (char)('0' + rand() % 43);
	memcpy(text + len - 3, "\"}\n", 3);
}

static void assert_numbers_end_with(const char *path, unsigned int first,
				    unsigned int last)
{
	struct documents *documents;
	struct document document;

	assert_int_equal(
		documents_open(&documents, open(path, O_RDONLY), "noise"), 0);
	for (unsigned int i = first; i <= last; i++) {
		unsigned int number;

		assert_int_equal(documents_next(documents, &document), 0);
		assert_true(read_number(&document, &number));
		assert_int_equal(number, i);
	}
	assert_int_equal(documents_next(documents, &document), -ENODATA);
	documents_close(documents);
}

/* Less time than asked for, without a hole, and never more memory. */
static void a_past_has_room_for_so_much(void **state)
{
	enum { LEN = 30000, COUNT = 1500 };
	const char *path = path_of("noise");
	struct recorder *recorder = open_recorder(path, 0);
	struct past *past = open_past(60 * NS_PER_SEC);
	char *text = malloc(PAST_BYTES);
	uint64_t kept;

	(void)state;
	for (unsigned int i = 0; i < COUNT; i++) {
		noise_document(text, LEN, i);
		assert_int_equal(past_add(past, text, LEN, NS_PER_SEC + i), 0);
	}
	assert_int_equal(past_add(past, text, PAST_BYTES, 2 * NS_PER_SEC),
			 -EFBIG);
	kept = past_documents(past);
	assert_in_range(kept, PAST_BYTES / LEN / 2, 2 * PAST_BYTES / LEN);
	past_write(past, recorder);
	assert_int_equal(recorder_counts(recorder)->written, kept);
	assert_int_equal(recorder_close(recorder), 0);
	past_free(past);
	free(text);
	assert_numbers_end_with(path, COUNT - (unsigned int)kept, COUNT - 1);
}

static void nothing_is_left_of_what_was_not_written(void **state)
{
	const char *names[] = { "unwritten", "unwritten-dir/" };
	size_t count;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *path = path_of(names[i]);

		assert_int_equal(recorder_close(open_recorder(path, 0)), 0);
		assert_int_equal(access(path, F_OK), -1);
	}
	write_file(path_of("unwritten"), "", 0);
	assert_int_equal(mkdir(path_of("unwritten-dir"), 0700), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *path = path_of(names[i]);

		assert_int_equal(recorder_close(open_recorder(path, 0)), 0);
		assert_int_equal(access(path, F_OK), 0);
	}
	total_bytes(path_of("unwritten-dir"), &count);
	assert_int_equal(count, 0);
}

static int setup(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_before_a_cut_is_read),
		cmocka_unit_test(damage_costs_one_frame),
		cmocka_unit_test(recorded_and_live_are_one),
		cmocka_unit_test(
			screens_of_a_recording_are_those_that_were_live),
		cmocka_unit_test(every_sample_can_be_found),
		cmocka_unit_test(large_recordings_survive_damage),
		cmocka_unit_test(an_earlier_recording_is_added_to),
		cmocka_unit_test(only_one_recorder_writes),
		cmocka_unit_test(what_is_not_written_is_counted),
		cmocka_unit_test(a_directory_stays_within_its_limit),
		cmocka_unit_test(a_directory_is_one_recording),
		cmocka_unit_test(a_past_is_a_part_of_a_recording),
		cmocka_unit_test(a_past_has_room_for_so_much),
		cmocka_unit_test(nothing_is_left_of_what_was_not_written),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests_name("recording", tests, setup, teardown);
}
