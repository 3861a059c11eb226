// SPDX-License-Identifier: GPL-2.0
/*
 * The work that is the same for every buffer: producers put numbered items in,
 * consumers take them out, and a list that everybody shares tells afterwards
 * whether each was taken once and in order.  The list is no part of the
 * solution: nobody waits for anything in it but main().
 */
#include <err.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buffer.h"

#define PRODUCERS	3
#define CONSUMERS	2
#define EACH		200			/* items of one producer */
#define ITEMS		(PRODUCERS * EACH)	/* each consumer takes an equal part */

struct list {
	atomic_int begun, done;		/* puts */
	atomic_int taken[ITEMS];	/* how often, by item */
	atomic_int disorder;		/* items of a producer that came too early */
};

static struct list *list;

/* Items count through: producer 0 has 0, 1, 2 and so on, producer 1 EACH and on. */
static void produce(int producer)
{
	int i;

	for (i = 0; i < EACH; i++) {
		list->begun++;
		buffer_put(producer * EACH + i);
		list->done++;
	}
}

static void consume(void)
{
	int next[PRODUCERS] = { 0 };
	int i, item, producer;

	for (i = 0; i < ITEMS / CONSUMERS; i++) {
		item = buffer_take();
		if (item < 0 || item >= ITEMS)
			errx(1, "there is no item %d", item);
		list->taken[item]++;
		producer = item / EACH;
		if (item % EACH < next[producer])
			list->disorder++;
		next[producer] = item % EACH + 1;
	}
}

static void start(void (*function)(int), int number)
{
	pid_t pid = fork();

	if (pid < 0)
		err(1, "fork");
	if (pid == 0) {
		function(number);
		exit(0);
	}
}

static void start_consumer(int number)
{
	(void)number;
	consume();
}

/* Until each producer is in the middle of a put that does not end. */
static void wait_until_full(void)
{
	int quiet = 0;

	while (quiet < 20) {
		usleep(1000);
		if (list->begun - list->done == PRODUCERS && buffer_held() == CAPACITY)
			quiet++;
		else
			quiet = 0;
	}
}

static void count(void)
{
	int item, lost = 0, twice = 0;

	for (item = 0; item < ITEMS; item++) {
		lost += list->taken[item] == 0;
		twice += list->taken[item] > 1;
	}
	printf("%d items were put, and the consumers took them: ", list->done);
	printf("lost %d, twice %d, out of order %d\n", lost, twice, list->disorder);
	printf("%d are left in the buffer\n", buffer_held());
}

int main(void)
{
	int i, status, failed = 0;

	list = mmap(NULL, sizeof(*list), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (list == MAP_FAILED)
		err(1, "mmap");
	buffer_make();
	for (i = 0; i < PRODUCERS; i++)
		start(produce, i);
	wait_until_full();
	printf("with nobody to take, %d producers wait when %d items are in the buffer\n",
	       list->begun - list->done, list->done);
	fflush(stdout);
	for (i = 0; i < CONSUMERS; i++)
		start(start_consumer, i);
	for (i = 0; i < PRODUCERS + CONSUMERS; i++) {
		if (wait(&status) < 0)
			err(1, "wait");
		failed |= status;
	}
	count();
	buffer_end();
	return failed != 0;
}
