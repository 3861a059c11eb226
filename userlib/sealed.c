// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Memory that is sealed, handed over as a descriptor, and checked. */

/* Sizes of files are the kernel's, in a 32-bit program too. */
#define _FILE_OFFSET_BITS	64
#define _GNU_SOURCE

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "internal.h"
#include "msgport_sealed.h"

#define SEALS	(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/* Since Linux 6.3; also allows sealing. */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL	8U
#endif

#define BLOCK	512		/* bytes that st_blocks counts */

static const struct msgport_sealed nothing = { .fd = -1 };

/* Ends what has been made so far, and fails as it was about to. */
static int free_and_fail(struct msgport_sealed *sealed)
{
	int error = errno;

	msgport_sealed_free(sealed);
	return fail(error);
}

static int map_to_write(struct msgport_sealed *sealed)
{
	void *data = mmap(NULL, sealed->size, PROT_READ | PROT_WRITE, MAP_SHARED,
			  sealed->fd, 0);

	sealed->data = data == MAP_FAILED ? NULL : data;
	return sealed->data ? 0 : -1;
}

/* Not to be executed, where the kernel knows of that. */
static int new_memory(void)
{
	int fd = memfd_create("msgport", MFD_CLOEXEC | MFD_NOEXEC_SEAL);

	if (fd >= 0 || errno != EINVAL)
		return fd;
	return memfd_create("msgport", MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

MSGPORT_EXPORT int msgport_sealed_create(struct msgport_sealed *sealed, size_t size)
{
	if (!sealed)
		return fail(EFAULT);
	if (!size)
		return fail(EINVAL);
	*sealed = nothing;
	sealed->fd = new_memory();
	if (sealed->fd < 0)
		return -1;
	/* every page is there, or the receiver would have to make it */
	do {
		errno = posix_fallocate(sealed->fd, 0, size);
	} while (errno == EINTR);
	if (errno) {
		errno = errno == EFBIG || errno == EINVAL ? EINVAL : ENOMEM;
		return free_and_fail(sealed);
	}
	sealed->size = size;
	return map_to_write(sealed) ? free_and_fail(sealed) : 0;
}

/*
 * A private mapping: kernels before 6.7 refuse a shared one of what nobody may write
 * to. None of its pages is ever written to, so it is the same.
 */
static int map_to_read(struct msgport_sealed *sealed)
{
	void *data = mmap(NULL, sealed->size, PROT_READ, MAP_PRIVATE, sealed->fd, 0);

	sealed->data = data == MAP_FAILED ? NULL : data;
	return sealed->data ? 0 : -1;
}

static void unmap(struct msgport_sealed *sealed)
{
	if (sealed->data)
		munmap(sealed->data, sealed->size);
	sealed->data = NULL;
}

/* To be written to, as it was; after an error that it fails with. */
static int map_again(struct msgport_sealed *sealed)
{
	int error = errno;

	return fail(map_to_write(sealed) ? errno : error);
}

MSGPORT_EXPORT int msgport_sealed_seal(struct msgport_sealed *sealed)
{
	int seals;

	if (!sealed)
		return fail(EFAULT);
	seals = fcntl(sealed->fd, F_GET_SEALS);
	if (seals < 0)
		return fail(EINVAL);
	if ((seals & SEALS) == SEALS)
		return sealed->data ? 0 : map_to_read(sealed);
	/* our own mapping would be in the way */
	unmap(sealed);
	if (fcntl(sealed->fd, F_ADD_SEALS, SEALS)) {
		errno = errno == EBUSY ? EAGAIN : errno;
		return map_again(sealed);
	}
	return map_to_read(sealed);
}

/* Or of huge pages: they are not there until they are touched, and may never be. */
static int is_tmpfs(int fd)
{
	struct statfs files;

	return !fstatfs(fd, &files) && (unsigned long)files.f_type == TMPFS_MAGIC;
}

static int has_seals(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);

	return seals >= 0 && (seals & SEALS) == SEALS;
}

/* Is all of it there?  Of what is sealed already: before that, its size can change. */
static int is_whole(int fd, const struct stat *stat)
{
	if (stat->st_blksize != sysconf(_SC_PAGESIZE) && !is_tmpfs(fd))
		return 0;
	return S_ISREG(stat->st_mode) && stat->st_size > 0 &&
	       stat->st_blocks >= (stat->st_size + BLOCK - 1) / BLOCK;
}

MSGPORT_EXPORT int msgport_sealed_accept(struct msgport_sealed *sealed, int fd, size_t most)
{
	struct stat stat;

	if (!sealed)
		return fail(EFAULT);
	*sealed = nothing;
	if (fcntl(fd, F_GETFD) < 0)
		return -1;
	if (!has_seals(fd))
		return fail(EOPNOTSUPP);
	if (fstat(fd, &stat))
		return -1;
	if (!is_whole(fd, &stat))
		return fail(EOPNOTSUPP);
	if ((uint64_t)stat.st_size > most)
		return fail(EMSGSIZE);
	sealed->fd = fd;
	sealed->size = stat.st_size;
	if (!map_to_read(sealed))
		return 0;
	*sealed = nothing;
	/* a descriptor that is not for reading */
	return fail(errno == EACCES ? EOPNOTSUPP : errno);
}

MSGPORT_EXPORT void msgport_sealed_free(struct msgport_sealed *sealed)
{
	if (!sealed)
		return;
	unmap(sealed);
	if (sealed->fd >= 0)
		close(sealed->fd);
	*sealed = nothing;
}
