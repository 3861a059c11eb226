// SPDX-License-Identifier: GPL-2.0
/*
 * The module goes when nothing of it is in use, and leaves nothing.  Root, to
 * unload and load it.
 */
#include <sys/stat.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "slabs.h"
#include "users.h"

#define MODULE		"/vm/msgport.ko"
#define SYS_MODULE	"/sys/module/msgport"
#define CGROUP		"/sys/fs/cgroup/msgport-test"
#define MIB		(1UL << 20)

static int unload(void)
{
	return error_of(syscall(SYS_delete_module, "msgport", O_NONBLOCK));
}

/* As it was loaded: the group of the device is what the tests need. */
static int load(gid_t gid)
{
	int fd = open(MODULE, O_RDONLY | O_CLOEXEC), error;
	char options[32];

	snprintf(options, sizeof(options), "gid=%u", gid);
	error = error_of(syscall(SYS_finit_module, fd, options, 0));
	close(fd);
	return error;
}

/* The kernel's word for a module that is in use. */
#define IN_USE		EAGAIN

FIXTURE(module)
{
	gid_t gid;
};

FIXTURE_SETUP(module)
{
	struct stat device;

	if (access(MODULE, R_OK))
		SKIP(return, "the module's file is not there to load it again");
	ASSERT_EQ(0, stat("/dev/msgport", &device));
	self->gid = device.st_gid;
}

/* Whatever happened, the tests after this one find the module. */
FIXTURE_TEARDOWN(module)
{
	if (access(SYS_MODULE, F_OK))
		EXPECT_EQ(0, load(self->gid));
}

TEST_F(module, module_does_not_go_while_the_device_is_open)
{
	int control = msgport_open();

	ASSERT_GE(control, 0);
	EXPECT_EQ(IN_USE, unload());
	EXPECT_EQ(0, close(control));
	EXPECT_EQ(0, unload());
}

TEST_F(module, module_does_not_go_while_a_receive_right_is_open)
{
	int receive = new_port(NULL);

	ASSERT_GE(receive, 0);
	EXPECT_EQ(IN_USE, unload());
	EXPECT_EQ(0, close(receive));
	EXPECT_EQ(0, unload());
}

TEST_F(module, module_does_not_go_while_a_send_right_is_open)
{
	struct pair port = new_pair(NULL);

	ASSERT_EQ(0, send_number(port.send, 1, 0));
	ASSERT_EQ(0, close(port.receive));
	EXPECT_EQ(IN_USE, unload());
	EXPECT_EQ(0, close(port.send));
	EXPECT_EQ(0, unload());
}

TEST_F(module, module_does_not_go_while_a_kept_port_exists)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	const char *name = new_name("module");
	int receive;

	options.flags = MSGPORT_KEEP;
	receive = msgport_create(MSGPORT_DEFAULT, name, &options);
	ASSERT_GE(receive, 0);
	ASSERT_EQ(0, close(receive));
	EXPECT_EQ(IN_USE, unload());
	EXPECT_EQ(0, msgport_unlink(MSGPORT_DEFAULT, name));
	EXPECT_EQ(0, unload());
}

/* One of everything, ended in one way or another. */
static bool use_everything(void)
{
	struct pair port = new_pair_for(4);
	static char data[60000];
	pid_t waiting;
	bool ok;

	ok = !send_urgent(port.send, 1, 7) &&
	     receive_number(port.receive, 0) == 1 &&
	     !msgport_send(port.send, data, sizeof(data), 0) &&
	     !msgport_send(port.send, data, 2000, 0) &&
	     !msgport_send(port.send, data, 10, 0);
	fill(port.send);
	waiting = start_errand((struct errand){ .right = port.send });
	ok = ok && wait_for_senders(port.receive, 1);
	close(port.receive);
	ok = ok && child_status(waiting) == EPIPE;
	close(port.send);
	return ok;
}

TEST_F(module, unloaded_module_leaves_no_slab_no_device_and_no_file)
{
	static char directories[SLABS_MAX][PATH_MAX];
	char line[256];
	FILE *slabs;

	ASSERT_TRUE(use_everything());
	ASSERT_EQ(0, unload());
	EXPECT_EQ(0, our_slabs(directories));
	slabs = fopen("/proc/slabinfo", "r");
	while (slabs && fgets(line, sizeof(line), slabs))
		EXPECT_NE(0, strncmp(line, "msgport", 7))
			TH_LOG("%s", line);
	if (slabs)
		fclose(slabs);
	EXPECT_NE(0, access("/dev/msgport", F_OK));
	EXPECT_NE(0, access("/sys/kernel/debug/msgport", F_OK));
	EXPECT_NE(0, access("/sys/class/msgport", F_OK));
	EXPECT_EQ(ENXIO, error_of(msgport_open()));
}

TEST_F(module, module_works_when_it_is_loaded_again)
{
	struct msgport_stat stat;
	int i, control;

	for (i = 0; i < 5; i++) {
		ASSERT_EQ(0, unload());
		ASSERT_EQ(0, load(self->gid));
		control = msgport_open();
		ASSERT_GE(control, 0);
		stat = stat_of(control);
		EXPECT_EQ(0, stat.sent);
		EXPECT_EQ(0, stat.ports);
		EXPECT_TRUE(use_everything());
		stat = stat_of(control);
		EXPECT_NE(0, stat.sent);
		EXPECT_EQ(0, stat.ports);
		EXPECT_TRUE(balanced(&stat));
		EXPECT_EQ(0, close(control));
	}
}

/* ---- memory cgroups ---- */

static bool make_cgroup(void)
{
	int fd = open("/sys/fs/cgroup/cgroup.subtree_control", O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, "+memory", 7) == 7;

	close(fd);
	return ok && (!mkdir(CGROUP, 0755) || errno == EEXIST) &&
	       !access(CGROUP "/memory.current", R_OK);
}

static unsigned long charged(void)
{
	char text[32] = "";
	int fd = open(CGROUP "/memory.current", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 1)
		give_up("memory.current");
	close(fd);
	return strtoul(text, NULL, 10);
}

/* In the group: one buffer, sent so many times; stays until it is ended. */
static pid_t start_charged_sender(int right, size_t size, unsigned int count)
{
	pid_t pid = start_child();
	char text[16];
	void *data;

	if (pid)
		return pid;
	snprintf(text, sizeof(text), "%d", getpid());
	write_file(CGROUP "/cgroup.procs", text);
	data = calloc(1, size);
	while (data && count--)
		if (msgport_send(right, data, size, 0))
			_exit(errno);
	for (;;)
		pause();
}

/* @count messages in the port, then none: what the group was charged for them. */
static long charge_for(size_t size, unsigned int count)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	unsigned long full;
	struct pair port;
	void *data = malloc(size);
	pid_t sender;
	long charge;

	options.max_msgs = count;
	options.max_size = size;
	options.max_bytes = 24 * MIB;
	port = new_pair(&options);
	sender = start_charged_sender(port.send, size, count);
	if (!wait_for_queued(port.receive, count))
		give_up("charged sender");
	full = charged();
	while (msgport_receive(port.receive, data, size, MSGPORT_NONBLOCK) >= 0)
		;
	/* what the port keeps for its next messages is the kernel's for the asking */
	write_file("/proc/sys/vm/drop_caches", "2");
	charge = full - charged();
	end_child(sender);
	close_pair(&port);
	free(data);
	return charge;
}

TEST(pages_of_messages_are_charged_to_the_senders_memory_cgroup)
{
	if (!make_cgroup())
		SKIP(return, "no memory cgroup is mounted");
	EXPECT_GE(charge_for(MIB, 16), (long)(14 * MIB));
	/* a process that has ended may keep it busy for a moment */
	while (rmdir(CGROUP) && errno == EBUSY)
		pause_ms(1);
}

TEST(slab_of_messages_is_charged_to_the_senders_memory_cgroup)
{
	if (!make_cgroup())
		SKIP(return, "no memory cgroup is mounted");
	EXPECT_GE(charge_for(64, 20000), (long)(2 * MIB));
	while (rmdir(CGROUP) && errno == EBUSY)
		pause_ms(1);
}

TEST_HARNESS_MAIN
