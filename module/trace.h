/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints: a message's way, and what it waited for.  Scalars only, so that
 * every tool can read them; ids are those of MSGPORT_IOC_STAT and the stamp.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM msgport

#if !defined(_MSGPORT_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _MSGPORT_TRACE_H

#include <linux/tracepoint.h>

TRACE_EVENT(msgport_create,
	TP_PROTO(u64 port, u32 max_msgs, u64 max_bytes),
	TP_ARGS(port, max_msgs, max_bytes),
	TP_STRUCT__entry(
		__field(u64, port)
		__field(u64, max_bytes)
		__field(u32, max_msgs)
	),
	TP_fast_assign(
		__entry->port = port;
		__entry->max_bytes = max_bytes;
		__entry->max_msgs = max_msgs;
	),
	TP_printk("port=%llu max_msgs=%u max_bytes=%llu",
		  __entry->port, __entry->max_msgs, __entry->max_bytes)
);

/* A port of a set. */
DECLARE_EVENT_CLASS(msgport_in_set,
	TP_PROTO(u64 port, u64 set, u64 cookie),
	TP_ARGS(port, set, cookie),
	TP_STRUCT__entry(
		__field(u64, port)
		__field(u64, set)
		__field(u64, cookie)
	),
	TP_fast_assign(
		__entry->port = port;
		__entry->set = set;
		__entry->cookie = cookie;
	),
	TP_printk("port=%llu set=%llu cookie=%llu",
		  __entry->port, __entry->set, __entry->cookie)
);

DEFINE_EVENT(msgport_in_set, msgport_set_add,
	TP_PROTO(u64 port, u64 set, u64 cookie),
	TP_ARGS(port, set, cookie)
);

DEFINE_EVENT(msgport_in_set, msgport_set_remove,
	TP_PROTO(u64 port, u64 set, u64 cookie),
	TP_ARGS(port, set, cookie)
);

TRACE_EVENT(msgport_send,
	TP_PROTO(u64 port, u64 source, u64 sequence, u32 size, u32 priority, u32 fds),
	TP_ARGS(port, source, sequence, size, priority, fds),
	TP_STRUCT__entry(
		__field(u64, port)
		__field(u64, source)
		__field(u64, sequence)
		__field(u32, size)
		__field(u32, priority)
		__field(u32, fds)
	),
	TP_fast_assign(
		__entry->port = port;
		__entry->source = source;
		__entry->sequence = sequence;
		__entry->size = size;
		__entry->priority = priority;
		__entry->fds = fds;
	),
	TP_printk("port=%llu source=%llu sequence=%llu size=%u priority=%u fds=%u",
		  __entry->port, __entry->source, __entry->sequence,
		  __entry->size, __entry->priority, __entry->fds)
);

TRACE_EVENT(msgport_receive,
	TP_PROTO(u64 port, u64 source, u64 sequence, u32 size, u32 fds),
	TP_ARGS(port, source, sequence, size, fds),
	TP_STRUCT__entry(
		__field(u64, port)
		__field(u64, source)
		__field(u64, sequence)
		__field(u32, size)
		__field(u32, fds)
	),
	TP_fast_assign(
		__entry->port = port;
		__entry->source = source;
		__entry->sequence = sequence;
		__entry->size = size;
		__entry->fds = fds;
	),
	TP_printk("port=%llu source=%llu sequence=%llu size=%u fds=%u",
		  __entry->port, __entry->source, __entry->sequence, __entry->size,
		  __entry->fds)
);

TRACE_EVENT(msgport_block,
	TP_PROTO(u64 port, u64 source, u32 gate),
	TP_ARGS(port, source, gate),
	TP_STRUCT__entry(
		__field(u64, port)
		__field(u64, source)
		__field(u32, gate)
	),
	TP_fast_assign(
		__entry->port = port;
		__entry->source = source;
		__entry->gate = gate;
	),
	TP_printk("port=%llu source=%llu gate=%s", __entry->port, __entry->source,
		  __print_symbolic(__entry->gate, { 0, "right" }, { 1, "share" },
				   { 2, "port" }))
);

TRACE_EVENT(msgport_wake,
	TP_PROTO(u64 port, u32 pid, bool dead),
	TP_ARGS(port, pid, dead),
	TP_STRUCT__entry(
		__field(u64, port)
		__field(u32, pid)
		__field(bool, dead)
	),
	TP_fast_assign(
		__entry->port = port;
		__entry->pid = pid;
		__entry->dead = dead;
	),
	TP_printk("port=%llu pid=%u%s", __entry->port, __entry->pid,
		  __entry->dead ? " dead" : "")
);

/* A message that nobody received, and why. */
DECLARE_EVENT_CLASS(msgport_ended_unread,
	TP_PROTO(u64 port, u64 sequence, u32 size, u32 reason),
	TP_ARGS(port, sequence, size, reason),
	TP_STRUCT__entry(
		__field(u64, port)
		__field(u64, sequence)
		__field(u32, size)
		__field(u32, reason)
	),
	TP_fast_assign(
		__entry->port = port;
		__entry->sequence = sequence;
		__entry->size = size;
		__entry->reason = reason;
	),
	TP_printk("port=%llu sequence=%llu size=%u reason=%s", __entry->port,
		  __entry->sequence, __entry->size,
		  __print_symbolic(__entry->reason, { 0, "expired" },
				   { 1, "died_with_port" }, { 2, "too_large" },
				   { 3, "withdrawn" },
				   { 4, "exhausted" }))
);

DEFINE_EVENT(msgport_ended_unread, msgport_discard,
	TP_PROTO(u64 port, u64 sequence, u32 size, u32 reason),
	TP_ARGS(port, sequence, size, reason)
);

DEFINE_EVENT(msgport_ended_unread, msgport_return,
	TP_PROTO(u64 port, u64 sequence, u32 size, u32 reason),
	TP_ARGS(port, sequence, size, reason)
);

TRACE_EVENT(msgport_answer,
	TP_PROTO(u64 port, u64 sequence, u32 size, u32 kind, u64 cookie),
	TP_ARGS(port, sequence, size, kind, cookie),
	TP_STRUCT__entry(
		__field(u64, port)
		__field(u64, sequence)
		__field(u64, cookie)
		__field(u32, size)
		__field(u32, kind)
	),
	TP_fast_assign(
		__entry->port = port;
		__entry->sequence = sequence;
		__entry->cookie = cookie;
		__entry->size = size;
		__entry->kind = kind;
	),
	TP_printk("port=%llu sequence=%llu size=%u kind=%s cookie=%llu",
		  __entry->port, __entry->sequence, __entry->size,
		  __print_symbolic(__entry->kind, { 1, "reply" },
				   { 2, "acknowledged" }, { 3, "returned" },
				   { 4, "gone" }, { 5, "event" }), __entry->cookie)
);

TRACE_EVENT(msgport_call,
	TP_PROTO(u64 port, u64 id, int err),
	TP_ARGS(port, id, err),
	TP_STRUCT__entry(
		__field(u64, port)
		__field(u64, id)
		__field(int, err)
	),
	TP_fast_assign(
		__entry->port = port;
		__entry->id = id;
		__entry->err = err;
	),
	TP_printk("port=%llu id=%llu error=%d", __entry->port, __entry->id,
		  __entry->err)
);

TRACE_EVENT(msgport_release,
	TP_PROTO(u64 port, u64 sequence, u32 deliveries),
	TP_ARGS(port, sequence, deliveries),
	TP_STRUCT__entry(
		__field(u64, port)
		__field(u64, sequence)
		__field(u32, deliveries)
	),
	TP_fast_assign(
		__entry->port = port;
		__entry->sequence = sequence;
		__entry->deliveries = deliveries;
	),
	TP_printk("port=%llu sequence=%llu deliveries=%u", __entry->port,
		  __entry->sequence, __entry->deliveries)
);

TRACE_EVENT(msgport_join,
	TP_PROTO(u64 group, u64 port, bool lossy),
	TP_ARGS(group, port, lossy),
	TP_STRUCT__entry(
		__field(u64, group)
		__field(u64, port)
		__field(bool, lossy)
	),
	TP_fast_assign(
		__entry->group = group;
		__entry->port = port;
		__entry->lossy = lossy;
	),
	TP_printk("group=%llu port=%llu%s", __entry->group, __entry->port,
		  __entry->lossy ? " lossy" : "")
);

TRACE_EVENT(msgport_leave,
	TP_PROTO(u64 group, u64 port),
	TP_ARGS(group, port),
	TP_STRUCT__entry(
		__field(u64, group)
		__field(u64, port)
	),
	TP_fast_assign(
		__entry->group = group;
		__entry->port = port;
	),
	TP_printk("group=%llu port=%llu", __entry->group, __entry->port)
);

TRACE_EVENT(msgport_group_send,
	TP_PROTO(u64 group, u64 count, u32 members, u32 size),
	TP_ARGS(group, count, members, size),
	TP_STRUCT__entry(
		__field(u64, group)
		__field(u64, count)
		__field(u32, members)
		__field(u32, size)
	),
	TP_fast_assign(
		__entry->group = group;
		__entry->count = count;
		__entry->members = members;
		__entry->size = size;
	),
	TP_printk("group=%llu count=%llu members=%u size=%u", __entry->group,
		  __entry->count, __entry->members, __entry->size)
);

TRACE_EVENT(msgport_miss,
	TP_PROTO(u64 port, u64 group, u32 missed),
	TP_ARGS(port, group, missed),
	TP_STRUCT__entry(
		__field(u64, port)
		__field(u64, group)
		__field(u32, missed)
	),
	TP_fast_assign(
		__entry->port = port;
		__entry->group = group;
		__entry->missed = missed;
	),
	TP_printk("port=%llu group=%llu missed=%u", __entry->port, __entry->group,
		  __entry->missed)
);

TRACE_EVENT(msgport_destroy,
	TP_PROTO(u64 port),
	TP_ARGS(port),
	TP_STRUCT__entry(
		__field(u64, port)
	),
	TP_fast_assign(
		__entry->port = port;
	),
	TP_printk("port=%llu", __entry->port)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
