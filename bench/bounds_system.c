// SPDX-License-Identifier: GPL-2.0
/* Bounds of many: ports, users, names, members of a group. */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <msgport.h>

#include "bench.h"
#include "bounds.h"

#define PORTS		10000
#define GROUPS		10000
#define SHARES		1000
#define MEMBERS		1000
#define FIRST_UID	2000

static void open_many(int *ports, unsigned int count)
{
	for (; count; count--)
		*ports++ = open_port(NULL, 0, 1);
}

static void close_many(const int *fds, unsigned int count)
{
	for (; count; count--)
		close(*fds++);
}

/* In one call, as one page. */
static void list_of_ports(void)
{
	struct msgport_port_info *page = calloc(PORTS, sizeof(*page));
	static int ports[PORTS];
	uint64_t after = 0;

	if (!page)
		die("calloc");
	open_many(ports, PORTS);
	begin();
	if (msgport_list(MSGPORT_DEFAULT, &after, page, PORTS) != PORTS)
		die("msgport_list");
	finish();
	close_many(ports, PORTS);
	free(page);
}

/* Nothing of others' is shown, but all of it is looked at. */
static void list_of_nothing(void)
{
	static int ports[PORTS];
	struct msgport_port_info info;
	int control = msgport_open();
	uint64_t after = 0;

	if (control < 0)
		die("msgport_open");
	open_many(ports, PORTS);
	if (seteuid(FIRST_UID))
		die("seteuid");
	begin();
	if (msgport_list(control, &after, &info, 1))
		die("msgport_list");
	finish();
	if (seteuid(0))
		die("seteuid");
	close_many(ports, PORTS);
	close(control);
}

static void sum_of_ports(void)
{
	static int ports[PORTS];
	struct msgport_stat stat;
	int control = msgport_open();

	if (control < 0)
		die("msgport_open");
	open_many(ports, PORTS);
	begin();
	if (msgport_stat(control, &stat) || stat.ports < PORTS)
		die("msgport_stat");
	finish();
	close_many(ports, PORTS);
	close(control);
}

static void state_of_ports(void)
{
	static char text[1 << 16];
	static int ports[PORTS];
	int file;

	open_many(ports, PORTS);
	file = open("/sys/kernel/debug/msgport/state", O_RDONLY);
	if (file < 0)
		die("state");
	begin();
	while (read(file, text, sizeof(text)) > 0)
		;
	finish();
	close(file);
	close_many(ports, PORTS);
}

/* The process ends, and with it what it has open. */
static void end_of_an_owner(void)
{
	static int ports[PORTS];
	int ready[2], go[2];
	pid_t pid;
	char c = 0;

	if (pipe(ready) || pipe(go))
		die("pipe");
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		open_many(ports, PORTS);
		_exit(write(ready[1], &c, 1) != 1 || read(go[0], &c, 1) != 1);
	}
	if (read(ready[0], &c, 1) != 1)
		die("read");
	begin();
	if (write(go[1], &c, 1) != 1 || waitpid(pid, NULL, 0) != pid)
		die("waitpid");
	finish();
	close_many(ready, 2);
	close_many(go, 2);
}

static unsigned int users_of_module(void)
{
	FILE *file = fopen("/sys/module/msgport/refcnt", "r");
	unsigned int users;

	if (!file || fscanf(file, "%u", &users) != 1)
		die("refcnt");
	fclose(file);
	return users;
}

/* The end of a network namespace whose names all have kept ports. */
static void end_of_a_namespace(void)
{
	unsigned int i, users = users_of_module();
	char name[16];
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		if (unshare(CLONE_NEWNET))
			die("unshare");
		for (i = 0; i < PORTS; i++) {
			snprintf(name, sizeof(name), "%u", i);
			close(open_port(name, MSGPORT_KEEP, 1));
		}
		_exit(0);
	}
	begin();
	if (waitpid(pid, &status, 0) != pid || status)
		die("the owner of names");
	while (users_of_module() != users)
		usleep(1000);
	finish();
}

static void change_of_shared_limits(void)
{
	static int rights[SHARES];
	struct msgport_limits limits = { .flags = MSGPORT_SET_MAX_MSGS, .max_msgs = 512 };
	int port = open_port("shared", 0, 0), control = msgport_open(), i;

	if (control < 0)
		die("msgport_open");
	for (i = 0; i < SHARES; i++) {
		if (seteuid(FIRST_UID + i))
			die("seteuid");
		rights[i] = msgport_connect(control, "shared", 0);
		if (rights[i] < 0)
			die("msgport_connect");
		if (seteuid(0))
			die("seteuid");
	}
	begin();
	if (msgport_limits(port, &limits))
		die("msgport_limits");
	finish();
	close_many(rights, SHARES);
	close(control);
	close(port);
}

static int open_group(int control)
{
	struct msgport_group_create create = {
		.size = sizeof(create), .name = (uintptr_t)"group", .name_len = 5,
		.max_members = MEMBERS,
	};
	int group = ioctl(control, MSGPORT_IOC_GROUP_CREATE, &create);

	if (group < 0)
		die("MSGPORT_IOC_GROUP_CREATE");
	return group;
}

static void join_many(const int *ports)
{
	struct msgport_join join = {
		.size = sizeof(join), .name = (uintptr_t)"group", .name_len = 5,
	};
	int i;

	for (i = 0; i < MEMBERS; i++)
		if (ioctl(ports[i], MSGPORT_IOC_JOIN, &join))
			die("MSGPORT_IOC_JOIN");
}

static int open_named_group(int control, unsigned int number)
{
	char name[16];
	struct msgport_group_create create = {
		.size = sizeof(create), .name = (uintptr_t)name,
	};
	int group;

	create.name_len = snprintf(name, sizeof(name), "group%u", number);
	group = ioctl(control, MSGPORT_IOC_GROUP_CREATE, &create);
	if (group < 0)
		die("MSGPORT_IOC_GROUP_CREATE");
	return group;
}

/* All of them in one call; then by who may see none; then in the state file. */
static void list_of_groups(void)
{
	struct msgport_port_info *page = calloc(GROUPS, sizeof(*page));
	static char text[1 << 16];
	static int groups[GROUPS];
	struct msgport_list list = {
		.size = sizeof(list), .flags = MSGPORT_LIST_GROUPS,
		.ports = (uintptr_t)page, .count = GROUPS, .element_size = sizeof(*page),
	};
	int control = msgport_open(), file, i;

	file = open("/sys/kernel/debug/msgport/state", O_RDONLY);
	if (!page || control < 0 || file < 0)
		die("list-of-groups");
	for (i = 0; i < GROUPS; i++)
		groups[i] = open_named_group(control, i);
	begin();
	if (ioctl(control, MSGPORT_IOC_LIST, &list) != GROUPS)
		die("MSGPORT_IOC_LIST");
	if (seteuid(FIRST_UID))
		die("seteuid");
	list.after = 0;
	if (ioctl(control, MSGPORT_IOC_LIST, &list))
		die("MSGPORT_IOC_LIST of nothing");
	if (seteuid(0))
		die("seteuid");
	while (read(file, text, sizeof(text)) > 0)
		;
	finish();
	close_many(groups, GROUPS);
	close(file);
	close(control);
	free(page);
}

/* A send to all, one that finds the last of them full, and the group's end. */
static void group_of_many(void)
{
	static int ports[MEMBERS];
	int control = msgport_open(), group, i;
	uint64_t data = 0;

	if (control < 0)
		die("msgport_open");
	open_many(ports, MEMBERS);
	group = open_group(control);
	join_many(ports);
	begin();
	if (msgport_send(group, &data, sizeof(data), MSGPORT_NONBLOCK))
		die("a send to a group");
	for (i = 0; i < MEMBERS - 1; i++)
		receive_messages(ports[i], 1);
	if (!msgport_send(group, &data, sizeof(data), MSGPORT_NONBLOCK) || errno != EAGAIN)
		die("a send to a group with a full member");
	close(group);
	finish();
	close_many(ports, MEMBERS);
	close(control);
}

const struct bound system_bounds[] = {
	{ "list-of-ports", list_of_ports, 0 },
	{ "list-of-nothing", list_of_nothing, 0 },
	{ "sum-of-ports", sum_of_ports, 0 },
	{ "state-of-ports", state_of_ports, 0 },
	{ "end-of-an-owner", end_of_an_owner, 0 },
	{ "end-of-a-namespace", end_of_a_namespace, 0 },
	{ "change-of-shared-limits", change_of_shared_limits, 0 },
	{ "list-of-groups", list_of_groups, MSGPORT_FEATURE_GROUPS },
	{ "group-of-many", group_of_many, MSGPORT_FEATURE_GROUPS },
};

const size_t system_bound_count = sizeof(system_bounds) / sizeof(system_bounds[0]);
