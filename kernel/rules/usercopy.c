// SPDX-License-Identifier: GPL-2.0-only
/*
 * usercopy.c - copies between user space and the memory that the driver holds.
 *
 * A copy that leaves its object is refused as a whole: the driver gets the answer
 * that it gets for a bad user address, and no byte has been copied.
 *
 * For most copies the kernel's hardened usercopy looks first, and a copy that
 * leaves the allocator's slot ends in BUG(). So its check is wrapped, too.
 */
#include <linux/fs.h>
#include <linux/string.h>
#include <linux/thread_info.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "bounds.h"
#include "rules.h"

static struct suture_rule rule_to = {
	.id = "SEC-CTU",
	.class = "security",
	.contract = "A copy to user space does not read past the end of the object that it starts in.",
	.source = "Documentation/security/self-protection.rst; CWE-125; smatch check_rosenberg_funcs",
	.example = "card->stats = kmalloc(64, GFP_KERNEL);\n"
		   "if (copy_to_user(arg, card->stats, len))\t/* len is from user space: 4096 */\n"
		   "\treturn -EFAULT;\n",
	.look = "The object is the allocation that the address lies in, if its size is certain: it was allocated in the same call, is in quarantine, or the copy leaves the slot of the allocator. For arrays that the compiler knows see MEM-FORTIFY.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{
			.name = "refuse",
			.gives_up = "nothing: nothing is copied, and the call fails as for a bad user address (-EFAULT)",
		},
	},
};

static struct suture_rule rule_from = {
	.id = "SEC-CFU",
	.class = "security",
	.contract = "A copy from user space does not write past the end of the object that it starts in.",
	.source = "Documentation/security/self-protection.rst; CWE-787; smatch check_get_user_overflow",
	.example = "card->config = kmalloc(64, GFP_KERNEL);\n"
		   "if (copy_from_user(card->config, arg, len))\t/* len is from user space: 4096 */\n"
		   "\treturn -EFAULT;\n",
	.look = "The object is the allocation that the address lies in, if its size is certain: it was allocated in the same call, is in quarantine, or the copy leaves the slot of the allocator. For arrays that the compiler knows see MEM-FORTIFY.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{
			.name = "refuse",
			.gives_up = "nothing: nothing is copied, and the call fails as for a bad user address (-EFAULT)",
		},
	},
};

static struct suture_rule *const rules[] = { &rule_to, &rule_from, NULL };

static struct suture_rule *rule_of(bool to_user)
{
	return to_user ? &rule_to : &rule_from;
}

/* Must a copy of @n bytes at @ptr be refused? */
static noinline bool refused(const void *ptr, size_t n, bool to_user, unsigned long site,
			     const char *api)
{
	struct suture_rule *rule = rule_of(to_user);
	struct suture_record record;
	size_t room;

	if (!suture_memory_at(ptr, &record))
		return false;
	if (record.freed && suture_rule_uaf.action != SUTURE_OFF) {
		suture_report(&suture_rule_uaf, SUTURE_DID(suture_rule_uaf, SUTURE_UAF_REFUSE),
			      site, "%s with memory freed at %pS", api, (void *)record.freed);
		if (suture_may(&suture_rule_uaf, SUTURE_UAF_REFUSE, site))
			return true;
	}
	if (rule->action == SUTURE_OFF || !suture_overruns(ptr, n, &record, &room))
		return false;
	suture_report(rule, SUTURE_DID(*rule, 0), site,
		      "%s of %zu bytes at offset %lu of an object of %zu bytes from %pS", api, n,
		      (unsigned long)ptr - record.key, record.size, (void *)record.site);
	if (!suture_may(rule, 0, site))
		return false;
	/* What comes from the user is zero where a copy fails. */
	if (!to_user)
		memset((void *)ptr, 0, room);
	return true;
}

SUTURE_DEFINE(unsigned long, _copy_to_user, void __user *to, const void *from, unsigned long n)
{
	if (unlikely(refused(from, n, true, SUTURE_SITE, "copy_to_user")))
		return n;
	return _copy_to_user(to, from, n);
}
SUTURE_WRAPPER(_copy_to_user);
SUTURE_CHECKED(_copy_to_user);

SUTURE_DEFINE(unsigned long, _copy_from_user, void *to, const void __user *from, unsigned long n)
{
	if (unlikely(refused(to, n, false, SUTURE_SITE, "copy_from_user")))
		return n;
	return _copy_from_user(to, from, n);
}
SUTURE_WRAPPER(_copy_from_user);
SUTURE_CHECKED(_copy_from_user);

SUTURE_DEFINE(size_t, _copy_to_iter, const void *from, size_t n, struct iov_iter *iter)
{
	if (unlikely(refused(from, n, true, SUTURE_SITE, "copy_to_iter")))
		return 0;
	return _copy_to_iter(from, n, iter);
}
SUTURE_WRAPPER(_copy_to_iter);
SUTURE_CHECKED(_copy_to_iter);

SUTURE_DEFINE(size_t, _copy_from_iter, void *to, size_t n, struct iov_iter *iter)
{
	if (unlikely(refused(to, n, false, SUTURE_SITE, "copy_from_iter")))
		return 0;
	return _copy_from_iter(to, n, iter);
}
SUTURE_WRAPPER(_copy_from_iter);
SUTURE_CHECKED(_copy_from_iter);

SUTURE_DEFINE(size_t, _copy_from_iter_nocache, void *to, size_t n, struct iov_iter *iter)
{
	if (unlikely(refused(to, n, false, SUTURE_SITE, "copy_from_iter_nocache")))
		return 0;
	return _copy_from_iter_nocache(to, n, iter);
}
SUTURE_WRAPPER(_copy_from_iter_nocache);
SUTURE_CHECKED(_copy_from_iter_nocache);

/* How far these two get, of what the driver says is there. */
static size_t buffer_end(size_t count, const loff_t *pos, size_t available)
{
	if (*pos < 0 || *pos >= available || !count)
		return 0;
	return *pos + min_t(size_t, count, available - *pos);
}

SUTURE_DEFINE(ssize_t, simple_read_from_buffer,
	      void __user *to, size_t count, loff_t *pos, const void *from, size_t available)
{
	if (unlikely(refused(from, buffer_end(count, pos, available), true, SUTURE_SITE,
			     "simple_read_from_buffer")))
		return -EFAULT;
	return simple_read_from_buffer(to, count, pos, from, available);
}
SUTURE_WRAPPER(simple_read_from_buffer);

SUTURE_DEFINE(ssize_t, simple_write_to_buffer,
	      void *to, size_t available, loff_t *pos, const void __user *from, size_t count)
{
	if (unlikely(refused(to, buffer_end(count, pos, available), false, SUTURE_SITE,
			     "simple_write_to_buffer")))
		return -EFAULT;
	return simple_write_to_buffer(to, available, pos, from, count);
}
SUTURE_WRAPPER(simple_write_to_buffer);

/* ------------------------------------------------------------ hardened usercopy */

/*
 * Does a copy that is wrapped follow on the check at @site? Then that one refuses. A
 * call or jump whose target is one of the wrappers is what it looks like: four bytes do
 * not come to be that by chance. (Hence SUTURE_CHECKED(): the calls go to the wrappers
 * themselves, without a check between.)
 */
static bool copy_follows(unsigned long site)
{
	static const void *const copies[] = {
		SUTURE_W(_copy_to_user), SUTURE_W(_copy_from_user), SUTURE_W(_copy_to_iter),
		SUTURE_W(_copy_from_iter), SUTURE_W(_copy_from_iter_nocache),
	};
	unsigned int at, i;
	u8 code[96];
	s32 distance;

	if (copy_from_kernel_nofault(code, (void *)site, sizeof(code)))
		return false;
	for (at = 0; at + 5 <= sizeof(code); at++) {
		if (code[at] != 0xe8 && code[at] != 0xe9)
			continue;
		memcpy(&distance, code + at + 1, sizeof(distance));
		for (i = 0; i < ARRAY_SIZE(copies); i++)
			if (site + at + 5 + distance == (unsigned long)copies[i])
				return true;
	}
	return false;
}

static noinline bool check_refused(const void *ptr, unsigned long n, bool to_user,
				   unsigned long site)
{
	struct suture_rule *rule = rule_of(to_user);
	struct suture_record record;
	size_t room;

	if (rule->action < SUTURE_REPAIR || !suture_memory_at(ptr, &record) ||
	    !suture_overruns(ptr, n, &record, &room))
		return false;
	return copy_follows(site);
}

SUTURE_DEFINE(void, __check_object_size, const void *ptr, unsigned long n, bool to_user)
{
	if (likely(!check_refused(ptr, n, to_user, SUTURE_SITE)))
		__check_object_size(ptr, n, to_user);
}
SUTURE_WRAPPER(__check_object_size);

/* --------------------------------------------- memory that comes with user's data */

SUTURE_DEFINE(void *, memdup_user, const void __user *from, size_t n)
{
	void *ptr = memdup_user(from, n);

	if (!IS_ERR(ptr))
		suture_memory_forget(ptr);
	return ptr;
}
SUTURE_WRAPPER(memdup_user);

SUTURE_DEFINE(void *, memdup_user_nul, const void __user *from, size_t n)
{
	void *ptr = memdup_user_nul(from, n);

	if (!IS_ERR(ptr))
		suture_memory_forget(ptr);
	return ptr;
}
SUTURE_WRAPPER(memdup_user_nul);

int suture_rules_usercopy_start(void)
{
	suture_rules_add(rules);
	return 0;
}

void suture_rules_usercopy_stop(void)
{
	suture_rules_remove(rules);
}
