/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reader of recordings, for libFuzzer: a file of any bytes, and a recording
 * that bytes were changed in, must be read to the end, forwards and backwards.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sources/frames_write.h"
#include "sources/recording.h"

#define DOCUMENTS   70
#define FILE_LEN    (64 << 10)
#define SAMPLES_MAX 100000

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static const char document[] =
	"{\"schema\":\"swiotlb-report/1\",\"window\":{\"start\":"
	"\"2026-01-31T12:00:00.000000Z\",\"realtime_ns\":%u},\"pools\":[{\"id\":"
	"0,\"name\":\"default\",\"used\":%u,\"areas\":[]}],\"trace\":{\"part\":{"
	"\"devices\":[{\"name\":\"eth0\"}],\"pools\":[{\"id\":0,\"slots\":4096,"
	"\"areas\":2}],\"areas\":{\"pool\":\"0 0\",\"area\":\"0 1\",\"index\":\"7 "
	"9\",\"turn\":\"0 0\",\"first_run\":\"0 1\",\"runs\":\"1 0\"},\"runs\":{"
	"\"slot\":\"5\",\"slots\":\"2\"},\"requests\":{\"at_ns\":\"%u 9 "
	"-3\",\"turn\":\"1 1 1\",\"kind\":\"0 1 0\",\"device\":\"0 0 "
	"0\",\"pool\":\"0 0 0\",\"slot\":\"3 3 -1\",\"size\":\"4096 4096 "
	"512\"}}}}\n";

static int in_memory(void)
{
	int fd = memfd_create("recording", MFD_CLOEXEC);

	if (fd < 0)
		abort();
	return fd;
}

static size_t write_recording(unsigned char *file)
{
	struct frame_writer *writer = frame_writer_new();
	int fd = in_memory();
	size_t size;

	frame_writer_begin(writer, fd, 0);
	for (unsigned int i = 0; i < DOCUMENTS; i++) {
		char text[1024];
		int len = snprintf(text, sizeof(text), document, 1000 + i,
				   i * 2654435761u % 9999, i);

		if (frame_write(writer, text, (size_t)len))
			abort();
	}
	frame_end(writer);
	size = frame_size(writer);
	if (pread(fd, file, FILE_LEN, 0) != (ssize_t)size)
		abort();
	frame_writer_free(writer);
	close(fd);
	return size;
}

static void read_all(int fd)
{
	struct source *source;
	struct snapshot sample;
	unsigned int count = 0;
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (recording_open(&source, path))
		return;
	while (!source_next(source, &sample)) {
		snapshot_release(&sample);
		if (++count > SAMPLES_MAX)
			abort();
	}
	for (count = 0; !source_back(source); count++)
		if (count > SAMPLES_MAX)
			abort();
	if (!source_seek(source, 1060) && !source_next(source, &sample))
		snapshot_release(&sample);
	source_close(source);
}

/* Three bytes each: where, and what to change. */
static size_t change(unsigned char *file, size_t size,
		     const unsigned char *data, size_t len)
{
	for (; len >= 3; data += 3, len -= 3) {
		size_t at = (data[0] | (size_t)data[1] << 8) % size;

		file[at] ^= data[2];
		/* Cut, or with a hole that closes. */
		if (data[2] == 0xff)
			size = at + 1;
		if (data[2] == 0xfe)
			memmove(file + at, file + at + 1, --size - at);
	}
	return size;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static unsigned char whole[FILE_LEN];
	static size_t whole_size;
	unsigned char file[FILE_LEN];
	size_t file_size;
	int fd;

	if (!whole_size)
		whole_size = write_recording(whole);
	if (!size)
		return 0;
	fd = in_memory();
	memcpy(file, whole, whole_size);
	file_size = change(file, whole_size, data + 1, size - 1);
	if (data[0] & 1 ? write(fd, data, size) != (ssize_t)size
			: write(fd, file, file_size) != (ssize_t)file_size)
		abort();
	read_all(fd);
	close(fd);
	return 0;
}
