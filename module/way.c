// SPDX-License-Identifier: GPL-2.0
/*
 * A message's way in one translation unit, so that the compiler sees over the
 * boundaries of its steps, which are many and small.  Each of these files stands for
 * itself; what is static in one must only not have the name of what is in another.
 */
#include "ioctl.c"
#include "ioctl_message.c"
#include "ioctl_batch.c"
#include "ioctl_answer.c"
#include "send.c"
#include "plain.c"
#include "train.c"
#include "quota.c"
#include "message.c"
#include "pool.c"
#include "payload.c"
#include "stamp.c"
#include "gate.c"
#include "deliver.c"
#include "queue.c"
#include "receive.c"
#include "look.c"
#include "sort.c"
#include "delivery.c"
#include "answer.c"
#include "call.c"
#include "senders.c"
#include "port.c"
#include "right.c"
#include "wake.c"
