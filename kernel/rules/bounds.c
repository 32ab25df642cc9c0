// SPDX-License-Identifier: GPL-2.0-only
/*
 * bounds.c - copies that leave the object that they are made in.
 *
 * Memory that a driver allocated may be freed by the kernel behind its back, and
 * the place be used for something larger. So a record's size alone proves
 * nothing: a copy is called too long if the object was allocated during this very
 * visit, if it is in quarantine (then nobody else can have it), or if the copy
 * leaves the slot of the allocator, whose size is asked of the memory itself.
 *
 * Strings are looked at everywhere, memcpy() and its like only where the caller
 * may be preempted: receive and transmit paths pay one test.
 */
/* The wrappers pass on what they get; the driver's copy of the checks has run. */
#define __NO_FORTIFY

#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "../visit.h"
#include "bounds.h"
#include "rules.h"

static struct suture_rule rule_bound = {
	.id = "MEM-COPYBOUND",
	.class = "memory",
	.contract = "What copies memory or text stays inside the object that it reads or writes.",
	.source = "CWE-787, CWE-125; smatch check_memcpy_overflow, check_strcpy_overflow, check_sprintf_overflow; SDV SafeStrings",
	.example = "card->name = kmalloc(8, GFP_KERNEL);\n"
		   "strcpy(card->name, \"ethernet card\");\t/* 14 bytes into 8 */\n",
	.look = "The object is the allocation that the address lies in, if its size is certain: it was allocated in the same call, is in quarantine, or the copy leaves the slot of the allocator. memcpy() and its like are looked at only where the caller may be preempted.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{
			.name = "clamp",
			.gives_up = "the bytes that have no room: the copy ends with the object, a text with its NUL in it",
		},
	},
};

struct suture_rule suture_rule_uaf = {
	.id = "MEM-UAF",
	.class = "memory",
	.contract = "Memory that was freed is not used any more.",
	.source = "Documentation/dev-tools/kasan.rst; Klever memory safety; CWE-416",
	.example = "kfree(card->rx);\n"
		   "memcpy(buf, card->rx, len);\t/* freed */\n",
	.look = "Seen while the object is in quarantine (the last 256 of a driver, 512 KiB at most), and in calls only: a load or store in the driver itself is not seen.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "keep", "nothing yet: the object is in quarantine and nobody else has it" },
		{ "refuse", "nothing: the call fails as it does for a bad address" },
	},
};

static struct suture_rule *const rules[] = { &rule_bound, &suture_rule_uaf, NULL };

/* ------------------------------------------------- what is certain of an object */

static DEFINE_PER_CPU(u8, serial);

/* A number that this visit shares with none near it. */
static u8 serial_of(struct suture_visit *v)
{
	u8 mine = v->marks >> 8;

	if (!mine) {
		mine = raw_cpu_inc_return(serial) ?: 1;
		v->marks |= mine << 8;
	}
	return mine;
}

static unsigned long now_stamp(struct suture_visit *v)
{
	unsigned long now = jiffies;

	return now << 8 | serial_of(v);
}

/**
 * suture_now() - a stamp for what is acquired now
 * @v:		the current visit; may be NULL
 * @info:	gets the stamp
 *
 * Context: any but NMI.
 */
void suture_now(struct suture_visit *v, unsigned long info[2])
{
	info[0] = (unsigned long)v;
	info[1] = v ? now_stamp(v) : 0;
}

#define NOW_SPAN (10UL * HZ)

/* Was the object acquired during this very visit? */
static bool acquired_now(const struct suture_record *record)
{
	struct suture_visit *v = suture_visit_current();

	return v && record->info[0] == (unsigned long)v &&
	       now_stamp(v) - record->info[1] < NOW_SPAN << 8 &&
	       (u8)record->info[1] == serial_of(v);
}

/* Size of the object, or of what the allocator keeps for it; 0 if neither is certain. */
static size_t size_of(const struct suture_record *record)
{
	void *base = (void *)record->key;
	struct folio *folio;
	size_t size;

	if (record->freed || acquired_now(record))
		return record->size;
	if (is_vmalloc_addr(base)) {
		/* An area ends with a page that is not mapped. */
		size = PAGE_ALIGN(record->size);
		return vmalloc_to_page(base + size - 1) && !vmalloc_to_page(base + size) ?
		       size : 0;
	}
	folio = virt_to_folio(base);
	if (folio_test_slab(folio)) {
		size = kmalloc_size_roundup(record->size);
		return ksize(base) == size ? size : 0;
	}
	size = PAGE_SIZE << get_order(record->size);
	return folio_address(folio) == base && folio_size(folio) == size ? size : 0;
}

/**
 * suture_overruns() - do bytes leave the object that they start in?
 * @ptr:	where they start
 * @n:		how many there are
 * @record:	the object, from suture_memory_at()
 * @room:	gets how many there is room for, if they do
 *
 * Context: any but NMI.
 * Return: true only if that is certain.
 */
bool suture_overruns(const void *ptr, size_t n, const struct suture_record *record, size_t *room)
{
	size_t offset = (unsigned long)ptr - record->key, size;

	if (likely(n <= record->size - offset))
		return false;
	size = size_of(record);
	if (offset >= size || n <= size - offset)
		return false;
	/* What is too much for the slot is too much for the object. */
	*room = record->size - offset;
	return true;
}

/* ------------------------------------------------------------------ the copies */

static void report(const void *ptr, size_t n, const struct suture_record *record,
		   unsigned long site, const char *api, const char *way)
{
	suture_report(&rule_bound, SUTURE_DID(rule_bound, 0), site,
		      "%s of %zu bytes %s offset %lu of an object of %zu bytes from %pS", api, n,
		      way, (unsigned long)ptr - record->key, record->size, (void *)record->site);
}

/* How many of @n bytes at @ptr may be read or written? */
static size_t bounded(const void *ptr, size_t n, unsigned long site, const char *api,
		      const char *way)
{
	struct suture_record record;
	size_t room;

	if (!suture_memory_at(ptr, &record))
		return n;
	if (record.freed && suture_rule_uaf.action != SUTURE_OFF)
		suture_report(&suture_rule_uaf, SUTURE_DID(suture_rule_uaf, SUTURE_UAF_KEEP), site,
			      "%s %s memory freed at %pS", api, way, (void *)record.freed);
	if (rule_bound.action == SUTURE_OFF || !suture_overruns(ptr, n, &record, &room))
		return n;
	report(ptr, n, &record, site, api, way);
	return suture_may(&rule_bound, 0, site) ? room : n;
}
EXPORT_SYMBOL_GPL(suture_overruns);

static noinline size_t copy_bounded(void *to, const void *from, size_t n, unsigned long site,
				    const char *api)
{
	size_t readable;

	n = bounded(to, n, site, api, "to");
	readable = bounded(from, n, site, api, "from");
	if (unlikely(readable < n))
		memset(to + readable, 0, n - readable);
	return readable;
}

static noinline size_t set_bounded(void *to, size_t n, unsigned long site)
{
	return bounded(to, n, site, "memset", "to");
}

/* The last thing they do is jump: a fault in the copy is then the driver's (leaf.c). */
SUTURE_DEFINE(void *, memcpy, void *to, const void *from, size_t n)
{
	if (likely(n) && !suture_atomic())
		n = copy_bounded(to, from, n, SUTURE_SITE, "memcpy");
	return memcpy(to, from, n);
}
SUTURE_WRAPPER(memcpy);

SUTURE_DEFINE(void *, memmove, void *to, const void *from, size_t n)
{
	if (likely(n) && !suture_atomic())
		n = copy_bounded(to, from, n, SUTURE_SITE, "memmove");
	return memmove(to, from, n);
}
SUTURE_WRAPPER(memmove);

SUTURE_DEFINE(void *, memset, void *to, int byte, size_t n)
{
	if (likely(n) && !suture_atomic())
		n = set_bounded(to, n, SUTURE_SITE);
	return memset(to, byte, n);
}
SUTURE_WRAPPER(memset);

/* ------------------------------------------------------------------------ text */

/**
 * struct text - a text to be written
 * @record:	object that it goes to
 * @fits:	bytes that fit for certain, the NUL among them; SIZE_MAX if unknown
 * @room:	bytes that are the object's own
 */
struct text {
	struct suture_record record;
	size_t fits;
	size_t room;
};

/* What is there for text at @to? */
static noinline void text_begin(struct text *text, const char *to, unsigned long site,
				const char *api)
{
	size_t offset, size;

	text->fits = SIZE_MAX;
	if (rule_bound.action == SUTURE_OFF || !suture_memory_at(to, &text->record))
		return;
	if (text->record.freed && suture_rule_uaf.action != SUTURE_OFF)
		suture_report(&suture_rule_uaf, SUTURE_DID(suture_rule_uaf, SUTURE_UAF_KEEP), site,
			      "%s to memory freed at %pS", api, (void *)text->record.freed);
	offset = (unsigned long)to - text->record.key;
	size = size_of(&text->record);
	if (size <= offset)
		return;
	text->fits = size - offset;
	text->room = text->record.size - offset;
}

/* A text of @n bytes does not fit. Return: may it be cut? */
static bool text_cut(const struct text *text, const char *to, size_t n, unsigned long site,
		     const char *api)
{
	report(to, n, &text->record, site, api, "to");
	return suture_may(&rule_bound, 0, site);
}

/* Copy the start of a text into @n bytes, of which the last is the NUL. */
static void text_copy(char *to, const char *from, size_t n)
{
	memcpy(to, from, n - 1);
	to[n - 1] = '\0';
}

SUTURE_DEFINE(char *, strcpy, char *to, const char *from)
{
	struct text text;

	suture_check_pointer(from, SUTURE_SITE, "strcpy");
	text_begin(&text, to, SUTURE_SITE, "strcpy");
	if (likely(text.fits == SIZE_MAX || strnlen(from, text.fits) < text.fits) ||
	    !text_cut(&text, to, strlen(from) + 1, SUTURE_SITE, "strcpy"))
		return strcpy(to, from);
	text_copy(to, from, text.room);
	return to;
}
SUTURE_WRAPPER(strcpy);
SUTURE_CHECKED(strcpy);

static char *text_append(char *to, const char *from, size_t max, unsigned long site,
			 const char *api)
{
	struct text text;
	size_t used;

	suture_check_pointer(to, site, api);
	suture_check_pointer(from, site, api);
	text_begin(&text, to, site, api);
	used = strnlen(to, text.fits);
	/* Without a NUL in the object there is no place to append to. */
	if (likely(text.fits == SIZE_MAX || used >= text.room ||
		   used + strnlen(from, min(max, text.fits)) < text.fits) ||
	    !text_cut(&text, to, used + strnlen(from, max) + 1, site, api))
		return strncat(to, from, max);
	text_copy(to + used, from, text.room - used);
	return to;
}

SUTURE_DEFINE(char *, strcat, char *to, const char *from)
{
	return text_append(to, from, SIZE_MAX, SUTURE_SITE, "strcat");
}
SUTURE_WRAPPER(strcat);
SUTURE_CHECKED(strcat);

SUTURE_DEFINE(char *, strncat, char *to, const char *from, size_t max)
{
	return text_append(to, from, max, SUTURE_SITE, "strncat");
}
SUTURE_WRAPPER(strncat);
SUTURE_CHECKED(strncat);

/* @max is what there is room for in all, and the result what there should be. */
SUTURE_DEFINE(size_t, strlcat, char *to, const char *from, size_t max)
{
	struct text text;
	size_t used, n;

	suture_check_pointer(to, SUTURE_SITE, "strlcat");
	suture_check_pointer(from, SUTURE_SITE, "strlcat");
	text_begin(&text, to, SUTURE_SITE, "strlcat");
	if (likely(max <= text.fits))
		return strlcat(to, from, max);
	used = strnlen(to, text.fits);
	n = strlen(from);
	if (used >= text.room || used + n < text.fits ||
	    !text_cut(&text, to, min(used + n + 1, max), SUTURE_SITE, "strlcat"))
		return strlcat(to, from, max);
	text_copy(to + used, from, text.room - used);
	return used + n;
}
SUTURE_WRAPPER(strlcat);
SUTURE_CHECKED(strlcat);

/* Writes all of @max bytes, whatever @from is. */
SUTURE_DEFINE(char *, strncpy, char *to, const char *from, size_t max)
{
	struct text text;

	suture_check_pointer(from, SUTURE_SITE, "strncpy");
	text_begin(&text, to, SUTURE_SITE, "strncpy");
	if (likely(max <= text.fits) || !text_cut(&text, to, max, SUTURE_SITE, "strncpy"))
		return strncpy(to, from, max);
	strncpy(to, from, text.room);
	to[text.room - 1] = '\0';
	return to;
}
SUTURE_WRAPPER(strncpy);
SUTURE_CHECKED(strncpy);

/*
 * What follows writes no more than the text: a limit that is too high does harm only if
 * the text is too long, too.
 */
SUTURE_DEFINE(ssize_t, API_STRSCPY, char *to, const char *from, size_t max)
{
	struct text text;
	size_t n;

	suture_check_pointer(from, SUTURE_SITE, "strscpy");
	text_begin(&text, to, SUTURE_SITE, "strscpy");
	if (likely(max <= text.fits))
		return API_STRSCPY(to, from, max);
	n = strnlen(from, max - 1) + 1;
	if (n > text.fits && !text_cut(&text, to, n, SUTURE_SITE, "strscpy"))
		return API_STRSCPY(to, from, max);
	return API_STRSCPY(to, from, n > text.fits ? text.room : text.fits);
}
SUTURE_WRAPPER(API_STRSCPY);
SUTURE_CHECKED(API_STRSCPY);

#ifdef API_STRLCPY
SUTURE_DEFINE(size_t, API_STRLCPY, char *to, const char *from, size_t max)
{
	struct text text;
	size_t n;

	suture_check_pointer(from, SUTURE_SITE, "strlcpy");
	text_begin(&text, to, SUTURE_SITE, "strlcpy");
	if (likely(max <= text.fits))
		return API_STRLCPY(to, from, max);
	n = strnlen(from, max - 1) + 1;
	if (n > text.fits && text_cut(&text, to, n, SUTURE_SITE, "strlcpy"))
		max = text.room;
	return API_STRLCPY(to, from, max);
}
SUTURE_WRAPPER(API_STRLCPY);
SUTURE_CHECKED(API_STRLCPY);
#endif

/* Return: what the function returns; if the text was cut, what is there of it. */
static int text_print(char *to, size_t max, unsigned long site, const char *api, const char *fmt,
		      va_list args)
{
	struct text text;
	va_list again;
	int n;

	text_begin(&text, to, site, api);
	if (likely(max <= text.fits))
		return vsnprintf(to, max, fmt, args);
	va_copy(again, args);
	n = vsnprintf(to, text.fits, fmt, args);
	if (n >= 0 && (size_t)n >= text.fits) {
		if (text_cut(&text, to, min_t(size_t, n + 1, max), site, api)) {
			to[text.room - 1] = '\0';
			n = text.room - 1;
		} else {
			n = vsnprintf(to, max, fmt, again);
		}
	}
	va_end(again);
	return n;
}

SUTURE_DEFINE(int, vsnprintf, char *to, size_t max, const char *fmt, va_list args)
{
	return text_print(to, max, SUTURE_SITE, "vsnprintf", fmt, args);
}
SUTURE_WRAPPER(vsnprintf);

SUTURE_DEFINE(int, vsprintf, char *to, const char *fmt, va_list args)
{
	return text_print(to, INT_MAX, SUTURE_SITE, "vsprintf", fmt, args);
}
SUTURE_WRAPPER(vsprintf);

SUTURE_DEFINE(int, snprintf, char *to, size_t max, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = text_print(to, max, SUTURE_SITE, "snprintf", fmt, args);
	va_end(args);
	return n;
}
SUTURE_WRAPPER(snprintf);

SUTURE_DEFINE(int, sprintf, char *to, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = text_print(to, INT_MAX, SUTURE_SITE, "sprintf", fmt, args);
	va_end(args);
	return n;
}
SUTURE_WRAPPER(sprintf);

int suture_rules_bounds_start(void)
{
	suture_rules_add(rules);
	return 0;
}

void suture_rules_bounds_stop(void)
{
	suture_rules_remove(rules);
}
