/* SPDX-License-Identifier: GPL-2.0-only */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/block_queues.h"

/* Disks as sysfs shows them: two behind a controller, one elsewhere. */
static const char make_tree[] =
	"cd \"$0\" && mkdir block && "
	"add() { mkdir -p devices/$1/block/$2/queue && "
	"echo $3 >devices/$1/block/$2/queue/max_hw_sectors_kb && "
	"ln -s ../devices/$1/block/$2 block/$2; } && "
	"add pci0000:00/0000:00:05.0/usb1/1-1/host2 sda 512 && "
	"add pci0000:00/0000:00:05.0/usb1/1-2/host3 sdb 1024 && "
	"add pci0000:00/0000:00:05.00/host4 sdc 2048 && "
	"add virtual loop0 1280";

static void the_queue_that_allows_most_is_found(void **state)
{
	char root[] = "/tmp/queues-XXXXXX", block[64], command[1024], disk[64];

	(void)state;
	assert_non_null(mkdtemp(root));
	snprintf(command, sizeof(command), "sh -c '%s' %s", make_tree, root);
	assert_int_equal(system(command), 0);
	snprintf(block, sizeof(block), "%s/block", root);
	assert_int_equal(block_queue_limit(block, "0000:00:05.0", disk,
					   sizeof(disk)),
			 1024 << 10);
	assert_string_equal(disk, "sdb");
	assert_int_equal(block_queue_limit(block, "0000:00:06.0", disk,
					   sizeof(disk)),
			 0);
	assert_string_equal(disk, "");
	assert_int_equal(block_queue_limit(block, "", disk, sizeof(disk)), 0);
	assert_int_equal(block_queue_limit("/no/such/place", "0000:00:05.0",
					   disk, sizeof(disk)),
			 0);
	snprintf(command, sizeof(command), "rm -r %s", root);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_queue_that_allows_most_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
