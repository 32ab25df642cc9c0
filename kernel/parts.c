// SPDX-License-Identifier: GPL-2.0-only
/*
 * parts.c - a record of a crash taken apart into lines, and as text for devcoredump.
 *
 * Text and netlink are made from the same lines, so that they cannot tell different stories.
 */
#include <linux/kernel.h>
#include <linux/time64.h>
#include <linux/utsname.h>

#include "crash.h"

#define REGISTER(name, field)	{ name, offsetof(struct pt_regs, field) }

static const struct {
	const char *name;
	size_t offset;
} registers[] = {
	REGISTER("rip", ip), REGISTER("rsp", sp), REGISTER("eflags", flags),
	REGISTER("rax", ax), REGISTER("rbx", bx), REGISTER("rcx", cx), REGISTER("rdx", dx),
	REGISTER("rsi", si), REGISTER("rdi", di), REGISTER("rbp", bp),
	REGISTER("r8", r8), REGISTER("r9", r9), REGISTER("r10", r10), REGISTER("r11", r11),
	REGISTER("r12", r12), REGISTER("r13", r13), REGISTER("r14", r14), REGISTER("r15", r15),
};

static void register_part(const struct suture_crash *crash, unsigned int i,
			  struct suture_crash_part *part)
{
	part->name = registers[i].name;
	part->address = *(unsigned long *)((char *)&crash->regs + registers[i].offset);
	part->has_address = true;
}

static void frame_part(const struct suture_crash *crash, unsigned int i,
		       struct suture_crash_part *part)
{
	const struct suture_crash_stack *stack = &crash->stack;

	if (crash->names) {
		part->site = crash->names->frame[i];
		/* Behind the visit the driver's own frames are those of an outer visit. */
		part->where = crash->names->where[i];
	}
	part->unsure = stack->unsure & BIT(i);
	part->inner = i < stack->visit;
	part->address = stack->addr[i];
	part->has_address = true;
}

static void lock_part(const struct suture_crash *crash, unsigned int i,
		      struct suture_crash_part *part)
{
	part->name = crash->lock[i].name;
	part->address = crash->lock[i].lock;
	/* There is but one rtnl lock, and its address is not known. */
	part->has_address = part->address;
	if (crash->names && crash->names->lock[i][0])
		part->site = crash->names->lock[i];
}

/* What is not a lock, and only there if the visit had it. */
static unsigned int counts(const struct suture_crash *crash, unsigned int want,
			   struct suture_crash_part *part)
{
	const struct {
		const char *name;
		s16 n;
	} all[] = {
		{ "interrupts off", crash->irqs_off },
		{ "softirqs off", crash->bh },
		{ "preemption off", crash->preempt },
		{ "RCU read-side sections", crash->rcu },
		{ "page faults off", crash->faults },
		{ "FPU in use", crash->fpu },
	};
	unsigned int i, n = 0;

	for (i = 0; i < ARRAY_SIZE(all); i++) {
		if (all[i].n <= 0)
			continue;
		if (part && n == want) {
			part->name = all[i].name;
			part->count = all[i].n;
			part->has_count = true;
		}
		n++;
	}
	return n;
}

static void count_part(const struct suture_crash *crash, unsigned int i,
		       struct suture_crash_part *part)
{
	counts(crash, i, part);
}

static void object_part(const struct suture_crash *crash, unsigned int i,
			struct suture_crash_part *part)
{
	const struct suture_holding *holding = &crash->names->kinds[i];

	part->name = holding->name;
	part->count = holding->count;
	part->bytes = holding->bytes;
	part->has_count = true;
}

static void call_part(const struct suture_crash *crash, unsigned int i,
		      struct suture_crash_part *part)
{
	static const char wrapper[] = "suture_w_";

	part->began = crash->began - crash->call[i].time;
	part->timed = true;
	part->address = crash->call[i].site;
	part->has_address = true;
	if (!crash->names)
		return;
	part->site = crash->names->call[i];
	part->name = crash->names->api[i];
	if (!strncmp(part->name, wrapper, sizeof(wrapper) - 1))
		part->name += sizeof(wrapper) - 1;
}

static void step_part(const struct suture_crash *crash, unsigned int i,
		      struct suture_crash_part *part)
{
	const struct suture_crash_step *step = &crash->step[i];

	part->name = step->name;
	part->text = step->text[0] ? step->text : "under way";
	part->device = step->device[0] ? step->device : NULL;
	part->began = step->began;
	part->took = step->took;
	part->timed = true;
}

#define SECTIONS 7

static const struct {
	const char *name;
	const char *title;
	void (*fill)(const struct suture_crash *crash, unsigned int i,
		     struct suture_crash_part *part);
} sections[SECTIONS] = {
	{ "step", "steps", step_part },
	{ "frame", "stack", frame_part },
	{ "held", "held", lock_part },
	{ "held", "held", count_part },
	{ "call", "calls, the last one first", call_part },
	{ "object", "held by the driver as a whole", object_part },
	{ "register", "registers", register_part },
};

static unsigned int section_size(const struct suture_crash *crash, unsigned int section)
{
	const unsigned int size[SECTIONS] = {
		crash->nsteps, crash->stack.n, crash->nlocks, counts(crash, 0, NULL),
		crash->ncalls, crash->names ? crash->names->nkinds : 0,
		crash->state & SUTURE_CRASH_REGS ? ARRAY_SIZE(registers) : 0,
	};

	return size[section];
}

/**
 * suture_crash_part() - one line of a record
 * @crash:	the record, with its names
 * @i:		which one, from 0
 * @part:	gets it; points into @crash
 *
 * Context: task.
 * Return: false if there is none.
 */
bool suture_crash_part(const struct suture_crash *crash, unsigned int i,
		       struct suture_crash_part *part)
{
	unsigned int section, n;

	for (section = 0; section < SECTIONS; section++, i -= n) {
		n = section_size(crash, section);
		if (i >= n)
			continue;
		memset(part, 0, sizeof(*part));
		part->part = sections[section].name;
		part->title = sections[section].title;
		sections[section].fill(crash, i, part);
		return true;
	}
	return false;
}

/**
 * suture_crash_opcodes() - bytes around the instruction, that one in <>
 * @crash:	the record
 * @buf:	gets the text; empty if there are none
 * @size:	of @buf, at least 1
 */
void suture_crash_opcodes(const struct suture_crash *crash, char *buf, size_t size)
{
	size_t len = 0;
	unsigned int i;

	buf[0] = '\0';
	if (!(crash->state & SUTURE_CRASH_CODED))
		return;
	for (i = crash->code_from; i < SUTURE_CRASH_CODE; i++)
		len += scnprintf(buf + len, size - len, "%s%s%02x%s", len ? " " : "",
				 i == SUTURE_CRASH_CODE_IP ? "<" : "", crash->code[i],
				 i == SUTURE_CRASH_CODE_IP ? ">" : "");
}

/* Text that grows in a buffer of a given size. */
struct text {
	char *buf;
	size_t size;
	size_t len;
};

static __printf(2, 3) void say(struct text *text, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	text->len += vscnprintf(text->buf + text->len, text->size - text->len, fmt, args);
	va_end(args);
}

static void say_string(struct text *text, const char *key, const char *value)
{
	if (value && value[0])
		say(text, "%s: %s\n", key, value);
}

static void say_head(struct text *text, const struct suture_crash *crash)
{
	time64_t time = div_u64(crash->time, NSEC_PER_SEC);
	char code[SUTURE_CRASH_CODE * 3 + 3];

	suture_crash_opcodes(crash, code, sizeof(code));
	say(text, "Suture: record of a crash\nnumber: %llu\ntime: %ptTs UTC\n", crash->id, &time);
	say_string(text, "driver", crash->driver);
	say_string(text, "rule", crash->rule);
	say_string(text, "what", crash->text);
	say_string(text, "outcome", crash->outcome[0] ? crash->outcome : "not known yet");
	if (crash->names)
		say_string(text, "site", crash->names->site);
	say_string(text, "entry", crash->entry);
	say_string(text, "role", crash->role);
	say(text, "context: %s, cpu %u, %s[%u]\n", crash->context, crash->cpu, crash->comm,
	    crash->pid);
	say_string(text, "device", crash->device);
	if (crash->names) {
		say_string(text, "module version", crash->names->version);
		say_string(text, "module srcversion", crash->names->srcversion);
		say_string(text, "module build id", crash->names->build_id);
	}
	say(text, "kernel: %s %s\n", init_utsname()->release, init_utsname()->version);
	if (crash->state & SUTURE_CRASH_FAULT)
		say(text, "address: %#lx\n", crash->address);
	say_string(text, "code", code);
}

static void say_time(struct text *text, const char *key, u64 ns)
{
	u32 rest = do_div(ns, NSEC_PER_USEC);

	say(text, " %s %llu.%03u us", key, ns, rest);
}

static void say_part(struct text *text, const struct suture_crash_part *part)
{
	const char *name = part->name ?: part->where ?: part->part;

	say(text, "%s:", name);
	if (part->unsure)
		say(text, " ?");
	if (part->site)
		say(text, " %s", part->site);
	if (part->device)
		say(text, " %s:", part->device);
	if (part->text)
		say(text, " %s,", part->text);
	if (part->has_address)
		say(text, part->site ? " [%#llx]" : " %#llx", part->address);
	if (part->has_count)
		say(text, " %llu", part->count);
	if (part->bytes)
		say(text, ", %llu bytes", part->bytes);
	if (part->timed && part->text) {
		say_time(text, "after", part->began);
		say_time(text, "took", part->took);
	} else if (part->timed) {
		say_time(text, "before:", part->began);
	}
	say(text, "\n");
}

/**
 * suture_crash_text() - a record as text
 * @crash:	the record
 * @buf:	gets the text: lines of "key: value", in sections
 * @size:	of @buf; what does not fit is cut off
 *
 * Context: task.
 * Return: length of the text.
 */
size_t suture_crash_text(const struct suture_crash *crash, char *buf, size_t size)
{
	struct text text = { buf, size };
	struct suture_crash_part part;
	const char *title = "";
	unsigned int i;

	say_head(&text, crash);
	for (i = 0; suture_crash_part(crash, i, &part); i++) {
		if (strcmp(title, part.title))
			say(&text, "\n[%s]\n", part.title);
		title = part.title;
		say_part(&text, &part);
	}
	return text.len;
}
