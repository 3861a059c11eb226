// SPDX-License-Identifier: GPL-2.0
/* Runs the demonstration and says, by its exit status too, how it came out. */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "demo.h"

#define COPY		"/tmp/msgport-demo-copy"
#define SUM_LENGTH	64		/* hexadecimal digits of a SHA-256 */

const struct view *view = &lines_view;

static _Noreturn void usage(void)
{
	fprintf(stderr,
		"usage: demo [-f] [-s ROWSxCOLUMNS [-a]] FILE\n"
		"  -f  in a hurry\n"
		"  -s  draws on a terminal of that size, at least 24x80; else plain lines\n"
		"  -a  with ASCII characters only\n");
	exit(2);
}

static void take_options(struct demo *demo, int argc, char **argv)
{
	unsigned int rows = 0, columns = 0;
	bool ascii = false;
	int option;

	while ((option = getopt(argc, argv, "fs:a")) != -1) {
		if (option == 'f')
			demo->hurry = 6;
		else if (option == 's' && sscanf(optarg, "%ux%u", &rows, &columns) == 2)
			;
		else if (option == 'a')
			ascii = true;
		else
			usage();
	}
	if (optind != argc - 1)
		usage();
	demo->source = argv[optind];
	if (rows >= 24 && columns >= 80) {
		screen_set(rows, columns, ascii);
		view = &screen_view;
	}
}

static void measure(struct demo *demo)
{
	struct stat stat_buffer;
	size_t block;

	if (stat(demo->source, &stat_buffer))
		err(1, "%s", demo->source);
	if (!S_ISREG(stat_buffer.st_mode))
		errx(1, "%s is no regular file", demo->source);
	demo->size = stat_buffer.st_size;
	block = demo->size / BLOCKS_WANTED + 1;
	demo->block = block < BLOCK_MAX ? block : BLOCK_MAX;
	demo->blocks = (demo->size + demo->block - 1) / demo->block;
}

static void make_panel(struct demo *demo)
{
	demo->panel = mmap(NULL, sizeof(*demo->panel), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (demo->panel == MAP_FAILED)
		err(1, "mmap");
}

/* The sum as the program sha256sum tells it. */
static void sha256(const char *path, char sum[SUM_LENGTH + 1])
{
	int out[2], status;
	FILE *output;
	pid_t pid;

	if (pipe(out))
		err(1, "pipe");
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (pid == 0) {
		dup2(out[1], STDOUT_FILENO);
		close(out[0]);
		close(STDIN_FILENO);
		if (open(path, O_RDONLY) != STDIN_FILENO)
			err(127, "%s", path);
		execlp("sha256sum", "sha256sum", NULL);
		err(127, "sha256sum");
	}
	close(out[1]);
	output = fdopen(out[0], "r");
	if (!output || fscanf(output, "%64s", sum) != 1)
		sum[0] = '\0';
	if (output)
		fclose(output);
	waitpid(pid, &status, 0);
	if (status || strlen(sum) != SUM_LENGTH)
		errx(1, "no SHA-256 of %s", path);
}

/* Every message was received, none twice, and none is left. */
static bool balanced(const struct demo *demo, const struct msgport_stat *stat)
{
	return stat->sent == demo->blocks + 1UL && stat->received == stat->sent &&
	       stat->returned == 0 && stat->discarded == 0 && stat->queued == 0;
}

static bool show_counters(const struct demo *demo)
{
	bool good = true;
	int i;

	printf("%-14s %9s %9s %9s %9s %9s %9s\n", "port", "sent", "received",
	       "returned", "discarded", "queued", "at most");
	for (i = 0; i < PORTS; i++) {
		const struct msgport_stat *stat = &demo->stat[i];

		printf("%-14s %9llu %9llu %9llu %9llu %9llu %9lu\n", port_names[i],
		       (unsigned long long)stat->sent,
		       (unsigned long long)stat->received,
		       (unsigned long long)stat->returned,
		       (unsigned long long)stat->discarded,
		       (unsigned long long)stat->queued, demo->most_queued[i]);
		good = good && balanced(demo, stat);
	}
	printf("(a message for each of %u blocks, and an empty one after the last)\n\n",
	       demo->blocks);
	return good;
}

static bool show_sums(const struct demo *demo)
{
	char source[SUM_LENGTH + 1], copy[SUM_LENGTH + 1];

	sha256(demo->source, source);
	sha256(demo->copy, copy);
	printf("SHA-256 file  %s\nSHA-256 copy  %s\n\n", source, copy);
	return strcmp(source, copy) == 0;
}

static void show_kills(const struct demo *demo)
{
	unsigned int repeated = atomic_load(&demo->panel->repeated);

	printf("The slow writer made the sealer wait: %s. And the reader: %s.\n",
	       demo->seen_waiting[SEALER] ? "yes" : "no",
	       demo->seen_waiting[READER] ? "yes" : "no");
	printf("Kills of the writer: %u. Blocks that came again, and were recognised: %u.\n",
	       demo->kills, repeated);
}

static bool show_result(const struct demo *demo)
{
	bool counters, sums;

	printf("\nWhat came of %jd bytes after %.0f seconds\n\n", (intmax_t)demo->size,
	       demo->seconds);
	counters = show_counters(demo);
	sums = show_sums(demo);
	show_kills(demo);
	if (!counters)
		printf("FAILED: the counters do not balance.\n");
	if (!sums)
		printf("FAILED: the copy is not the file.\n");
	if (counters && sums)
		printf("The copy is the file, and every message is accounted for.\n");
	return counters && sums;
}

static struct demo demo = { .copy = COPY, .hurry = 1 };

int main(int argc, char **argv)
{
	bool good;
	int i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	take_options(&demo, argc, argv);
	measure(&demo);
	make_panel(&demo);
	make_ports(&demo);
	unlink(demo.copy);
	view->start(&demo);
	fflush(stdout);
	for (i = 0; i < STAGES; i++)
		start_stage(&demo, i);
	drop_send_rights(&demo);
	direct(&demo);
	view->end();
	good = show_result(&demo);
	unlink(demo.copy);
	return !good;
}
