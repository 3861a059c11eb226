// SPDX-License-Identifier: GPL-2.0
/* version: what the module speaks; and ioctls that are none of its. */

#include <sys/ioctl.h>

#include "kselftest_harness.h"
#include "testlib.h"

TEST(version_tells_abi_and_features_on_every_descriptor)
{
	struct pair pair = new_pair(NULL);
	int control = msgport_open();
	int fds[] = { control, pair.receive, pair.send };
	struct msgport_version version;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fds); i++) {
		memset(&version, 0xff, sizeof(version));
		ASSERT_EQ(0, msgport_version(fds[i], &version));
		EXPECT_EQ(MSGPORT_ABI, version.abi);
		EXPECT_TRUE(version.features & MSGPORT_FEATURE_PORTS);
	}
	close_pair(&pair);
	close(control);
}

/* A structure that every verb takes for long enough. */
static int error_of_verb(int fd, unsigned long request, uint32_t size)
{
	union {
		uint32_t size;
		char bytes[512];
	} argument = { .size = size };

	return error_of(ioctl(fd, request, &argument));
}

TEST(verb_fails_with_eopnotsupp_exactly_without_its_feature_bit)
{
	static const struct {
		uint64_t feature;
		unsigned long request;
		uint32_t size;
		char on;
	} verbs[] = {
		{ MSGPORT_FEATURE_CALLS, MSGPORT_IOC_CALL, sizeof(struct msgport_call), 's' },
		{ MSGPORT_FEATURE_CALLS, MSGPORT_IOC_CANCEL,
		  sizeof(struct msgport_cancel), 's' },
		{ MSGPORT_FEATURE_CALLS, MSGPORT_IOC_REPLY, sizeof(struct msgport_reply), 'r' },
		{ MSGPORT_FEATURE_CALLS, MSGPORT_IOC_REPLY_RECEIVE,
		  sizeof(struct msgport_reply_receive), 'r' },
		{ MSGPORT_FEATURE_ACK, MSGPORT_IOC_ACK, sizeof(struct msgport_ack), 'r' },
		{ MSGPORT_FEATURE_ACK, MSGPORT_IOC_RELEASE,
		  sizeof(struct msgport_release), 'r' },
		{ MSGPORT_FEATURE_ACK, MSGPORT_IOC_GRANT, sizeof(struct msgport_grant), 'r' },
		{ MSGPORT_FEATURE_WATCH, MSGPORT_IOC_WATCH, sizeof(struct msgport_watch), 'r' },
		{ MSGPORT_FEATURE_WATCH, MSGPORT_IOC_UNWATCH,
		  sizeof(struct msgport_unwatch), 's' },
		{ MSGPORT_FEATURE_SETS, MSGPORT_IOC_SET_CREATE,
		  sizeof(struct msgport_set_create), 'c' },
		{ MSGPORT_FEATURE_GROUPS, MSGPORT_IOC_GROUP_CREATE,
		  sizeof(struct msgport_group_create), 'c' },
		{ MSGPORT_FEATURE_GROUPS, MSGPORT_IOC_JOIN, sizeof(struct msgport_join), 'r' },
		{ MSGPORT_FEATURE_GROUPS, MSGPORT_IOC_LEAVE,
		  sizeof(struct msgport_leave), 'r' },
		{ MSGPORT_FEATURE_VERIFY, MSGPORT_IOC_VERIFY,
		  sizeof(struct msgport_verify), 'c' },
	};
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	int control = msgport_open(), error;
	struct msgport_version version;
	struct pair pair;
	unsigned int i;

	/* on an ordinary port it is ack's errno whatever the module can */
	options.flags = MSGPORT_ACK;
	pair = new_pair(&options);
	ASSERT_EQ(0, msgport_version(control, &version));
	for (i = 0; i < ARRAY_SIZE(verbs); i++) {
		int fd = verbs[i].on == 'c' ? control :
			 verbs[i].on == 's' ? pair.send : pair.receive;

		error = error_of_verb(fd, verbs[i].request, verbs[i].size);
		EXPECT_EQ(!(version.features & verbs[i].feature), error == EOPNOTSUPP)
			TH_LOG("row %u: %s", i, strerror(error));
	}
	close_pair(&pair);
	close(control);
}

TEST(ioctls_of_others_fail_with_enotty)
{
	static const unsigned long requests[] = {
		_IO(MSGPORT_IOC_TYPE, 0x1c),
		_IO(MSGPORT_IOC_TYPE, 0xff),
		_IO(MSGPORT_IOC_TYPE + 1, 0x00),
		_IOWR(MSGPORT_IOC_TYPE, 0x00, struct msgport_version),
		_IOC(_IOC_WRITE, MSGPORT_IOC_TYPE, 0x01, 0),
	};
	struct pair pair = new_pair(NULL);
	int control = msgport_open();
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(requests); i++) {
		EXPECT_EQ(ENOTTY, error_of_verb(control, requests[i], 16));
		EXPECT_EQ(ENOTTY, error_of_verb(pair.receive, requests[i], 16));
		EXPECT_EQ(ENOTTY, error_of_verb(pair.send, requests[i], 16));
	}
	close_pair(&pair);
	close(control);
}

TEST_HARNESS_MAIN
