// SPDX-License-Identifier: GPL-2.0
/*
 * launch: runs one program in the guest, as an ordinary user if wanted, under
 * a time limit, and leaves no process of it behind.
 *
 *	launch [-u UID] [-t SECONDS] [-r ROOT] [-d DIRECTORY] PROGRAM [ARG...]
 *
 * Its exit status is the program's; 128 + N if signal N ended it; 124 if the
 * time was over, 125 if processes of it had to be killed after it ended well,
 * 126 if it cannot be started.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TIME_OVER = 124, STRAYS = 125, NOT_STARTED = 126 };

struct options {
	uid_t uid;
	unsigned int seconds;		/* 0: no limit */
	const char *root, *directory;	/* NULL: as they are */
	char **argv;
};

static void die(const char *what)
{
	fprintf(stderr, "launch: %s: %s\n", what, strerror(errno));
	exit(NOT_STARTED);
}

static void parse(int argc, char **argv, struct options *options)
{
	int option;

	while ((option = getopt(argc, argv, "+u:t:r:d:")) != -1) {
		if (option == 'u')
			options->uid = strtoul(optarg, NULL, 10);
		else if (option == 't')
			options->seconds = strtoul(optarg, NULL, 10);
		else if (option == 'r')
			options->root = optarg;
		else if (option == 'd')
			options->directory = optarg;
		else
			exit(NOT_STARTED);
	}
	options->argv = argv + optind;
	if (!options->argv[0]) {
		fprintf(stderr, "launch: no program\n");
		exit(NOT_STARTED);
	}
}

static void become(uid_t uid)
{
	gid_t gid = uid;

	if (setgroups(1, &gid) || setgid(gid) || setuid(uid))
		die("change of user");
}

static void child(const struct options *options, const sigset_t *signals)
{
	if (options->root && chroot(options->root))
		die(options->root);
	if ((options->root || options->directory) &&
	    chdir(options->directory ? options->directory : "/"))
		die(options->directory ? options->directory : "/");
	if (options->uid)
		become(options->uid);
	/* Its own session, so that its signals are its own; a terminal is kept. */
	if (!isatty(STDIN_FILENO))
		setsid();
	sigprocmask(SIG_SETMASK, signals, NULL);
	execvp(options->argv[0], options->argv);
	die(options->argv[0]);
}

/* The parent of a process; 0 if it has gone. */
static pid_t parent_of(pid_t pid)
{
	char path[64], line[512], *end;
	pid_t parent = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	if (!file)
		return 0;
	/* The name in brackets may hold anything, so look from its end. */
	if (fgets(line, sizeof(line), file)) {
		end = strrchr(line, ')');
		if (end)
			sscanf(end + 1, " %*c %d", &parent);
	}
	fclose(file);
	return parent;
}

static int descends_from_us(pid_t pid)
{
	while (pid > 1) {
		pid = parent_of(pid);
		if (pid == getpid())
			return 1;
	}
	return 0;
}

typedef void (*process_function)(pid_t pid);

/* Visits each process that comes from ours; returns how many there were. */
static int visit_descendants(process_function visit)
{
	struct dirent *entry;
	int count = 0;
	pid_t pid;
	DIR *proc;

	proc = opendir("/proc");
	if (!proc)
		die("/proc");
	while ((entry = readdir(proc))) {
		pid = strtol(entry->d_name, NULL, 10);
		if (pid > 1 && descends_from_us(pid)) {
			visit(pid);
			count++;
		}
	}
	closedir(proc);
	return count;
}

static void end_process(pid_t pid)
{
	kill(pid, SIGKILL);
}

static void copy_proc_file(pid_t pid, const char *name)
{
	char path[64], text[2048];
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	while ((length = read(fd, text, sizeof(text) - 1)) > 0) {
		text[length] = '\0';
		fputs(text, stderr);
	}
	close(fd);
}

/* Where each process hangs is the first thing that one wants to know. */
static void show_process(pid_t pid)
{
	fprintf(stderr, "# process %d ", pid);
	copy_proc_file(pid, "comm");
	copy_proc_file(pid, "stack");
}

/* Kills what is left, again as it may still fork; returns if there was any. */
static int end_descendants(void)
{
	static const struct timespec pause = { .tv_nsec = 10000000 };
	int any = 0;

	while (visit_descendants(end_process)) {
		any = 1;
		nanosleep(&pause, NULL);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
	return any;
}

static int time_is_over(const struct timespec *end)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > end->tv_sec ||
	       (now.tv_sec == end->tv_sec && now.tv_nsec >= end->tv_nsec);
}

/* Waits for the program itself; strays that end meanwhile are only reaped. */
static int wait_for(pid_t program, const struct options *options,
		    const sigset_t *signals)
{
	static const struct timespec tick = { .tv_sec = 1 };
	struct timespec end;
	int status;
	pid_t pid;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += options->seconds;
	for (;;) {
		while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
			if (pid != program)
				continue;
			return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
						     WEXITSTATUS(status);
		}
		if (options->seconds && time_is_over(&end)) {
			fprintf(stderr, "# time limit of %u seconds is over\n",
				options->seconds);
			visit_descendants(show_process);
			return TIME_OVER;
		}
		sigtimedwait(signals, NULL, &tick);
	}
}

int main(int argc, char **argv)
{
	struct options options = { 0 };
	sigset_t signals, before;
	pid_t program;
	int status;

	parse(argc, argv, &options);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &signals, &before);
	program = fork();
	if (program < 0)
		die("fork");
	if (!program)
		child(&options, &before);
	status = wait_for(program, &options, &signals);
	if (end_descendants() && !status) {
		fprintf(stderr, "# processes were left behind, and killed\n");
		status = STRAYS;
	}
	return status;
}
