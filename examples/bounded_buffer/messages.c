// SPDX-License-Identifier: GPL-2.0
/*
 * Message passing: the port is the buffer.  It holds at most CAPACITY messages in
 * transit, a send waits while it is full and a receive while it is empty, and the
 * kernel keeps the order.  There is nothing to guard, and nothing to get wrong.
 */
#include <err.h>
#include <unistd.h>

#include <msgport.h>

#include "buffer.h"

static int receive_right, send_right;

void buffer_make(void)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.max_msgs = CAPACITY;
	receive_right = msgport_create(MSGPORT_DEFAULT, NULL, &options);
	if (receive_right < 0)
		err(1, "create");
	send_right = msgport_mint(receive_right, 0, 0, 0, 0);
	if (send_right < 0)
		err(1, "mint");
}

void buffer_put(int item)
{
	if (msgport_send(send_right, &item, sizeof(item), 0))
		err(1, "send");
}

int buffer_take(void)
{
	int item;

	if (msgport_receive(receive_right, &item, sizeof(item), 0) < 0)
		err(1, "receive");
	return item;
}

int buffer_held(void)
{
	struct msgport_stat stat;

	if (msgport_stat(receive_right, &stat))
		err(1, "stat");
	return (int)stat.queued;
}

void buffer_end(void)
{
	close(send_right);
	close(receive_right);
}
