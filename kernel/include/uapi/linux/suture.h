/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * suture.h - the whole contract between suture.ko and user space: one generic
 * netlink family. Attributes are only ever added at the end.
 */
#ifndef _UAPI_LINUX_SUTURE_H
#define _UAPI_LINUX_SUTURE_H

#define SUTURE_GENL_NAME	"suture"
#define SUTURE_GENL_VERSION	1
#define SUTURE_GENL_MCGRP	"events"

/**
 * enum suture_cmd - commands of the family
 * @SUTURE_CMD_UNSPEC:		not used
 * @SUTURE_CMD_GET_INFO:	do: version, counters and policy of suture.ko itself
 * @SUTURE_CMD_GET_DOMAIN:	dump: one message for each guarded driver
 * @SUTURE_CMD_GET_ENTRY:	dump: entries of the driver SUTURE_A_DOMAIN
 * @SUTURE_CMD_GET_RULE:	dump: one message for each rule; with SUTURE_A_DOMAIN,
 *				SUTURE_A_FUNCTION: what holds for that driver, which need not
 *				be there, or its function
 * @SUTURE_CMD_GET_EVENT:	dump: the events still kept, oldest first, from
 *				SUTURE_A_SEQ on if that is given
 * @SUTURE_CMD_EVENT:		multicast only: an event has happened
 * @SUTURE_CMD_SET_RULE:	do, CAP_NET_ADMIN: SUTURE_A_RULE, SUTURE_A_ACTION
 * @SUTURE_CMD_INJECT:		do, CAP_NET_ADMIN: SUTURE_A_DOMAIN,
 *				SUTURE_A_ENTRY, SUTURE_A_INJECT, SUTURE_A_NTH
 * @SUTURE_CMD_RESTART:		do, CAP_NET_ADMIN: SUTURE_A_DOMAIN
 * @SUTURE_CMD_SET_FAULT:	do, CAP_NET_ADMIN: SUTURE_A_DOMAIN (need not be there yet),
 *				SUTURE_A_API, SUTURE_A_VALUE, and SUTURE_A_NTH or
 *				SUTURE_A_RATE; SUTURE_A_AFTER. Without
 *				SUTURE_A_VALUE: the function works again.
 * @SUTURE_CMD_GET_FAULT:	dump: one message for each function that is made to fail
 * @SUTURE_CMD_GET_CRASH:	dump, CAP_NET_ADMIN: the records of crashes, oldest first, each in
 *				several messages with the same SUTURE_A_SEQ: a head, which
 *				has no SUTURE_A_PART, then one for each of its parts
 * @SUTURE_CMD_QUARANTINE:	do, CAP_NET_ADMIN: SUTURE_A_DOMAIN
 * @SUTURE_CMD_GET_TALLY:	dump: one message for each guarded driver, rule that it broke
 *				(SUTURE_A_RULE) and what was done about it (SUTURE_A_ACTION);
 *				SUTURE_A_COUNT: how often since the driver was loaded
 * @SUTURE_CMD_SET_POLICY:	do, CAP_NET_ADMIN: SUTURE_A_PROFILE, SUTURE_A_DIGEST, and
 *				SUTURE_A_SCOPE as often as there are sections, the most
 *				specific first, of like ones the last first. It replaces the
 *				policy that was in force, or leaves it as it was.
 */
enum suture_cmd {
	SUTURE_CMD_UNSPEC,
	SUTURE_CMD_GET_INFO,
	SUTURE_CMD_GET_DOMAIN,
	SUTURE_CMD_GET_ENTRY,
	SUTURE_CMD_GET_RULE,
	SUTURE_CMD_GET_EVENT,
	SUTURE_CMD_EVENT,
	SUTURE_CMD_SET_RULE,
	SUTURE_CMD_INJECT,
	SUTURE_CMD_RESTART,
	SUTURE_CMD_SET_FAULT,
	SUTURE_CMD_GET_FAULT,
	SUTURE_CMD_GET_CRASH,
	SUTURE_CMD_QUARANTINE,
	SUTURE_CMD_GET_TALLY,
	SUTURE_CMD_SET_POLICY,
	__SUTURE_CMD_MAX,
};

#define SUTURE_CMD_MAX (__SUTURE_CMD_MAX - 1)

/**
 * enum suture_attr - attributes of all commands
 * @SUTURE_A_UNSPEC:	not used
 * @SUTURE_A_PAD:	padding of 64-bit attributes
 * @SUTURE_A_VERSION:	string: version of suture.ko
 * @SUTURE_A_DOMAIN:	string: name of the guarded driver's module
 * @SUTURE_A_STATE:	string: live, restarting, detaching (on the way into
 *			quarantine), quarantined
 * @SUTURE_A_NENTRIES:	u32: entry thunks
 * @SUTURE_A_NWRAPPED:	u32: call sites that go to a wrapper
 * @SUTURE_A_NTAILS:	u32: tail-call stubs
 * @SUTURE_A_OBJECTS:	u32: live objects in the ledger
 * @SUTURE_A_BYTES:	u64: bytes of those objects
 * @SUTURE_A_UNTRACKED:	u64: objects the ledger had no room for
 * @SUTURE_A_EVENTS:	u64: events of this driver, or in all
 * @SUTURE_A_LOST:	u64: events overwritten before anyone read them
 * @SUTURE_A_UNWINDS:	u32: visits unwound
 * @SUTURE_A_RESTARTS:	u32: restarts
 * @SUTURE_A_ENTRY:	string: name of an entry (the driver's function)
 * @SUTURE_A_ROLE:	string: what the entry is for, e.g. "napi_poll"
 * @SUTURE_A_RULE:	string: identifier of a rule, e.g. "LCK-SLEEP"
 * @SUTURE_A_CLASS:	string: class of a rule
 * @SUTURE_A_CONTRACT:	string: the contract in a sentence
 * @SUTURE_A_SOURCE:	string: where the contract is written down
 * @SUTURE_A_ACTION:	string: off, observe, repair, unwind, power-cycle, restart
 *			(of a rule: what it may do; of an event: what was done,
 *			then also: quarantine, failed)
 * @SUTURE_A_REPAIR:	string: name of a repair; in a rule once for each
 * @SUTURE_A_GIVES_UP:	string: what that repair gives up; follows its
 *			SUTURE_A_REPAIR
 * @SUTURE_A_SEQ:	u64: number of the event, from 1
 * @SUTURE_A_TIME:	u64: nanoseconds since the epoch
 * @SUTURE_A_CONTEXT:	string: task, softirq, hardirq
 * @SUTURE_A_SITE:	string: the driver's call site, symbol+offset/size
 * @SUTURE_A_TEXT:	string: what happened, in words
 * @SUTURE_A_CPU:	u32: processor
 * @SUTURE_A_PID:	u32: task
 * @SUTURE_A_COMM:	string: command of the task
 * @SUTURE_A_HITS:	u64: how often a rule was broken
 * @SUTURE_A_INJECT:	string: crash, crash-locked, hang, none
 * @SUTURE_A_NTH:	u64: strike at the nth call from now (1: the next)
 * @SUTURE_A_FAILURES:	u64: how often an entry was unwound
 * @SUTURE_A_DURATION:	u64: nanoseconds that a restart took
 * @SUTURE_A_API:	string: kernel function that a driver calls
 * @SUTURE_A_VALUE:	u64: what it returns when it is made to fail
 * @SUTURE_A_RATE:	u64: of 10000 calls so many fail
 * @SUTURE_A_AFTER:	u64: milliseconds from now on during which none fails
 * @SUTURE_A_CALLS:	u64: calls that were looked at
 * @SUTURE_A_STRUCK:	u64: calls that failed
 * @SUTURE_A_EXAMPLE:	string: lines of C that break a rule
 * @SUTURE_A_LOOK:	string: what else to know of a rule
 * @SUTURE_A_GROUP:	string: name of the driver's group; modules of one group are
 *			one driver, and share SUTURE_A_STATE, SUTURE_A_RESTARTS
 *			and SUTURE_A_DURATION
 * @SUTURE_A_OUTCOME:	string: of a crash: what came of it; not there as long as something
 *			is still being done
 * @SUTURE_A_DEVICE:	string: name of the device concerned; of a crash only if the driver is
 *			on no other
 * @SUTURE_A_KERNEL:	string: release and version of the kernel
 * @SUTURE_A_MODVERSION: string: version that the driver's module gives itself
 * @SUTURE_A_SRCVERSION: string: checksum of its sources
 * @SUTURE_A_BUILD_ID:	string: build id of the module, in hex
 * @SUTURE_A_CODE:	string: bytes around the instruction, in hex; that of the instruction
 *			pointer in <>
 * @SUTURE_A_ADDRESS:	u64: of a crash: the address that could not be accessed; of a
 *			register: its value; of a frame, lock or call: where it is
 * @SUTURE_A_PART:	string: what a message is of its crash's record: step (a rung that was
 *			taken), frame (the stack, innermost first), held (what the visit
 *			held), call (a call of the driver, the last one first), object (what
 *			the driver held, by kind), register
 * @SUTURE_A_NAME:	string: name of a rung, lock, count, function, kind, register
 * @SUTURE_A_WHERE:	string: whose a frame is: driver, entry (a thunk of the driver),
 *			suture, kernel, nowhere (no code)
 * @SUTURE_A_INNER:	u32: 1 for a frame of the visit, 0 for one of who called the driver
 * @SUTURE_A_UNSURE:	u32: 1 for a frame that was found lying on the stack
 * @SUTURE_A_COUNT:	u64: how many objects; how deep
 * @SUTURE_A_BEGAN:	u64: of a step: nanoseconds after the crash; of a call: before it
 * @SUTURE_A_PROFILE:	string: observe, desktop, server, developer
 * @SUTURE_A_DIGEST:	u64: of the files that the policy was made from; 0: none is in force
 * @SUTURE_A_MAY_INJECT: u32: 1 if the profile lets testers ask for faults
 * @SUTURE_A_SCOPE:	nested: a section of the policy: SUTURE_A_DOMAIN (a pattern),
 *			SUTURE_A_FUNCTION, SUTURE_A_RULE, SUTURE_A_CLASS say what it is about;
 *			SUTURE_A_ACTION, SUTURE_A_CEILING, SUTURE_A_REPAIR (names, separated by
 *			spaces) and the six numbers below what holds there
 * @SUTURE_A_FUNCTION:	string: a function of the driver
 * @SUTURE_A_CEILING:	string: as SUTURE_A_ACTION, and quarantine: how far failures may lead
 * @SUTURE_A_ESCALATE_UNWINDS: u64: so many abandoned calls lead up the ladder; 0: none do
 * @SUTURE_A_ESCALATE_REPAIRS: u64: the same for repaired ones
 * @SUTURE_A_ESCALATE_MS: u64: within so many milliseconds
 * @SUTURE_A_BUDGET_TASK_MS: u64: CPU time of a visit in task context
 * @SUTURE_A_BUDGET_SOFTIRQ_MS: u64: the same in softirq context
 * @SUTURE_A_BUDGET_IRQOFF_MS: u64: with interrupts off; for the machine as a whole only
 */
enum suture_attr {
	SUTURE_A_UNSPEC,
	SUTURE_A_PAD,
	SUTURE_A_VERSION,
	SUTURE_A_DOMAIN,
	SUTURE_A_STATE,
	SUTURE_A_NENTRIES,
	SUTURE_A_NWRAPPED,
	SUTURE_A_NTAILS,
	SUTURE_A_OBJECTS,
	SUTURE_A_BYTES,
	SUTURE_A_UNTRACKED,
	SUTURE_A_EVENTS,
	SUTURE_A_LOST,
	SUTURE_A_UNWINDS,
	SUTURE_A_RESTARTS,
	SUTURE_A_ENTRY,
	SUTURE_A_ROLE,
	SUTURE_A_RULE,
	SUTURE_A_CLASS,
	SUTURE_A_CONTRACT,
	SUTURE_A_SOURCE,
	SUTURE_A_ACTION,
	SUTURE_A_REPAIR,
	SUTURE_A_GIVES_UP,
	SUTURE_A_SEQ,
	SUTURE_A_TIME,
	SUTURE_A_CONTEXT,
	SUTURE_A_SITE,
	SUTURE_A_TEXT,
	SUTURE_A_CPU,
	SUTURE_A_PID,
	SUTURE_A_COMM,
	SUTURE_A_HITS,
	SUTURE_A_INJECT,
	SUTURE_A_NTH,
	SUTURE_A_FAILURES,
	SUTURE_A_DURATION,
	SUTURE_A_API,
	SUTURE_A_VALUE,
	SUTURE_A_RATE,
	SUTURE_A_AFTER,
	SUTURE_A_CALLS,
	SUTURE_A_STRUCK,
	SUTURE_A_EXAMPLE,
	SUTURE_A_LOOK,
	SUTURE_A_GROUP,
	SUTURE_A_OUTCOME,
	SUTURE_A_DEVICE,
	SUTURE_A_KERNEL,
	SUTURE_A_MODVERSION,
	SUTURE_A_SRCVERSION,
	SUTURE_A_BUILD_ID,
	SUTURE_A_CODE,
	SUTURE_A_ADDRESS,
	SUTURE_A_PART,
	SUTURE_A_NAME,
	SUTURE_A_WHERE,
	SUTURE_A_INNER,
	SUTURE_A_UNSURE,
	SUTURE_A_COUNT,
	SUTURE_A_BEGAN,
	SUTURE_A_PROFILE,
	SUTURE_A_DIGEST,
	SUTURE_A_MAY_INJECT,
	SUTURE_A_SCOPE,
	SUTURE_A_FUNCTION,
	SUTURE_A_CEILING,
	SUTURE_A_ESCALATE_UNWINDS,
	SUTURE_A_ESCALATE_REPAIRS,
	SUTURE_A_ESCALATE_MS,
	SUTURE_A_BUDGET_TASK_MS,
	SUTURE_A_BUDGET_SOFTIRQ_MS,
	SUTURE_A_BUDGET_IRQOFF_MS,
	__SUTURE_A_MAX,
};

#define SUTURE_A_MAX (__SUTURE_A_MAX - 1)

#endif /* _UAPI_LINUX_SUTURE_H */
