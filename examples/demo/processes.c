// SPDX-License-Identifier: GPL-2.0
/* The demonstration's ports and processes, from the director's side. */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "demo.h"

const char *const stage_names[STAGES] = { "reader", "sealer", "writer" };
const char *const port_names[PORTS] = { "demo.sealer", "demo.writer" };

static struct port make_port(const char *name, size_t size)
{
	struct msgport_options options = MSGPORT_OPTIONS_INIT;
	struct port port;

	options.max_msgs = LIMIT;
	options.max_size = size;
	/* Room for the sizes as they are rounded up, so that LIMIT alone counts. */
	options.max_bytes = LIMIT * (2 * size + 8192);
	port.receive_right = msgport_create(MSGPORT_DEFAULT, name, &options);
	if (port.receive_right < 0)
		err(1, "create of %s", name);
	port.send_right = msgport_mint(port.receive_right, 0, 0, 0, 0);
	if (port.send_right < 0)
		err(1, "mint for %s", name);
	return port;
}

void make_ports(struct demo *demo)
{
	size_t size = demo->block + sizeof(uint32_t);
	int i;

	for (i = 0; i < PORTS; i++)
		demo->ports[i] = make_port(port_names[i], size);
}

/* Leaves the sending to those whose work it is. */
void drop_send_rights(struct demo *demo)
{
	int i;

	for (i = 0; i < PORTS; i++)
		close(demo->ports[i].send_right);
}

void start_stage(struct demo *demo, enum stage stage)
{
	static void (*const work[STAGES])(const struct demo *) = {
		read_blocks, seal_blocks, write_blocks,
	};
	pid_t director = getpid(), pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (pid == 0) {
		/* They end with the director, however that ends. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != director)
			_exit(1);
		work[stage](demo);
		_exit(1);
	}
	demo->pids[stage] = pid;
	demo->life[stage] = RUNNING;
}

static void note_end(struct demo *demo, enum stage stage, int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		demo->life[stage] = FINISHED;
	else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		demo->life[stage] = KILLED;
	else
		errx(1, "the %s failed", stage_names[stage]);
}

/* Returns whether it was still at work. */
bool kill_writer(struct demo *demo)
{
	int status;

	if (demo->life[WRITER] != RUNNING)
		return false;
	kill(demo->pids[WRITER], SIGKILL);
	waitpid(demo->pids[WRITER], &status, 0);
	note_end(demo, WRITER, status);
	if (demo->life[WRITER] != KILLED)
		return false;
	demo->kills++;
	return true;
}

static void look_at_processes(struct demo *demo)
{
	int i, status;

	for (i = 0; i < STAGES; i++) {
		if (demo->life[i] != RUNNING)
			continue;
		if (waitpid(demo->pids[i], &status, WNOHANG) == demo->pids[i])
			note_end(demo, i, status);
	}
}

static void look_at_ports(struct demo *demo)
{
	int i;

	for (i = 0; i < PORTS; i++) {
		struct msgport_stat *stat = &demo->stat[i];

		if (msgport_stat(demo->ports[i].receive_right, stat))
			err(1, "stat of %s", port_names[i]);
		if (stat->queued > demo->most_queued[i])
			demo->most_queued[i] = stat->queued;
		if (stat->waiting_senders)
			demo->seen_waiting[i == TO_SEALER ? READER : SEALER] = true;
	}
}

void look(struct demo *demo)
{
	look_at_processes(demo);
	look_at_ports(demo);
}

bool all_finished(const struct demo *demo)
{
	return demo->life[READER] == FINISHED && demo->life[SEALER] == FINISHED &&
	       demo->life[WRITER] == FINISHED;
}
