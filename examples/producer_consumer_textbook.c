// SPDX-License-Identifier: GPL-2.0
/*
 * The producer and consumer problem, in the form of the textbooks.
 *
 * There, messages are all that there is: the consumer begins by sending N
 * empty messages, the producer receives one before each item that it sends,
 * and the consumer sends one back for each item that it has received.  So
 * there are always N messages in the system, empty ones and items together.
 *
 *     producer ---- items ----> consumer
 *         ^                        |
 *         +------- empties <-------+
 *
 * producer_consumer.c does the same with one port and a limit.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <msgport.h>

#define N	4		/* messages in the system */
#define ITEMS	20

struct port {
	int receive_right, send_right;
};

static struct port make_port(void)
{
	struct port port;

	port.receive_right = msgport_create(MSGPORT_DEFAULT, NULL, NULL);
	if (port.receive_right < 0)
		err(1, "create");
	port.send_right = msgport_mint(port.receive_right, 0, 0, 0, 0);
	if (port.send_right < 0)
		err(1, "mint");
	return port;
}

static void send_empty(int empties)
{
	if (msgport_send(empties, NULL, 0, 0))
		err(1, "send of an empty message");
}

static void receive_empty(int empties)
{
	if (msgport_receive(empties, NULL, 0, 0) < 0)
		err(1, "receive of an empty message");
}

static void produce(int empties, int items)
{
	int item;

	for (item = 1; item <= ITEMS; item++) {
		receive_empty(empties);
		if (msgport_send(items, &item, sizeof(item), 0))
			err(1, "send");
	}
	/* as many are out as in the beginning: then every item has been taken */
	for (item = 0; item < N; item++)
		receive_empty(empties);
}

static void consume(int items, int empties)
{
	int item, sum = 0, i;

	for (i = 0; i < ITEMS; i++) {
		if (msgport_receive(items, &item, sizeof(item), 0) < 0)
			err(1, "receive");
		send_empty(empties);
		sum += item;
	}
	printf("the consumer took %d items, which add up to %d\n", ITEMS, sum);
}

/* A slow consumer: looks away until the producer waits for an empty message. */
static void dawdle(int items, int empties)
{
	struct msgport_stat stat;

	do {
		usleep(1000);
		if (msgport_stat(empties, &stat))
			err(1, "stat");
	} while (stat.received < N || stat.waiting_receivers == 0);
	if (msgport_stat(items, &stat))
		err(1, "stat");
	printf("the producer waits for an empty message, %llu items are in transit\n",
	       (unsigned long long)stat.queued);
}

int main(void)
{
	struct port items = make_port(), empties = make_port();
	pid_t producer;
	int status, i;

	producer = fork();
	if (producer < 0)
		err(1, "fork");
	if (producer == 0) {
		close(items.receive_right);
		close(empties.send_right);
		produce(empties.receive_right, items.send_right);
		exit(0);
	}
	close(items.send_right);
	close(empties.receive_right);
	for (i = 0; i < N; i++)
		send_empty(empties.send_right);
	dawdle(items.receive_right, empties.send_right);
	consume(items.receive_right, empties.send_right);
	waitpid(producer, &status, 0);
	return status != 0;
}
