// SPDX-License-Identifier: GPL-2.0
/* Sealed memory that is handed over, and senders who only say it is sealed. */
#define _FILE_OFFSET_BITS	64

#include <fcntl.h>
#include <sys/mman.h>

#include <msgport_sealed.h>

#include "kselftest_harness.h"
#include "testlib.h"

#define SIZE		300000		/* bytes, over any max_size by default */
#define ALL_SEALS	(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

FIXTURE(sealed)
{
	struct pair pair;
	struct msgport_sealed sent;
	struct msgport_sealed got;
};

FIXTURE_SETUP(sealed)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;

	options.flags = MSGPORT_DESCRIPTORS;
	self->pair = new_pair(&options);
	self->got.fd = -1;
	ASSERT_EQ(0, msgport_sealed_create(&self->sent, SIZE));
	fill_pattern(self->sent.data, SIZE, 7);
}

FIXTURE_TEARDOWN(sealed)
{
	msgport_sealed_free(&self->sent);
	msgport_sealed_free(&self->got);
	close_pair(&self->pair);
}

static int send_fd(int right, int fd)
{
	struct msgport_message message = { .fds = &fd, .fd_count = 1 };

	return msgport_send_message(right, &message, 0, MSGPORT_FOREVER);
}

/* The descriptor of the next message; -1: none. */
static int receive_fd(int right)
{
	int fd = -1;
	struct msgport_message message = { .fds = &fd, .fd_count = 1 };

	return msgport_receive_message(right, &message, NULL, 0, MSGPORT_FOREVER) ? -1 : fd;
}

/* What a receiver makes of this descriptor: 0 or an errno. */
static int verdict(struct pair *pair, int fd)
{
	struct msgport_sealed got;
	int came, error;

	if (send_fd(pair->send, fd))
		give_up("send");
	came = receive_fd(pair->receive);
	if (came < 0)
		give_up("receive");
	error = msgport_sealed_accept(&got, came, SIZE) ? errno : 0;
	if (error)
		close(came);
	msgport_sealed_free(&got);
	return error;
}

TEST_F(sealed, memory_arrives_as_it_was_written)
{
	char *expected = malloc(SIZE);

	fill_pattern(expected, SIZE, 7);
	ASSERT_EQ(0, msgport_sealed_seal(&self->sent));
	EXPECT_EQ(0, memcmp(expected, self->sent.data, SIZE));
	ASSERT_EQ(0, send_fd(self->pair.send, self->sent.fd));
	ASSERT_EQ(0, msgport_sealed_accept(&self->got, receive_fd(self->pair.receive), SIZE));
	EXPECT_EQ(SIZE, (int)self->got.size);
	EXPECT_NE(self->got.fd, self->sent.fd);
	EXPECT_EQ(0, memcmp(expected, self->got.data, SIZE));
	free(expected);
}

TEST_F(sealed, receiver_in_another_process_reads_what_outlives_its_sender)
{
	pid_t child = start_child();
	int fd;

	if (!child) {
		/* the other is mapped by the parent too */
		if (error_of(msgport_sealed_seal(&self->sent)) != EAGAIN ||
		    msgport_sealed_create(&self->got, SIZE))
			_exit(1);
		fill_pattern(self->got.data, SIZE, 7);
		_exit(msgport_sealed_seal(&self->got) ||
		      send_fd(self->pair.send, self->got.fd));
	}
	ASSERT_EQ(0, child_status(child));
	fd = receive_fd(self->pair.receive);
	ASSERT_EQ(0, msgport_sealed_accept(&self->got, fd, SIZE));
	EXPECT_EQ(0, memcmp(self->sent.data, self->got.data, SIZE));
}

TEST_F(sealed, nobody_can_change_it_any_more)
{
	void *data;
	int fd;

	ASSERT_EQ(0, msgport_sealed_seal(&self->sent));
	ASSERT_EQ(0, send_fd(self->pair.send, self->sent.fd));
	fd = receive_fd(self->pair.receive);
	ASSERT_EQ(0, msgport_sealed_accept(&self->got, fd, SIZE));
	EXPECT_EQ(EPERM, error_of(write(self->sent.fd, "x", 1)));
	EXPECT_EQ(EPERM, error_of(ftruncate(self->sent.fd, 1)));
	EXPECT_EQ(EPERM, error_of(ftruncate(self->sent.fd, 2 * SIZE)));
	EXPECT_EQ(EPERM, error_of(fallocate(self->sent.fd, FALLOC_FL_PUNCH_HOLE |
					    FALLOC_FL_KEEP_SIZE, 0, 4096)));
	EXPECT_EQ(EPERM, error_of(fcntl(self->sent.fd, F_ADD_SEALS, F_SEAL_WRITE)));
	data = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, self->got.fd, 0);
	EXPECT_EQ(MAP_FAILED, data);
}

TEST_F(sealed, it_can_be_sent_again_and_again)
{
	int i;

	ASSERT_EQ(0, msgport_sealed_seal(&self->sent));
	/* sealed is sealed */
	ASSERT_EQ(0, msgport_sealed_seal(&self->sent));
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, verdict(&self->pair, self->sent.fd));
	}
}

TEST_F(sealed, what_is_not_sealed_is_refused)
{
	EXPECT_EQ(EOPNOTSUPP, verdict(&self->pair, self->sent.fd));
}

TEST_F(sealed, what_lacks_any_of_the_seals_is_refused)
{
	static const int seals[] = { F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE };
	unsigned int i;

	for (i = 0; i < 4; i++) {
		int fd = memfd_create("almost", MFD_CLOEXEC | MFD_ALLOW_SEALING);

		ASSERT_EQ(5, write(fd, "12345", 5));
		ASSERT_EQ(0, fcntl(fd, F_ADD_SEALS, ALL_SEALS & ~seals[i]));
		EXPECT_EQ(EOPNOTSUPP, verdict(&self->pair, fd));
		if (seals[i] != F_SEAL_SEAL) {
			close(fd);
			continue;
		}
		ASSERT_EQ(0, fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL));
		EXPECT_EQ(0, verdict(&self->pair, fd));
		close(fd);
	}
}

TEST_F(sealed, promise_not_to_map_for_writing_again_is_no_seal)
{
	char *data = self->sent.data;

	ASSERT_EQ(0, fcntl(self->sent.fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK |
			   F_SEAL_GROW | F_SEAL_FUTURE_WRITE));
	/* the mapping that was there can still write */
	data[0]++;
	EXPECT_EQ(EOPNOTSUPP, verdict(&self->pair, self->sent.fd));
}

TEST_F(sealed, memory_with_holes_is_refused)
{
	int fd = memfd_create("sparse", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	ASSERT_EQ(0, ftruncate(fd, SIZE));
	ASSERT_EQ(1, pwrite(fd, "x", 1, SIZE - 1));
	ASSERT_EQ(0, fcntl(fd, F_ADD_SEALS, ALL_SEALS));
	EXPECT_EQ(EOPNOTSUPP, verdict(&self->pair, fd));
	close(fd);
}

TEST_F(sealed, empty_memory_is_refused)
{
	int fd = memfd_create("empty", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	ASSERT_EQ(0, fcntl(fd, F_ADD_SEALS, ALL_SEALS));
	EXPECT_EQ(EOPNOTSUPP, verdict(&self->pair, fd));
	close(fd);
}

TEST_F(sealed, more_than_the_receiver_takes_is_refused)
{
	ASSERT_EQ(0, msgport_sealed_seal(&self->sent));
	ASSERT_EQ(0, send_fd(self->pair.send, self->sent.fd));
	self->got.fd = receive_fd(self->pair.receive);
	EXPECT_EQ(EMSGSIZE, error_of(msgport_sealed_accept(&self->sent, self->got.fd, SIZE - 1)));
}

TEST_F(sealed, what_is_no_memory_is_refused)
{
	char path[] = "/tmp/sealed.XXXXXX";
	int ends[2], file = mkstemp(path), directory = open("/tmp", O_RDONLY | O_CLOEXEC);
	int secret = memfd_create("write", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	char link[64];
	int writer;

	ASSERT_EQ(0, pipe(ends));
	ASSERT_LE(0, file);
	ASSERT_EQ(4, write(file, "text", 4));
	EXPECT_EQ(EOPNOTSUPP, verdict(&self->pair, file));
	EXPECT_EQ(EOPNOTSUPP, verdict(&self->pair, directory));
	EXPECT_EQ(EOPNOTSUPP, verdict(&self->pair, ends[0]));
	EXPECT_EQ(EOPNOTSUPP, verdict(&self->pair, ends[1]));
	/* sealed, but this descriptor of it cannot be read */
	snprintf(link, sizeof(link), "/proc/self/fd/%d", secret);
	writer = open(link, O_WRONLY | O_CLOEXEC);
	ASSERT_LE(0, writer);
	ASSERT_EQ(4, write(secret, "text", 4));
	ASSERT_EQ(0, fcntl(secret, F_ADD_SEALS, ALL_SEALS));
	EXPECT_EQ(EOPNOTSUPP, verdict(&self->pair, writer));
	EXPECT_EQ(0, verdict(&self->pair, secret));
	unlink(path);
	close(file);
	close(directory);
	close(ends[0]);
	close(ends[1]);
	close(secret);
	close(writer);
}

TEST_F(sealed, memory_that_somebody_else_has_mapped_cannot_be_sealed)
{
	char *data = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, self->sent.fd, 0);

	ASSERT_NE(MAP_FAILED, data);
	EXPECT_EQ(EAGAIN, error_of(msgport_sealed_seal(&self->sent)));
	/* it is as it was */
	((char *)self->sent.data)[5] = 'x';
	EXPECT_EQ('x', data[5]);
	munmap(data, SIZE);
	EXPECT_EQ(0, msgport_sealed_seal(&self->sent));
	EXPECT_EQ('x', ((char *)self->sent.data)[5]);
}

TEST_F(sealed, wrong_arguments_are_told)
{
	struct msgport_sealed other;

	EXPECT_EQ(EFAULT, error_of(msgport_sealed_create(NULL, 1)));
	EXPECT_EQ(EINVAL, error_of(msgport_sealed_create(&other, 0)));
	EXPECT_EQ(EFAULT, error_of(msgport_sealed_seal(NULL)));
	EXPECT_EQ(EFAULT, error_of(msgport_sealed_accept(NULL, self->sent.fd, 1)));
	EXPECT_EQ(EBADF, error_of(msgport_sealed_accept(&other, -1, 1)));
	EXPECT_EQ(EINVAL, error_of(msgport_sealed_seal(&other)));
	msgport_sealed_free(&other);
	msgport_sealed_free(&other);
	msgport_sealed_free(NULL);
}

TEST_F(sealed, size_beyond_any_file_is_told)
{
	struct msgport_sealed other;

	if (sizeof(size_t) < 8)
		SKIP(return, "no size of this program is so large");
	EXPECT_EQ(EINVAL, error_of(msgport_sealed_create(&other, SIZE_MAX / 2 + 5)));
	EXPECT_EQ(-1, other.fd);
}

TEST_HARNESS_MAIN
