// SPDX-License-Identifier: GPL-2.0
/* The module: its parameters, its device, its beginning and end. */

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/module.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>

#include "compat.h"
#include "debugfs.h"
#include "limits.h"
#include "message.h"
#include "name.h"
#include "pool.h"
#include "port.h"
#include "right.h"
#include "set.h"

#ifndef CONFIG_64BIT
#error "msgport counts bytes in longs of 64 bits"
#endif

#define CREATE_TRACE_POINTS
#include "trace.h"

unsigned int msgport_max_ports = 1024;
module_param_named(max_ports, msgport_max_ports, uint, 0644);
MODULE_PARM_DESC(max_ports, "ports a user may have (1024)");

unsigned long msgport_max_bytes = 256UL << 20;
module_param_named(max_bytes, msgport_max_bytes, ulong, 0644);
MODULE_PARM_DESC(max_bytes, "bytes a user's ports may reserve (256 MiB)");

unsigned int msgport_max_rights = 16384;
module_param_named(max_rights, msgport_max_rights, uint, 0644);
MODULE_PARM_DESC(max_rights, "send and receive rights a user may have (16384)");

unsigned long msgport_max_pending = 16UL << 20;
module_param_named(max_pending, msgport_max_pending, ulong, 0644);
MODULE_PARM_DESC(max_pending, "bytes a user's sends may hold before they are accepted (16 MiB, or one message)");

unsigned int msgport_max_kept = 16;
module_param_named(max_kept, msgport_max_kept, uint, 0644);
MODULE_PARM_DESC(max_kept, "ports that outlive their rights a user may have (16)");

unsigned int msgport_max_records = 16384;
module_param_named(max_records, msgport_max_records, uint, 0644);
MODULE_PARM_DESC(max_records, "watches and memberships of sets and groups a user may have (16384)");

unsigned int msgport_max_fds = 4096;
module_param_named(max_fds, msgport_max_fds, uint, 0644);
MODULE_PARM_DESC(max_fds, "descriptors a user may have in messages (4096)");

static unsigned int device_gid;
module_param_named(gid, device_gid, uint, 0444);
MODULE_PARM_DESC(gid, "group of /dev/msgport, which has mode 0660 (0)");

/*
 * A device of our own and not a misc one: only a device type can tell devtmpfs
 * the group.
 */
static char *devnode(MSGPORT_DEVNODE_CONST struct device *dev, umode_t *mode,
		     kuid_t *uid, kgid_t *gid)
{
	/* when the node is removed nobody wants to know */
	if (mode)
		*mode = 0660;
	if (gid)
		*gid = make_kgid(&init_user_ns, device_gid);
	return NULL;
}

static const struct device_type control_type = {
	.name = "msgport",
	.devnode = devnode,
};

static struct class control_class = {
	.name = "msgport",
};

static dev_t number;
static struct cdev control_cdev;
static struct device *control;

static void release_device(struct device *dev)
{
	kfree(dev);
}

static int add_device(void)
{
	int err;

	control = kzalloc(sizeof(*control), GFP_KERNEL);
	if (!control)
		return -ENOMEM;
	device_initialize(control);
	control->class = &control_class;
	control->type = &control_type;
	control->devt = number;
	control->release = release_device;
	err = dev_set_name(control, "msgport");
	if (!err) {
		cdev_init(&control_cdev, &msgport_control_fops);
		control_cdev.owner = THIS_MODULE;
		err = cdev_device_add(&control_cdev, control);
	}
	if (err)
		put_device(control);
	return err;
}

static int device_init(void)
{
	int err;

	if (!gid_valid(make_kgid(&init_user_ns, device_gid)))
		return -EINVAL;
	err = alloc_chrdev_region(&number, 0, 1, "msgport");
	if (err)
		return err;
	err = class_register(&control_class);
	if (err)
		goto region;
	err = add_device();
	if (!err)
		return 0;
	class_unregister(&control_class);
region:
	unregister_chrdev_region(number, 1);
	return err;
}

static void device_exit(void)
{
	cdev_device_del(&control_cdev, control);
	put_device(control);
	class_unregister(&control_class);
	unregister_chrdev_region(number, 1);
}

static int __init msgport_init(void)
{
	int err;

	err = msgport_message_init();
	if (err)
		return err;
	err = msgport_pools_init();
	if (err)
		goto message;
	err = msgport_port_init();
	if (err)
		goto pools;
	err = msgport_right_init();
	if (err)
		goto port;
	err = msgport_set_init();
	if (err)
		goto right;
	err = msgport_ns_init();
	if (err)
		goto set;
	msgport_debugfs_init();
	/* published last */
	err = device_init();
	if (!err)
		return 0;
	msgport_debugfs_exit();
	msgport_ns_exit();
set:
	msgport_set_exit();
right:
	msgport_right_exit();
port:
	rcu_barrier();
	msgport_port_exit();
pools:
	msgport_pools_exit();
message:
	msgport_message_exit();
	return err;
}

static void __exit msgport_exit(void)
{
	device_exit();
	msgport_debugfs_exit();
	msgport_ns_exit();
	msgport_set_exit();
	msgport_right_exit();
	/* ports are freed after a grace period */
	rcu_barrier();
	msgport_port_exit();
	msgport_pools_exit();
	msgport_message_exit();
}

module_init(msgport_init);
module_exit(msgport_exit);

MODULE_DESCRIPTION("Message ports: asynchronous send, blocking receive, bounded messages in transit");
MODULE_AUTHOR("msgport project");
MODULE_LICENSE("GPL");
