// SPDX-License-Identifier: GPL-2.0-only
/*
 * sec_copy.c - copies to and from user space that leave their object, or use one that
 * was freed.
 *
 * The word is WAY-PLACE: "to-fresh", "from-slot". An object that was allocated by another
 * call is not fresh: of it only that is certain which leaves the allocator's slot.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <linux/vmalloc.h>

#include "bad.h"

#define SIZE 100	/* of the object, */
#define SLOT 128	/* of what kmalloc() keeps for it */
#define LARGE (5 * PAGE_SIZE)

static char __user *user;	/* a page of the task's */
static char *object;
static size_t size;

static noinline void allocate(struct timer_list *unused)
{
	object = kmalloc(size, GFP_ATOMIC);
}

/* An object from another call: that of the timer. */
static int allocate_before(size_t n)
{
	size = n;
	object = NULL;
	bad_in_softirq(allocate);
	return object ? 0 : -ENOMEM;
}

static size_t unknown(size_t n)
{
	return (size_t)bad_unknown((void *)n);
}

/* Refused as a whole, and the user's page is as it was? */
static int to_refused(unsigned long left, size_t n)
{
	char there[8];

	if (left != n)
		return -EPROTO;
	if (copy_from_user(there, user, sizeof(there)) || memchr_inv(there, 'u', sizeof(there)))
		return -EPROTO;
	return 0;
}

/* Refused, what is the object's is zero, and what is behind it as it was? */
static int from_refused(unsigned long left, size_t n, size_t offset, size_t end, size_t behind)
{
	if (left != n || memchr_inv(object, 'o', offset) ||
	    memchr_inv(object + offset, 0, end - offset) ||
	    memchr_inv(object + end, 'o', behind - end))
		return -EPROTO;
	return 0;
}

static noinline int to_user(size_t offset, size_t n)
{
	n = unknown(n);
	return to_refused(copy_to_user(user, object + offset, n), n);
}

/* The compiler knows the size, so the kernel's own check is not asked. */
static noinline int to_user_constant(void)
{
	return to_refused(copy_to_user(user, bad_unknown(object), 2 * SLOT), 2 * SLOT);
}

static noinline int from_user(size_t offset, size_t n, size_t end, size_t behind)
{
	n = unknown(n);
	return from_refused(copy_from_user(object + offset, user, n), n, offset, end, behind);
}

static noinline int to_iter(void)
{
	char there[2 * SLOT];
	struct kvec vec = { .iov_base = there, .iov_len = sizeof(there) };
	struct iov_iter iter;

	there[0] = 't';
	iov_iter_kvec(&iter, READ, &vec, 1, sizeof(there));
	if (copy_to_iter(object, unknown(sizeof(there)), &iter) || there[0] != 't')
		return -EPROTO;
	return 0;
}

static noinline int read_buffer(void)
{
	loff_t pos = 10;

	if (simple_read_from_buffer(user, PAGE_SIZE, &pos, object, unknown(2 * SLOT)) != -EFAULT)
		return -EPROTO;
	return to_refused(0, 0);
}

static noinline int write_buffer(void)
{
	loff_t pos = 10;

	if (simple_write_to_buffer(object, unknown(2 * SLOT), &pos, user, PAGE_SIZE) != -EFAULT)
		return -EPROTO;
	return 0;
}

static noinline int to_user_freed(void)
{
	char *freed = bad_unknown(object);

	kfree(object);
	object = NULL;
	return to_refused(copy_to_user(user, freed, unknown(SIZE)), SIZE);
}

static noinline int from_user_freed(void)
{
	char *freed = bad_unknown(object);

	kfree(object);
	object = NULL;
	return copy_from_user(freed + 4, user, unknown(8)) == 8 ? 0 : -EPROTO;
}

static int copy(const char *word)
{
	if (bad_is(word, "to-fresh"))
		return to_user(0, SIZE + 1);
	if (bad_is(word, "to-middle"))
		return to_user(64, SIZE - 63);
	if (bad_is(word, "to-slot"))
		return to_user(0, SLOT + 1);
	if (bad_is(word, "to-constant"))
		return to_user_constant();
	if (bad_is(word, "to-large"))
		return to_user(PAGE_SIZE, 8 * PAGE_SIZE);
	if (bad_is(word, "to-freed"))
		return to_user_freed();
	if (bad_is(word, "from-fresh"))
		return from_user(0, SIZE + 1, SIZE, SLOT);
	if (bad_is(word, "from-middle"))
		return from_user(64, SIZE - 63, SIZE, SLOT);
	if (bad_is(word, "from-slot"))
		return from_user(0, SLOT + 1, SIZE, SLOT);
	if (bad_is(word, "from-freed"))
		return from_user_freed();
	if (bad_is(word, "iter-slot"))
		return to_iter();
	if (bad_is(word, "read-slot"))
		return read_buffer();
	if (bad_is(word, "write-slot"))
		return write_buffer();
	return -EINVAL;
}

static int page_get(void)
{
	unsigned long at = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, 0);
	char text[64];

	if (IS_ERR_VALUE(at))
		return at;
	user = (char __user *)at;
	memset(text, 'u', sizeof(text));
	return copy_to_user(user, text, sizeof(text)) ? -EFAULT : 0;
}

static int bad_do(const char *word)
{
	const char *place = strchr(word, '-');
	int err;

	if (!place)
		return -EINVAL;
	err = page_get();
	if (err)
		return err;
	if (bad_is(place, "-slot") || bad_is(place, "-constant")) {
		err = allocate_before(SIZE);
	} else if (bad_is(place, "-large")) {
		err = allocate_before(LARGE);
	} else {
		object = kmalloc(unknown(SIZE), GFP_KERNEL);
		err = object ? 0 : -ENOMEM;
	}
	if (!err) {
		/* What kmalloc() keeps behind the object is nobody's. */
		OPTIMIZER_HIDE_VAR(object);
		memset(object, 'o', unknown(SIZE));
		memset(object + SIZE, 'o', bad_is(place, "-large") ? 0 : SLOT - SIZE);
		err = copy(word);
	}
	kfree(object);
	vm_munmap((unsigned long)user, PAGE_SIZE);
	return err;
}

/* As much as there is; and what is not certain to be wrong. */
static int bad_ok(void)
{
	char *area;
	int err = page_get();

	if (err)
		return err;
	err = allocate_before(SIZE);
	if (err)
		return err;
	if (copy_from_user(object, user, unknown(SIZE)) ||
	    copy_to_user(user, object, unknown(SIZE)) ||
	    copy_to_user(user, object + 64, unknown(SIZE - 64)) ||
	    copy_to_user(user, object, unknown(SLOT)))
		err = -EBUSY;
	kfree(object);
	area = vmalloc(SIZE);
	if (!area || copy_from_user(area, user, unknown(SIZE)))
		err = -EBUSY;
	vfree(area);
	vm_munmap((unsigned long)user, PAGE_SIZE);
	return err;
}

MODULE_DESCRIPTION("Test: user copies that leave their object");
