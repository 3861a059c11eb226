/* SPDX-License-Identifier: GPL-2.0 */
/* Looking at ports and changing their limits: stat, limits, list. */
#ifndef _MSGPORT_STAT_H
#define _MSGPORT_STAT_H

#include <linux/types.h>
#include <linux/msgport.h>

struct msgport_ns;
struct msgport_port;
struct msgport_publisher;
struct msgport_send_right;
struct msgport_set;

void msgport_stat_port(struct msgport_port *port, struct msgport_stat *stat);
void msgport_stat_send(struct msgport_send_right *right, struct msgport_stat *stat);
void msgport_stat_group(struct msgport_publisher *publisher, struct msgport_stat *stat);
void msgport_stat_set(struct msgport_set *set, struct msgport_stat *stat);
void msgport_stat_ns(struct msgport_ns *ns, struct msgport_stat *stat);
int msgport_limits_set(struct msgport_port *port, struct msgport_limits *limits);
struct msgport_port *msgport_port_next(struct msgport_ns *ns, u64 *after);
bool msgport_list_next(struct msgport_ns *ns, u64 *after, struct msgport_port_info *info);
bool msgport_list_next_group(struct msgport_ns *ns, u64 *after,
			     struct msgport_port_info *info);

#endif
