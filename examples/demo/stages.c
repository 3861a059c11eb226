// SPDX-License-Identifier: GPL-2.0
/*
 * What the three processes do.
 *
 * A message's tag is the number of its block in the file.  An empty message
 * comes after the last block.  Any of the three may be slow: the one before it
 * then waits in its send until there is room.
 */
#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "demo.h"

/* A block as it travels to the writer: its seal goes before it. */
struct sealed {
	uint32_t seal;
	unsigned char data[BLOCK_MAX];
};

/* The checksum Adler-32: what it guards against is a fault, not a forger. */
static uint32_t seal_of(const unsigned char *data, size_t size)
{
	uint32_t a = 1, b = 0;
	size_t i;

	for (i = 0; i < size; i++) {
		a = (a + data[i]) % 65521;
		b = (b + a) % 65521;
	}
	return b << 16 | a;
}

static void rest(const struct demo *demo, enum stage stage)
{
	unsigned int pause = atomic_load(&demo->panel->pause[stage]);

	if (pause)
		usleep(pause);
}

static void send_block(int port, const struct iovec *pieces, unsigned int count,
		       uint64_t number)
{
	struct msgport_message message = {
		.iov = pieces, .iov_count = count, .tag = number,
	};

	if (msgport_send_message(port, &message, 0, MSGPORT_FOREVER))
		err(1, "send");
}

/* Returns the number of the block; *size is 0 after the last. */
static uint64_t receive_block(int port, void *buffer, size_t *size,
			      unsigned int flags)
{
	struct msgport_message message = { .data = buffer, .size = *size };

	if (msgport_receive_message(port, &message, NULL, flags, MSGPORT_FOREVER))
		err(1, "receive");
	*size = message.size;
	return message.tag;
}

static size_t read_fully(int file, void *buffer, size_t size)
{
	size_t done = 0;
	ssize_t count;

	while (done < size) {
		count = read(file, (char *)buffer + done, size - done);
		if (count < 0)
			err(1, "read");
		if (count == 0)
			break;
		done += count;
	}
	return done;
}

_Noreturn void read_blocks(const struct demo *demo)
{
	static unsigned char block[BLOCK_MAX];
	int file = open(demo->source, O_RDONLY);
	struct iovec piece = { .iov_base = block };
	uint64_t number = 0;

	if (file < 0)
		err(1, "%s", demo->source);
	while ((piece.iov_len = read_fully(file, block, demo->block)) > 0) {
		send_block(demo->ports[TO_SEALER].send_right, &piece, 1, number++);
		rest(demo, READER);
	}
	send_block(demo->ports[TO_SEALER].send_right, NULL, 0, number);
	exit(0);
}

_Noreturn void seal_blocks(const struct demo *demo)
{
	static struct sealed sealed;
	struct iovec pieces[] = {
		{ &sealed.seal, sizeof(sealed.seal) }, { sealed.data, 0 },
	};
	uint64_t number;

	for (;;) {
		pieces[1].iov_len = demo->block;
		number = receive_block(demo->ports[TO_SEALER].receive_right,
				       sealed.data, &pieces[1].iov_len, 0);
		if (pieces[1].iov_len == 0)
			break;
		sealed.seal = seal_of(sealed.data, pieces[1].iov_len);
		send_block(demo->ports[TO_WRITER].send_right, pieces, 2, number);
		rest(demo, SEALER);
	}
	send_block(demo->ports[TO_WRITER].send_right, NULL, 0, number);
	exit(0);
}

static bool in_file(int file, off_t end)
{
	struct stat stat;

	if (fstat(file, &stat))
		err(1, "stat of the copy");
	return stat.st_size >= end;
}

static void write_block(int file, const struct sealed *sealed, size_t size,
			off_t at)
{
	if (seal_of(sealed->data, size) != sealed->seal)
		errx(1, "the seal of a block is broken");
	if (pwrite(file, sealed->data, size, at) != (ssize_t)size)
		err(1, "write");
}

/*
 * Looks at a message, writes its block, and only then takes it out of the port.
 * A writer that is killed in between leaves the message where it was.  Its
 * successor sees by the block's number that the file has it already, and takes
 * the message without writing.  So no kill loses a block.
 */
_Noreturn void write_blocks(const struct demo *demo)
{
	static struct sealed sealed;
	int port = demo->ports[TO_WRITER].receive_right;
	int file = open(demo->copy, O_WRONLY | O_CREAT, 0600);
	size_t size;
	off_t at;

	if (file < 0)
		err(1, "%s", demo->copy);
	do {
		size = sizeof(sealed);
		at = receive_block(port, &sealed, &size, MSGPORT_PEEK) * demo->block;
		if (size > 0) {
			size -= sizeof(sealed.seal);
			if (in_file(file, at + size))
				atomic_fetch_add(&demo->panel->repeated, 1);
			else
				write_block(file, &sealed, size, at);
			rest(demo, WRITER);
		}
		size = sizeof(sealed);
		receive_block(port, &sealed, &size, 0);
	} while (size > 0);
	exit(0);
}
