// SPDX-License-Identifier: GPL-2.0
/* call: one question, one answer. */

#include <pthread.h>


#include "kselftest_harness.h"
#include "testlib.h"

FIXTURE(call) {
	int port;
	int right;
};

FIXTURE_SETUP(call)
{
	self->port = msgport_create(MSGPORT_DEFAULT, NULL, NULL);
	ASSERT_LE(0, self->port);
	self->right = msgport_mint(self->port, 7, 0, 31, 0);
	ASSERT_LE(0, self->right);
}

FIXTURE_TEARDOWN(call)
{
	close(self->right);
	close(self->port);
}

struct server {
	int port;
	int questions;
};

/* Answers each question with its bytes, turned round by one. */
static void *serve(void *argument)
{
	struct server *server = argument;
	char bytes[64];
	int i;

	for (i = 0; i < server->questions; i++) {
		struct msgport_message m = { .data = bytes, .size = sizeof(bytes) };

		if (msgport_receive_message(server->port, &m, NULL, 0, MSGPORT_FOREVER))
			return "receive";
		bytes[0]++;
		if (msgport_reply(server->port, m.token, bytes, m.size))
			return "reply";
	}
	return NULL;
}

TEST_F(call, call_returns_the_answer_to_its_own_question)
{
	struct server server = { self->port, 3 };
	pthread_t thread;
	void *error;
	int i;

	ASSERT_EQ(0, pthread_create(&thread, NULL, serve, &server));
	for (i = 0; i < 3; i++) {
		char question[2] = { 'a' + i, 0 }, answer[8] = "";

		ASSERT_EQ(2, msgport_call(self->right, question, 2, answer,
					  sizeof(answer), MSGPORT_FOREVER));
		EXPECT_EQ('b' + i, answer[0]);
	}
	ASSERT_EQ(0, pthread_join(thread, &error));
	EXPECT_EQ(NULL, error);
}

TEST_HARNESS_MAIN
