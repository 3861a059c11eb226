/* SPDX-License-Identifier: GPL-2.0 */
/* The state file in debugfs: every port, and who waits where. */
#ifndef _MSGPORT_DEBUGFS_H
#define _MSGPORT_DEBUGFS_H

void msgport_debugfs_init(void);
void msgport_debugfs_exit(void);

#endif
