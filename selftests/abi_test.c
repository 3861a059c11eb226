// SPDX-License-Identifier: GPL-2.0
/*
 * The rules that hold for every argument structure, tried on every ioctl: size
 * first, zeros in the tail, no unknown flags, nothing in reserved fields,
 * pointers that are checked.  After a refusal everything is as before.
 */
#include <linux/ioctl.h>

#include "kselftest_harness.h"
#include "abi_table.h"

/* A result that is no errno: the call failed, but left something changed. */
#define CHANGED		(-1)

FIXTURE(abi)
{
	struct world world;
	char *room;			/* a page that ends before a hole */
	size_t page;
};

FIXTURE_SETUP(abi)
{
	struct world *world = &self->world;
	int receive;

	strcpy(world->name, new_name("abi"));
	world->spare = -1;
	world->fds[MSGPORT_IS_CONTROL] = msgport_open();
	receive = msgport_create(world->fds[MSGPORT_IS_CONTROL], world->name, NULL);
	world->fds[MSGPORT_IS_RECEIVE] = receive;
	world->fds[MSGPORT_IS_SEND] = mint_plain(receive);
	world->fds[MSGPORT_IS_SET] = msgport_set_create(world->fds[MSGPORT_IS_CONTROL]);
	ASSERT_EQ(0, msgport_set_add(world->fds[MSGPORT_IS_SET], receive, 0));
	world->other = new_port(NULL);
	ASSERT_LE(0, world->fds[MSGPORT_IS_SEND]);
	world->fds[MSGPORT_IS_GROUP] =
		msgport_group_create(world->fds[MSGPORT_IS_CONTROL], NULL, NULL);
	ASSERT_LE(0, world->fds[MSGPORT_IS_GROUP]);
	self->page = page_size();
	self->room = bytes_before_hole(self->page);
}

FIXTURE_TEARDOWN(abi)
{
	int kind;

	for (kind = 0; kind < KINDS; kind++)
		close(self->world.fds[kind]);
	close(self->world.other);
	if (self->world.spare >= 0)
		close(self->world.spare);
}

/* What a call that fails must leave as it was. */
struct snapshot {
	struct msgport_stat all;
	struct msgport_stat port;
	int next_fd;
};

static struct snapshot look(const struct world *world)
{
	struct snapshot now = {
		.all = stat_of(world->fds[MSGPORT_IS_CONTROL]),
		.port = stat_of(world->fds[MSGPORT_IS_SEND]),
		.next_fd = fcntl(0, F_DUPFD, 0),
	};

	close(now.next_fd);
	return now;
}

static bool same(const struct snapshot *a, const struct snapshot *b)
{
	return !memcmp(&a->all, &b->all, sizeof(a->all)) &&
	       !memcmp(&a->port, &b->port, sizeof(a->port)) &&
	       a->next_fd == b->next_fd;
}

/* Calls, and undoes a success: 0, the errno, or CHANGED. */
static int outcome(struct world *world, const struct verb *verb, int kind,
		   unsigned long number, void *argument)
{
	struct snapshot before = look(world), after;
	int result = ioctl(world->fds[kind], number, argument);
	int error = error_of(result);

	if (!error) {
		if (verb->makes_fd)
			close(result);
		return 0;
	}
	after = look(world);
	return same(&before, &after) ? error : CHANGED;
}

static int outcome_of(struct world *world, const struct verb *verb, void *argument)
{
	return outcome(world, verb, kind_for(verb), verb->number, argument);
}

static void set_size(void *argument, uint32_t size)
{
	memcpy(argument, &size, sizeof(size));
}

/* A valid structure in a buffer of zeros. */
static void prepare(struct world *world, const struct verb *verb, void *argument,
		    size_t room)
{
	memset(argument, 0, room);
	set_size(argument, verb->size);
	verb->fill(world, argument);
}

TEST_F(abi, every_number_of_the_header_is_in_the_table)
{
	size_t i;

	for (i = 0; i < VERBS; i++)
		EXPECT_EQ(_IO(MSGPORT_IOC_TYPE, i), verbs[i].number);
	EXPECT_EQ(_IOC_NR(MSGPORT_IOC_LIST) + 1, VERBS);
}

TEST_F(abi, valid_structure_comes_to_its_outcome)
{
	const struct verb *verb;

	for (verb = verbs; verb < verbs + VERBS; verb++) {
		prepare(&self->world, verb, self->room, self->page);
		EXPECT_EQ(verb->outcome, outcome_of(&self->world, verb, self->room))
			TH_LOG("%s", verb->name);
	}
}

TEST_F(abi, short_structure_fails_with_einval)
{
	const struct verb *verb;
	size_t i;

	for (verb = verbs; verb < verbs + VERBS; verb++) {
		const uint32_t sizes[] = { 0, 1, 4, verb->size - 1 };

		for (i = 0; i < 4; i++) {
			prepare(&self->world, verb, self->room, self->page);
			set_size(self->room, sizes[i]);
			EXPECT_EQ(EINVAL, outcome_of(&self->world, verb, self->room))
				TH_LOG("%s of %u bytes", verb->name, sizes[i]);
		}
	}
}

TEST_F(abi, tail_of_zeros_works_and_stays)
{
	const struct verb *verb;
	size_t i, bytes;

	for (verb = verbs; verb < verbs + VERBS; verb++) {
		const uint32_t sizes[] = { verb->size + 1, verb->size + 8, self->page };

		for (i = 0; i < 3; i++) {
			prepare(&self->world, verb, self->room, self->page);
			set_size(self->room, sizes[i]);
			EXPECT_EQ(verb->outcome, outcome_of(&self->world, verb, self->room))
				TH_LOG("%s of %u bytes", verb->name, sizes[i]);
			EXPECT_EQ(0, memcmp(self->room, &sizes[i], sizeof(sizes[i])))
				TH_LOG("%s changed its size", verb->name);
			for (bytes = verb->size; bytes < self->page; bytes++)
				EXPECT_EQ(0, self->room[bytes]);
		}
	}
}

TEST_F(abi, tail_that_is_not_zero_fails_with_e2big)
{
	const struct verb *verb;
	size_t i;

	for (verb = verbs; verb < verbs + VERBS; verb++) {
		const size_t at[] = { verb->size, verb->size + 7, self->page - 1 };

		for (i = 0; i < 3; i++) {
			prepare(&self->world, verb, self->room, self->page);
			set_size(self->room, self->page);
			self->room[at[i]] = 1;
			EXPECT_EQ(E2BIG, outcome_of(&self->world, verb, self->room))
				TH_LOG("%s, byte %zu", verb->name, at[i]);
		}
	}
}

TEST_F(abi, structure_of_all_memory_fails_with_e2big)
{
	const struct verb *verb;

	for (verb = verbs; verb < verbs + VERBS; verb++) {
		prepare(&self->world, verb, self->room, self->page);
		set_size(self->room, UINT32_MAX);
		EXPECT_EQ(E2BIG, outcome_of(&self->world, verb, self->room))
			TH_LOG("%s", verb->name);
	}
}

TEST_F(abi, unknown_flag_fails_with_einval)
{
	const struct verb *verb;
	unsigned int i, bit;

	for (verb = verbs; verb < verbs + VERBS; verb++) {
		for (i = 0; i < 2 && verb->flags[i].offset; i++) {
			for (bit = 0; bit < 32; bit++) {
				uint32_t *flags;

				if (verb->flags[i].known & 1U << bit)
					continue;
				prepare(&self->world, verb, self->room, self->page);
				flags = (void *)(self->room + verb->flags[i].offset);
				*flags |= 1U << bit;
				EXPECT_EQ(EINVAL, outcome_of(&self->world, verb, self->room))
					TH_LOG("%s, bit %u", verb->name, bit);
			}
		}
	}
}

TEST_F(abi, reserved_field_that_is_not_zero_fails_with_einval)
{
	const struct verb *verb;
	const struct field *field;
	unsigned int byte;

	for (verb = verbs; verb < verbs + VERBS; verb++) {
		for (field = verb->reserved;
		     field < verb->reserved + RESERVED_MAX && field->size; field++) {
			for (byte = 0; byte < field->size; byte++) {
				prepare(&self->world, verb, self->room, self->page);
				self->room[field->offset + byte] = 1;
				EXPECT_EQ(EINVAL, outcome_of(&self->world, verb, self->room))
					TH_LOG("%s, byte %u", verb->name,
					       field->offset + byte);
			}
		}
	}
}

TEST_F(abi, structure_at_no_address_fails_with_efault)
{
	const struct verb *verb;
	void *const addresses[] = {
		NULL,
		self->room + self->page,		/* a hole */
		(void *)0xffff888000000000,		/* the kernel's own */
		(void *)0x8000000000000000,		/* nobody's */
		(void *)-4L,
	};
	size_t i;

	for (verb = verbs; verb < verbs + VERBS; verb++) {
		for (i = 0; i < ARRAY_SIZE(addresses); i++) {
			EXPECT_EQ(EFAULT, outcome_of(&self->world, verb, addresses[i]))
				TH_LOG("%s at %p", verb->name, addresses[i]);
		}
	}
}

TEST_F(abi, structure_that_runs_into_a_hole_fails_with_efault)
{
	const struct verb *verb;
	size_t i;

	for (verb = verbs; verb < verbs + VERBS; verb++) {
		const size_t mapped[] = { 4, verb->size / 2, verb->size - 1 };

		for (i = 0; i < 3; i++) {
			char whole[512], *end = self->room + self->page;

			prepare(&self->world, verb, whole, sizeof(whole));
			memcpy(end - mapped[i], whole, mapped[i]);
			EXPECT_EQ(EFAULT,
				  outcome_of(&self->world, verb, end - mapped[i]))
				TH_LOG("%s, %zu bytes mapped", verb->name, mapped[i]);
		}
	}
}

TEST_F(abi, size_field_that_runs_into_a_hole_fails_with_efault)
{
	const struct verb *verb;
	char *at = self->room + self->page - 3;

	memset(at, 0, 3);
	for (verb = verbs; verb < verbs + VERBS; verb++) {
		EXPECT_EQ(EFAULT, outcome_of(&self->world, verb, at))
			TH_LOG("%s", verb->name);
	}
}

TEST_F(abi, tail_that_runs_into_a_hole_fails_with_efault)
{
	const struct verb *verb;

	for (verb = verbs; verb < verbs + VERBS; verb++) {
		char *at = self->room + self->page - verb->size - 8;

		prepare(&self->world, verb, at, verb->size + 8);
		set_size(at, verb->size + 16);
		EXPECT_EQ(EFAULT, outcome_of(&self->world, verb, at))
			TH_LOG("%s", verb->name);
	}
}

/* A verb that answers needs memory to write to; others may be told constants. */
TEST_F(abi, read_only_structure_fails_with_efault_where_it_is_answered)
{
	const struct verb *verb;
	int expected;

	for (verb = verbs; verb < verbs + VERBS; verb++) {
		prepare(&self->world, verb, self->room, self->page);
		ASSERT_EQ(0, mprotect(self->room, self->page, PROT_READ));
		expected = verb->answers ? EFAULT : verb->outcome;
		EXPECT_EQ(expected, outcome_of(&self->world, verb, self->room))
			TH_LOG("%s", verb->name);
		ASSERT_EQ(0, mprotect(self->room, self->page, PROT_READ | PROT_WRITE));
	}
}

TEST_F(abi, wrong_kind_of_descriptor_fails_with_ebadf)
{
	const struct verb *verb;
	int kind;

	for (verb = verbs; verb < verbs + VERBS; verb++) {
		for (kind = 0; kind < KINDS; kind++) {
			if (verb->kinds & 1U << kind || self->world.fds[kind] < 0)
				continue;
			prepare(&self->world, verb, self->room, self->page);
			EXPECT_EQ(EBADF, outcome(&self->world, verb, kind,
						 verb->number, self->room))
				TH_LOG("%s on kind %d", verb->name, kind);
		}
	}
}

TEST_F(abi, descriptor_of_something_else_fails_with_enotty)
{
	const struct verb *verb;
	int pipes[2];

	ASSERT_EQ(0, pipe(pipes));
	for (verb = verbs; verb < verbs + VERBS; verb++) {
		prepare(&self->world, verb, self->room, self->page);
		EXPECT_EQ(ENOTTY, error_of(ioctl(pipes[0], verb->number, self->room)));
		EXPECT_EQ(EBADF, error_of(ioctl(-1, verb->number, self->room)));
	}
	close(pipes[0]);
	close(pipes[1]);
}

TEST_F(abi, unknown_number_fails_with_enotty)
{
	unsigned int number, kind;

	memset(self->room, 0, self->page);
	set_size(self->room, 64);
	for (number = _IOC_NR(MSGPORT_IOC_LIST) + 1; number < 256; number++) {
		for (kind = 0; kind < KINDS; kind++) {
			if (self->world.fds[kind] < 0)
				continue;
			EXPECT_EQ(ENOTTY, error_of(ioctl(self->world.fds[kind],
							 _IO(MSGPORT_IOC_TYPE, number),
							 self->room)))
				TH_LOG("number %#x on kind %u", number, kind);
		}
	}
}

/* The structure carries its size; a number that carries one too is not ours. */
TEST_F(abi, number_with_a_size_fails_with_enotty)
{
	const struct verb *verb;
	unsigned int direction, nr;

	for (verb = verbs; verb < verbs + VERBS; verb++) {
		nr = _IOC_NR(verb->number);
		prepare(&self->world, verb, self->room, self->page);
		for (direction = 1; direction < 4; direction++) {
			EXPECT_EQ(ENOTTY, outcome(&self->world, verb, kind_for(verb),
						  _IOC(direction, MSGPORT_IOC_TYPE, nr,
						       verb->size), self->room))
				TH_LOG("%s, direction %u", verb->name, direction);
		}
		EXPECT_EQ(ENOTTY, outcome(&self->world, verb, kind_for(verb),
					  _IOC(0, MSGPORT_IOC_TYPE, nr, verb->size),
					  self->room));
		EXPECT_EQ(ENOTTY, outcome(&self->world, verb, kind_for(verb),
					  _IO(MSGPORT_IOC_TYPE + 1, nr), self->room));
	}
}

TEST_HARNESS_MAIN
