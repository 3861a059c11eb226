/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What our slab caches hold, from /sys/kernel/slab.  The kernel may merge a
 * cache with others of the same size: then several names lead to one directory.
 */
#ifndef MSGPORT_SLABS_H
#define MSGPORT_SLABS_H

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>

#include "testlib.h"

#define SLAB_DIRECTORY	"/sys/kernel/slab"
#define SLABS_MAX	16

static inline unsigned long read_slab_number(const char *directory, const char *name)
{
	char path[PATH_MAX + 32], text[64] = "";
	int fd;

	snprintf(path, sizeof(path), "%.*s/%s", PATH_MAX - 1, directory,
		 name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 1)
		give_up(path);
	close(fd);
	return strtoul(text, NULL, 10);
}

/* The directories of our caches, each once; returns how many, 0 for none. */
static inline int our_slabs(char (*directories)[PATH_MAX])
{
	char link[PATH_MAX];
	struct dirent *entry;
	int count = 0, i;
	DIR *dir = opendir(SLAB_DIRECTORY);

	while (dir && (entry = readdir(dir)) && count < SLABS_MAX) {
		if (strncmp(entry->d_name, "msgport", 7))
			continue;
		snprintf(link, sizeof(link), SLAB_DIRECTORY "/%s", entry->d_name);
		if (!realpath(link, directories[count]))
			give_up(link);
		for (i = 0; i < count; i++)
			if (!strcmp(directories[i], directories[count]))
				break;
		count += i == count;
	}
	if (dir)
		closedir(dir);
	return count;
}

/* Free objects that a processor keeps at hand count as used: gives them back. */
static inline void shrink_slab(const char *directory)
{
	char path[PATH_MAX + 32];
	int fd;

	snprintf(path, sizeof(path), "%.*s/shrink", PATH_MAX - 1, directory);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "1", 1) != 1)
		give_up(path);
	close(fd);
}

/* Bytes in use, all objects of our caches counted. */
static inline unsigned long our_slab_bytes(void)
{
	static char directories[SLABS_MAX][PATH_MAX];
	int count = our_slabs(directories), i;
	unsigned long bytes = 0;

	for (i = 0; i < count; i++)
		shrink_slab(directories[i]);
	for (i = 0; i < count; i++)
		bytes += read_slab_number(directories[i], "objects") *
			 read_slab_number(directories[i], "slab_size");
	return bytes;
}

/* The same once it has stopped falling: ports are freed after a grace period. */
static inline unsigned long settled_slab_bytes(void)
{
	unsigned long bytes = our_slab_bytes(), now;
	int same = 0;

	while (same < 5) {
		pause_ms(50);
		now = our_slab_bytes();
		same = now == bytes ? same + 1 : 0;
		bytes = now;
	}
	return bytes;
}

#endif
