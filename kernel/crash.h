/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * crash.h - records of crashes: what happened, what the driver held, which rungs were
 * taken, how long each took.
 *
 * A record begins in the context of the fault, in a slot that is there already: addresses
 * and numbers only. Names come a moment later from a work item (coredump.c). The last
 * SUTURE_CRASHES_KEPT records stay as long as suture.ko does, also when the driver has gone.
 */
#ifndef SUTURE_CRASH_H
#define SUTURE_CRASH_H

#include <linux/module.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/types.h>

#include "calls.h"
#include "ledger.h"

#define SUTURE_CRASHES_KEPT	64

#define SUTURE_CRASH_FRAMES	32
#define SUTURE_CRASH_LOCKS	8
#define SUTURE_CRASH_STEPS	8
#define SUTURE_CRASH_KINDS	32
/* Bytes of code: as many as the kernel shows of an oops, and where the instruction is. */
#define SUTURE_CRASH_CODE	64
#define SUTURE_CRASH_CODE_IP	42

struct device;
struct suture_domain;
struct suture_group;
struct suture_rule;
struct suture_visit;

/* suture_crash.state */
#define SUTURE_CRASH_FILLING	0x01	/* only who fills it may look */
#define SUTURE_CRASH_OPEN	0x02	/* its visit has not come back yet */
#define SUTURE_CRASH_PENDING	0x04	/* a rung above the unwind is due, or under way */
#define SUTURE_CRASH_NAMED	0x08	/* the work item has seen it */
#define SUTURE_CRASH_OFFERED	0x10	/* given to devcoredump, or there is no device */
#define SUTURE_CRASH_REGS	0x20	/* @regs is filled */
#define SUTURE_CRASH_CODED	0x40	/* @code is filled */
#define SUTURE_CRASH_FAULT	0x80	/* @address is filled */

/**
 * struct suture_crash_stack - return addresses, the innermost first
 * @n:		number of them
 * @visit:	so many of them are of the visit, the rest is whoever called the driver
 * @unsure:	bit mask of those that were only found lying on the stack
 * @addr:	the addresses; the first one is the instruction itself if there were registers
 */
struct suture_crash_stack {
	u8 n;
	u8 visit;
	u32 unsure;
	unsigned long addr[SUTURE_CRASH_FRAMES];
};

/**
 * struct suture_crash_lock - a lock that the visit held
 * @lock:	its address
 * @site:	where the driver took it; 0 if that is not known
 * @name:	what it is
 */
struct suture_crash_lock {
	unsigned long lock;
	unsigned long site;
	const char *name;
};

/**
 * struct suture_crash_step - a rung that was taken
 * @name:	unwind, restart, ...
 * @device:	of the rung, empty if it has none
 * @key:	the same device, to compare with
 * @began:	nanoseconds after the crash
 * @took:	nanoseconds
 * @text:	what came of it; empty while it is under way
 */
struct suture_crash_step {
	const char *name;
	char device[32];
	const void *key;
	u64 began;
	u64 took;
	char text[80];
};

/**
 * struct suture_crash_names - what takes time to find out, or is gone later
 * @next:	of names whose record was overwritten
 * @dev:	the device, with a reference, until it has been given its devcoredump
 * @version:	of the module, as it says itself, like @srcversion; may be empty
 * @srcversion:	the same
 * @build_id:	of the module, in hex; may be empty
 * @kinds:	what the driver held when the record was completed, by kind
 * @nkinds:	number of @kinds
 * @site:	name of the site
 * @frame:	names of the frames
 * @where:	whose the frames are
 * @lock:	names of the sites of the locks
 * @call:	names of the call sites
 * @api:	names of the functions called
 */
struct suture_crash_names {
	struct suture_crash_names *next;
	struct device *dev;
	char version[40];
	char srcversion[40];
	char build_id[41];
	struct suture_holding kinds[SUTURE_CRASH_KINDS];
	u8 nkinds;
	char site[96];
	char frame[SUTURE_CRASH_FRAMES][96];
	const char *where[SUTURE_CRASH_FRAMES];
	char lock[SUTURE_CRASH_LOCKS][96];
	char call[SUTURE_CALLS_KEPT][96];
	char api[SUTURE_CALLS_KEPT][64];
};

/**
 * struct suture_crash - one record
 * @id:		number, from 1
 * @time:	nanoseconds since the epoch
 * @began:	the same moment, of the clock that is never set
 * @state:	SUTURE_CRASH_*
 * @visit:	the visit while it is %SUTURE_CRASH_OPEN
 * @group:	the driver, to compare with while the record is not closed
 * @device:	name of the device; empty if it is not known
 * @driver:	name of the module
 * @rule:	identifier of the rule
 * @entry:	entry of the visit; empty if there was none
 * @role:	what the entry is for; may be empty
 * @text:	what happened
 * @outcome:	what came of it in the end; empty while it is open
 * @site:	address in the driver
 * @address:	that could not be accessed
 * @context:	task, softirq, hardirq
 * @comm:	command of the task
 * @pid:	the task
 * @cpu:	processor
 * @preempt:	how often the visit had disabled preemption more than enabled it
 * @bh:		the same for softirqs
 * @rcu:	the same for RCU read-side sections
 * @faults:	how often it had disabled page faults
 * @irqs_off:	it had disabled interrupts
 * @fpu:	it used the FPU
 * @nlocks:	number of @lock
 * @nsteps:	number of @step
 * @ncalls:	number of @call
 * @lock:	what it held
 * @step:	rungs
 * @call:	last calls, newest first
 * @regs:	registers
 * @code:	bytes around the instruction
 * @code_from:	the first of them that could be read
 * @stack:	stack
 * @names:	names; NULL until the work item has run
 */
struct suture_crash {
	u64 id;
	u64 time;
	u64 began;
	u32 state;
	const struct suture_visit *visit;
	const struct suture_group *group;
	char device[48];
	char driver[MODULE_NAME_LEN];
	char rule[24];
	char entry[64];
	char role[24];
	char text[112];
	char outcome[80];
	unsigned long site;
	unsigned long address;
	const char *context;
	char comm[TASK_COMM_LEN];
	u32 pid;
	u32 cpu;
	s16 preempt;
	s16 bh;
	s16 rcu;
	s16 faults;
	bool irqs_off;
	bool fpu;
	u8 nlocks;
	u8 nsteps;
	u8 ncalls;
	struct suture_crash_lock lock[SUTURE_CRASH_LOCKS];
	struct suture_crash_step step[SUTURE_CRASH_STEPS];
	struct suture_call call[SUTURE_CALLS_KEPT];
	struct pt_regs regs;
	u8 code[SUTURE_CRASH_CODE];
	u8 code_from;
	struct suture_crash_stack stack;
	struct suture_crash_names *names;
};

/**
 * struct suture_crash_part - one line of a record below its head
 * @part:	register, frame, held, object, call, step
 * @title:	heading of the section
 * @name:	of a register, lock, kind, function, rung; may be NULL
 * @site:	address in words; may be NULL
 * @text:	in words; may be NULL
 * @where:	whose a frame is: driver, entry, kernel, suture; may be NULL
 * @device:	of a step; may be NULL
 * @address:	value of a register, address of a frame or lock
 * @count:	how many, or how deep
 * @bytes:	of memory
 * @began:	of a step: nanoseconds after the crash; of a call: before it
 * @took:	nanoseconds
 * @unsure:	a frame that may be an old one
 * @inner:	a frame of the visit, not of who called the driver
 * @has_address: @address counts
 * @has_count:	@count counts
 * @timed:	@began and @took count
 */
struct suture_crash_part {
	const char *part;
	const char *title;
	const char *name;
	const char *site;
	const char *text;
	const char *where;
	const char *device;
	u64 address;
	u64 count;
	u64 bytes;
	u64 began;
	u64 took;
	bool unsure;
	bool inner;
	bool has_address;
	bool has_count;
	bool timed;
};

/* crash.c: while it happens. */
void suture_crash_visit(const struct suture_visit *visit, const struct suture_rule *rule,
			unsigned long site, struct pt_regs *regs, const char *text);
void suture_crash_address(const struct suture_visit *visit, unsigned long address);
void suture_crash_held(const struct suture_visit *visit);
void suture_crash_unwound(const struct suture_visit *visit);
void suture_crash_leave(const struct suture_visit *visit);
void suture_crash_pending(const struct suture_group *group);
void suture_crash_rung(const struct suture_group *group, const char *driver, const char *rung,
		       const struct device *dev);
__printf(3, 4)
void suture_crash_rung_end(const struct suture_group *group, const struct device *dev,
			   const char *fmt, ...);
void suture_crash_step(const struct suture_group *group, const char *driver, const char *rung,
		       const char *text);
void suture_crash_close(const struct suture_group *group, const char *outcome);

/* For coredump.c and netlink.c. */
u64 suture_crash_total(void);
bool suture_crash_copy(u64 *id, struct suture_crash *crash);
bool suture_crash_name(u64 id, struct suture_crash_names *names, const char *device);
void suture_crash_mark(u64 id, u32 state);
struct suture_crash_names *suture_crash_garbage(void);
int suture_crash_start(void);
void suture_crash_stop(void (*forget)(struct suture_crash_names *names));

/* coredump.c: afterwards. */
void suture_coredump_soon(void);
void suture_coredump_now(void);
void suture_coredump_forget(struct suture_domain *domain);
const struct suture_crash *suture_coredump_lock(u64 *id);
void suture_coredump_unlock(void);
void suture_coredump_stop(void);

/* parts.c */
bool suture_crash_part(const struct suture_crash *crash, unsigned int i,
		       struct suture_crash_part *part);
void suture_crash_opcodes(const struct suture_crash *crash, char *buf, size_t size);
size_t suture_crash_text(const struct suture_crash *crash, char *buf, size_t size);

/* arch/x86/backtrace.c */
void suture_backtrace(struct suture_crash_stack *stack, const struct suture_visit *visit,
		      struct pt_regs *regs, unsigned long site, unsigned long from);
bool suture_is_return(unsigned long addr);

#endif /* SUTURE_CRASH_H */
