// SPDX-License-Identifier: GPL-2.0
/* What a port and a message cost of our own slab.  Root, to read about slabs. */
#include <sys/resource.h>

#include "kselftest_harness.h"
#include "slabs.h"

#define COUNT		2000
#define PORT_BYTES	384	/* an idle port with its receive right */
#define MESSAGE_BYTES	192	/* a queued message of 64 bytes */
#define SLACK		8	/* what others do meanwhile, in bytes an object */

FIXTURE(slab)
{
	unsigned long before;
};

FIXTURE_SETUP(slab)
{
	static char directories[SLABS_MAX][PATH_MAX];

	if (!access("/proc/lockdep_stats", F_OK) ||
	    !access("/sys/kernel/debug/kmemleak", F_OK))
		SKIP(return, "locks and objects are larger on a debug kernel");
	if (!our_slabs(directories))
		SKIP(return, "the kernel tells nothing of its slabs");
}

FIXTURE_TEARDOWN(slab)
{
}

TEST_F(slab, idle_port_with_its_receive_right_costs_at_most_384_bytes)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	struct rlimit limit = { COUNT + 64, COUNT + 64 };
	static int ports[COUNT];
	unsigned long bytes;
	int i;

	options.max_msgs = 1;
	options.max_size = 64;
	options.max_bytes = 4096;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	self->before = settled_slab_bytes();
	for (i = 0; i < COUNT; i++) {
		ports[i] = new_port(&options);
		ASSERT_GE(ports[i], 0);
	}
	bytes = (our_slab_bytes() - self->before) / COUNT;
	fprintf(stderr, "# a port with its receive right: %lu bytes\n", bytes);
	EXPECT_LE(bytes, PORT_BYTES + SLACK);
	/* or nothing was measured */
	EXPECT_GE(bytes, 64);
	for (i = 0; i < COUNT; i++)
		ASSERT_EQ(0, close(ports[i]));
}

TEST_F(slab, queued_message_of_64_bytes_costs_at_most_192_bytes)
{
	struct pair port = new_pair_for(COUNT);
	unsigned long bytes;
	char data[64] = "";
	int i;

	ASSERT_EQ(0, msgport_send(port.send, data, sizeof(data), 0));
	self->before = settled_slab_bytes();
	for (i = 1; i < COUNT; i++)
		ASSERT_EQ(0, msgport_send(port.send, data, sizeof(data), 0));
	bytes = (our_slab_bytes() - self->before) / (COUNT - 1);
	fprintf(stderr, "# a queued message of 64 bytes: %lu bytes\n", bytes);
	EXPECT_LE(bytes, MESSAGE_BYTES + SLACK);
	EXPECT_GE(bytes, 64);
	close_pair(&port);
}

TEST_F(slab, message_is_charged_to_its_port_as_what_it_costs)
{
	struct pair port = new_pair(NULL);
	char data[65] = "";

	ASSERT_EQ(0, msgport_send(port.send, data, 64, 0));
	EXPECT_EQ(MESSAGE_BYTES, stat_of(port.receive).bytes);
	ASSERT_EQ(0, msgport_send(port.send, data, 0, 0));
	EXPECT_EQ(2 * MESSAGE_BYTES, stat_of(port.receive).bytes);
	ASSERT_EQ(0, msgport_send(port.send, data, 65, 0));
	EXPECT_GT(stat_of(port.receive).bytes, 3 * MESSAGE_BYTES);
	close_pair(&port);
}

TEST_HARNESS_MAIN
