/* SPDX-License-Identifier: GPL-2.0 */
/* Several users, and users of a user namespace.  For tests that root runs. */
#ifndef MSGPORT_USERS_H
#define MSGPORT_USERS_H

#include <fcntl.h>

#include "errand.h"

#define ALICE		1001
#define BOB		1002
#define DEVICE_GID	1000
#define FIRST_MAPPED	100000		/* what 0 in the namespace is outside */
#define MAPPED		10

static inline void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		give_up(path);
	close(fd);
}

static inline void write_id_map(pid_t pid, const char *which, const char *map)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, which);
	write_file(path, map);
}

/*
 * Runs a function in a user namespace that @owner has made, with a map that
 * only root can write, as user @mapped of it; returns the function's result.
 */
static inline int run_mapped(uid_t owner, uid_t mapped, int (*function)(void *),
			     void *argument)
{
	int ready[2], go[2];
	char map[64], byte;
	pid_t pid;

	if (pipe(ready) || pipe(go))
		give_up("pipe");
	pid = start_child();
	if (!pid) {
		become(owner, DEVICE_GID);
		if (unshare(CLONE_NEWUSER))
			give_up("unshare");
		if (write(ready[1], "", 1) != 1 || read(go[0], &byte, 1) != 1)
			give_up("pipe");
		if (setresgid(mapped, mapped, mapped) || setresuid(mapped, mapped, mapped))
			give_up("setresuid");
		_exit(function(argument));
	}
	if (read(ready[0], &byte, 1) != 1)
		give_up("namespace");
	snprintf(map, sizeof(map), "0 %d %d\n", FIRST_MAPPED, MAPPED);
	write_id_map(pid, "uid_map", map);
	write_id_map(pid, "gid_map", map);
	if (write(go[1], "", 1) != 1)
		give_up("pipe");
	close(ready[0]);
	close(ready[1]);
	close(go[0]);
	close(go[1]);
	return child_status(pid);
}

#endif
