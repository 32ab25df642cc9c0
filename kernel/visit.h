/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * visit.h - one stay of a CPU in guarded code.
 *
 * The record lies in the stack frame of the entry thunk. Offsets are written
 * out for the assembly; visit.c checks each against the C structure.
 */
#ifndef SUTURE_VISIT_H
#define SUTURE_VISIT_H

#define SUTURE_VISIT_PREV	0
#define SUTURE_VISIT_ENTRY	8
#define SUTURE_VISIT_RBX	16
#define SUTURE_VISIT_RBP	24
#define SUTURE_VISIT_R12	32
#define SUTURE_VISIT_R13	40
#define SUTURE_VISIT_R14	48
#define SUTURE_VISIT_R15	56
#define SUTURE_VISIT_ARG0	64
#define SUTURE_VISIT_ARG1	72
#define SUTURE_VISIT_PREEMPT	80
#define SUTURE_VISIT_RCU	84
#define SUTURE_VISIT_STATE	88
#define SUTURE_VISIT_TICKS	92
#define SUTURE_VISIT_FLAGS	96
#define SUTURE_VISIT_SIZE	160

/* Offset of the chain's head from the base of a task's stack. */
#define SUTURE_STACK_HEAD	8

/* Bits of suture_visit.state; any bit sends the return through C. */
#define SUTURE_STATE_UNWOUND	0x0001	/* abandoned: on its way out */
#define SUTURE_STATE_EXPIRED	0x0002	/* over its time budget */
#define SUTURE_STATE_ASKED	0x0004	/* its role looks at what it returns */
#define SUTURE_STATE_WAITS	0x0008	/* has put itself on a wait queue */
#define SUTURE_STATE_STRUCK	0x0010	/* to crash as soon as it holds a lock */
#define SUTURE_STATE_FPU	0x0020	/* uses the FPU */
#define SUTURE_STATE_SILENT	0x0040	/* was seen with interrupts off for too long */

/* Bits of suture_visit.marks: for the role's duties, nothing to do at return. */
#define SUTURE_MARK_MAPPED	0x0001	/* gave memory to its device */
#define SUTURE_MARK_POLLED	0x0002	/* has completed its NAPI poll */
#define SUTURE_MARK_GIVEN	0x0004	/* has freed the packet it was to send, or handed it on */
#define SUTURE_MARK_STARVED	0x0008	/* an allocation of its has failed */
#define SUTURE_MARK_SERIAL	0xff00	/* tells it from the one before: bounds.c */

#ifndef __ASSEMBLY__
#include <linux/hardirq.h>
#include <linux/sched.h>
#include <linux/types.h>

#include <suture/image.h>

struct pt_regs;
struct suture_domain;
struct suture_rule;

#define SUTURE_VISIT_TAKEN	4

/**
 * struct suture_visit - one stay of a CPU in guarded code
 * @prev:	next older visit of the same task, or of what it interrupted
 * @entry:	entry that was called; NULL for an entry in NMI context
 * @rbx:	callee-saved registers of the kernel's caller, for the unwind
 * @rbp:	as above
 * @r12:	as above
 * @r13:	as above
 * @r14:	as above
 * @r15:	as above
 * @arg:	first two arguments, for the duties of the role
 * @preempt:	preempt_count() at entry, with the architecture's top bit
 * @rcu:	depth of RCU read-side sections at entry
 * @state:	SUTURE_STATE_*
 * @ntaken:	number of locks that sleep which this visit has taken and still holds
 * @ticks:	watchdog ticks that hit this visit
 * @marks:	SUTURE_MARK_*
 * @flags:	low half of EFLAGS at entry
 * @delayed: microseconds spent in long busy delays
 * @taken:	those: see taken.h
 * @site:	where it was abandoned, or gave its packet away (address in the driver)
 * @rule:	rule that abandoned it
 * @switches: voluntary context switches of the task when @ticks was last raised
 */
struct suture_visit {
	struct suture_visit *prev;
	struct suture_entry *entry;
	unsigned long rbx, rbp, r12, r13, r14, r15;
	unsigned long arg[2];
	u32 preempt;
	u32 rcu;
	u16 state;
	u16 ntaken;
	u16 ticks;
	u16 marks;
	u32 flags;
	u32 delayed;
	unsigned long taken[SUTURE_VISIT_TAKEN];
	unsigned long site;
	const struct suture_rule *rule;
	unsigned long switches;
};

/* What a preempt count says about the kind of context. */
#define SUTURE_LEVEL_MASK	(NMI_MASK | HARDIRQ_MASK | SOFTIRQ_OFFSET)

static inline struct suture_visit **suture_visit_head(void)
{
	return (struct suture_visit **)((char *)current->stack + SUTURE_STACK_HEAD);
}

/**
 * suture_visit_current() - the visit that the caller runs in
 *
 * Context: any.
 * Return: the innermost visit of this task, softirq or hardirq; NULL if guarded
 * code runs here without having come through a thunk.
 */
static inline struct suture_visit *suture_visit_current(void)
{
	struct suture_visit *v = *suture_visit_head();

	if (v && !((v->preempt ^ preempt_count()) & SUTURE_LEVEL_MASK))
		return v;
	return NULL;
}

/* Entry code, arch/x86/entry.S. Not C functions: private calling conventions. */
void suture_enter(void);
void suture_leave(void);
void suture_tail_return(void);
void suture_unwind_landing(void);
/* Never returns; not declared so, as objtool cannot know it. */
void suture_unwind_jump(struct suture_visit *visit);

/* C side of the entry code, visit.c. */
void suture_enter_slow(unsigned long *frame);
unsigned long suture_leave_slow(struct suture_visit *visit, unsigned long ret);
unsigned long suture_unwind_finish(struct suture_visit *visit);

const char *suture_context_name(u32 preempt);

#endif /* __ASSEMBLY__ */
#endif /* SUTURE_VISIT_H */
