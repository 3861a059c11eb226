// SPDX-License-Identifier: GPL-2.0
/*
 * The producer and consumer problem, with credits given by the kernel.
 *
 * A fast producer must not run away from a slow consumer.  The port lets at
 * most LIMIT messages be in transit: each message that is accepted takes one
 * credit, each message that is received gives it back, and a producer without
 * a credit waits inside its send.  Neither process counts anything.
 *
 *     producer ---- port, at most LIMIT messages ----> consumer
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <msgport.h>

#define LIMIT	4		/* messages in transit */
#define ITEMS	20

static void produce(int items)
{
	int item;

	for (item = 1; item <= ITEMS; item++)
		if (msgport_send(items, &item, sizeof(item), 0))
			err(1, "send");
}

static void consume(int items)
{
	int item, sum = 0, i;

	for (i = 0; i < ITEMS; i++) {
		if (msgport_receive(items, &item, sizeof(item), 0) < 0)
			err(1, "receive");
		sum += item;
	}
	printf("the consumer took %d items, which add up to %d\n", ITEMS, sum);
}

/* A slow consumer: looks away until the port is full and the producer waits. */
static void dawdle(int items)
{
	struct msgport_stat stat;

	do {
		usleep(1000);
		if (msgport_stat(items, &stat))
			err(1, "stat");
	} while (stat.waiting_senders == 0);
	printf("the producer waits while %llu messages are in transit\n",
	       (unsigned long long)stat.queued);
}

int main(void)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	int receive_right, send_right, status;
	pid_t producer;

	options.max_msgs = LIMIT;
	receive_right = msgport_create(MSGPORT_DEFAULT, NULL, &options);
	if (receive_right < 0)
		err(1, "create");
	send_right = msgport_mint(receive_right, 0, 0, 0, 0);
	if (send_right < 0)
		err(1, "mint");

	producer = fork();
	if (producer < 0)
		err(1, "fork");
	if (producer == 0) {
		/* With our receive right open, the port would outlive its consumer. */
		close(receive_right);
		produce(send_right);
		exit(0);
	}
	close(send_right);
	dawdle(receive_right);
	consume(receive_right);
	waitpid(producer, &status, 0);
	return status != 0;
}
