// SPDX-License-Identifier: GPL-2.0
/* The table of deaths: the network namespace.  Root, to make one. */

#include <fcntl.h>

#include "deaths.h"
#include "kselftest_harness.h"

FIXTURE(namespace_dies)
{
	struct cast cast;
	int control;
};

FIXTURE_VARIANT(namespace_dies)
{
	unsigned int flags;
	bool apart;
	enum way way;
};

ROWS_OF(namespace_dies)

/* The end of a namespace comes some time after its last process. */
static bool wait_for_its_end(int control, const char *name)
{
	unsigned int i;
	int fd;

	for (i = 0; i < PATIENCE_MS; i++) {
		fd = msgport_connect(control, name, 0);
		if (fd < 0)
			return errno == ENOENT;
		close(fd);
		pause_ms(1);
	}
	return false;
}

/* The port has a name in a namespace that has ended before the test begins. */
FIXTURE_SETUP(namespace_dies)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	int net = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	const char *name = new_name("namespace");
	struct cast *cast = &self->cast;

	assemble(cast, variant->flags, 1, variant->apart, variant->way);
	close_pair(&cast->pair);
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	self->control = msgport_open();
	options.flags = variant->flags;
	cast->pair.receive = msgport_create(self->control, name, &options);
	ASSERT_LE(0, cast->pair.receive);
	cast->pair.send = mint_plain(cast->pair.receive);
	cast->asker.question.right = cast->pair.send;
	ASSERT_EQ(0, setns(net, CLONE_NEWNET));
	ASSERT_TRUE(wait_for_its_end(self->control, name));
	close(net);
}

FIXTURE_TEARDOWN(namespace_dies)
{
	close(self->control);
	disband(&self->cast);
}

TEST_F(namespace_dies, rights_of_a_namespace_that_has_ended_work_on)
{
	struct cast *cast = &self->cast;
	uint64_t token;

	ASSERT_TRUE(ask_and_wait(cast));
	if (variant->flags) {
		ASSERT_EQ(QUESTION, take_number(cast->pair.receive, &token));
		ASSERT_EQ(0, msgport_release(cast->pair.receive, token));
	}
	EXPECT_TRUE(question_lives_on(cast, variant->flags ? 1 : 0));
	EXPECT_EQ(0, end_of_asker(&cast->asker));
	EXPECT_EQ(1, stat_of(cast->pair.receive).received);
	EXPECT_TRUE(all_has_ended(cast->pair.receive));
}

TEST_F(namespace_dies, port_of_a_namespace_that_has_ended_dies_as_any_other)
{
	struct cast *cast = &self->cast;

	ASSERT_TRUE(ask_and_wait(cast));
	close(cast->pair.receive);
	EXPECT_EQ(variant->way == CALL ? EPIPE : 0, end_of_asker(&cast->asker));
	if (variant->way == RETURN_ADDRESS) {
		EXPECT_TRUE(question_came_back(cast->home, MSGPORT_REASON_DIED));
	}
	EXPECT_TRUE(all_has_ended(cast->pair.send));
}

TEST_HARNESS_MAIN
