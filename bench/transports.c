// SPDX-License-Identifier: GPL-2.0
/* All transports, and what they have in common. */

#include <unistd.h>

#include "bench.h"

unsigned int depth_for(size_t size)
{
	size_t depth = size ? (256 << 10) / size : DEPTH;

	return depth < 4 ? 4 : depth > DEPTH ? DEPTH : depth;
}

bool carries(const struct transport *transport, size_t size)
{
	return size >= transport->smallest && size <= transport->largest;
}

bool open_channel(const struct transport *transport, struct channel *channel,
		  size_t size, unsigned int batch)
{
	*channel = (struct channel){
		.shape = { .size = size, .depth = depth_for(size), .batch = batch },
		.tx = -1,
		.rx = -1,
	};
	return transport->open(channel);
}

void close_ends(struct channel *channel)
{
	close(channel->tx);
	if (channel->rx != channel->tx)
		close(channel->rx);
}

const struct transport *const transports[] = {
	&over_msgport, &over_msgport_four, &over_msgport_rw,
	&over_mqueue, &over_sysv,
	&over_pipe, &over_stream, &over_seqpacket, &over_dgram,
	&over_binder, &over_tipc, &over_tipc_datagrams, &over_tcp, &over_tcp_epoll,
	&over_shared_futex, &over_shared_eventfd, &over_shared_semaphores,
	&over_monitor,
};

const size_t transport_count = sizeof(transports) / sizeof(transports[0]);
