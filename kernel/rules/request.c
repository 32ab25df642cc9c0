// SPDX-License-Identifier: GPL-2.0-only
/*
 * request.c - requests: started, completed once, and what queue_rq() says of them.
 *
 * A request has the same address in each of its lives. That it is given to the driver is
 * seen at the entries queue_rq() and queue_rqs(); what the driver does to it after that,
 * in the wrappers below. Of a request that came another way only the kernel's own word
 * is taken: a count of references of zero means that nobody has it.
 */
#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/log2.h>

#include <suture/block.h>
#include <suture/class.h>
#include <suture/given.h>
#include "../visit.h"
#include "disk.h"
#include "rules.h"

static struct suture_rule rule_done = {
	.id = "BLK-DONE",
	.class = "block",
	.contract = "Each request is completed exactly once, after being started.",
	.source = "Documentation/block/blk-mq.rst; WARN_ON in blk_mq_start_request(); Klever blk-core:request; LDV 101; SDV DoubleCompletion",
	.example = "if (status & CARD_ERROR)\n"
		   "\tblk_mq_end_request(rq, BLK_STS_IOERR);\n"
		   "blk_mq_end_request(rq, BLK_STS_OK);\t/* a second time after an error */\n",
	.look = "A request that queue_rq() has given back, or that was requeued, may be another one by the time that a late interrupt ends it. Ends in batches are not seen.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "drop", "nothing: the request is not the driver's any more" },
		{ "start", "nothing: the request is started first, which gives it its timeout" },
		{ "skip", "nothing: the request is started already" },
	},
};

static struct suture_rule rule_ret = {
	.id = "BLK-RET",
	.class = "block",
	.contract = "queue_rq() returns one of the documented codes, and busy or an error only for a request that it left alone.",
	.source = "Documentation/block/blk-mq.rst; include/linux/blk_types.h; WARN_ON in blk_status_to_errno(); SDV SpReturnValue",
	.example = "blk_mq_start_request(rq);\n"
		   "blk_mq_end_request(rq, card_do(card, rq));\n"
		   "return card_full(card) ? BLK_STS_RESOURCE : BLK_STS_OK;\t/* rq is gone */\n",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "done", "nothing: 0 is returned, as the request is the driver's no more" },
		{ "error", "the reason: the request ends with BLK_STS_IOERR" },
	},
};

static struct suture_rule rule_freeze = {
	.id = "BLK-FREEZE",
	.class = "block",
	.contract = "Only a queue that is frozen is unfrozen or waited for, and only one that is quiesced is unquiesced.",
	.source = "block/blk-mq.c: WARN_ON in blk_mq_unfreeze_queue() and blk_mq_unquiesce_queue()",
	.example = "if (reset)\n"
		   "\tblk_mq_quiesce_queue(card->queue);\n"
		   "card_setup(card);\n"
		   "blk_mq_unquiesce_queue(card->queue);\t/* also when it was no reset */\n",
	.look = "Seen only when the depth is zero: an imbalance that another quiesce of the queue covers is not.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "drop", "nothing: the queue runs already" },
	},
};

static struct suture_rule *const rules[] = { &rule_done, &rule_ret, &rule_freeze, NULL };

static struct suture_given given[SUTURE_GIVEN_SLOTS];

/**
 * suture_requests_forget() - there are new requests, where others may have been
 *
 * Context: any.
 */
void suture_requests_forget(void)
{
	suture_given_forget(given);
}

/* ------------------------------------------------------------- entries */

static struct request *queued(const struct suture_visit *visit)
{
	return ((const struct blk_mq_queue_data *)visit->arg[1])->rq;
}

/* suture_queue_rq_enter() - the driver gets a request. Context: queue_rq()'s. */
void suture_queue_rq_enter(struct suture_visit *visit)
{
	struct request *rq = queued(visit);

	suture_given_in(suture_given_slot(given, rq), rq);
}

/* suture_queue_rqs_enter() - the driver gets a list of requests. Context: queue_rqs()'s. */
void suture_queue_rqs_enter(struct suture_visit *visit)
{
	typeof(((struct io_comp_batch *)0)->req_list) *list = (void *)visit->arg[0];
	struct request *rq;

	rq_list_for_each(list, rq)
		suture_given_in(suture_given_slot(given, rq), rq);
}

/**
 * suture_queue_rq_leave() - what queue_rq() says of its request
 * @visit:	its visit
 * @ret:	what it returns
 *
 * Context: queue_rq()'s.
 * Return: what the kernel shall get.
 */
long suture_queue_rq_leave(struct suture_visit *visit, long ret)
{
	struct request *rq = queued(visit);
	struct suture_given *slot = suture_given_slot(given, rq);
	blk_status_t status = (__force blk_status_t)ret;
	unsigned long done;

	if (likely(status == BLK_STS_OK))
		return ret;
	/* The kernel takes it back: what the driver does to it from now on is wrong. */
	done = suture_given_out(slot, rq, SUTURE_GIVEN_RETURNED, SUTURE_GIVEN_ALL,
				visit->entry->func);
	if (done && rule_ret.action != SUTURE_OFF) {
		suture_report(&rule_ret, SUTURE_DID(rule_ret, 0), READ_ONCE(slot->site),
			      "status %u for a request that is %s", (__force u8)status,
			      done & SUTURE_GIVEN_RETURNED ? "requeued" : "completed");
		return suture_may(&rule_ret, 0, READ_ONCE(slot->site)) ? (__force u8)BLK_STS_OK :
									 ret;
	}
	if ((__force u8)status > (__force u8)API_BLK_STS_LAST && rule_ret.action != SUTURE_OFF) {
		suture_report(&rule_ret, SUTURE_DID(rule_ret, 1), visit->entry->func,
			      "status %u, which there is not", (__force u8)status);
		if (suture_may(&rule_ret, 1, visit->entry->func))
			return (__force u8)BLK_STS_IOERR;
	}
	return ret;
}

/*
 * Requests that are tried again though the driver is not recovered. A race costs a try.
 */
#define TRIES 5
#define TRIES_WINDOW (60 * HZ)
static struct {
	const struct request *rq;
	unsigned long since;
	unsigned int count;
} tries[64];

static bool again(const struct request *rq)
{
	unsigned int i = hash_ptr((void *)rq, ilog2(ARRAY_SIZE(tries)));

	if (tries[i].rq != rq || time_after(jiffies, tries[i].since + TRIES_WINDOW)) {
		tries[i].rq = rq;
		tries[i].since = jiffies;
		tries[i].count = 0;
	}
	return !blk_rq_is_passthrough((struct request *)rq) && tries[i].count++ < TRIES;
}

/**
 * suture_queue_rq_abandon() - a queue_rq() was unwound
 * @visit:	its visit
 * @failed:	what it returns if the request is still its own
 *
 * Context: queue_rq()'s.
 * Return: what the kernel shall get.
 */
long suture_queue_rq_abandon(struct suture_visit *visit, long failed)
{
	struct request *rq = queued(visit);
	struct suture_given *slot = suture_given_slot(given, rq);

	/* Nothing was noted; nor has the driver done anything. */
	if (!visit->rule)
		return suture_quarantined(visit) ? failed : (__force u8)BLK_STS_RESOURCE;
	if (suture_given_done(slot, rq))
		return (__force u8)BLK_STS_OK;
	if (blk_mq_request_started(rq)) {
		/* The device may have it. The power-cycle takes it from the device. */
		if (suture_recovers(visit))
			return (__force u8)BLK_STS_OK;
	} else if (suture_recovers(visit) || again(rq)) {
		failed = (__force u8)BLK_STS_RESOURCE;
	}
	/* What the device tells the driver later of it, BLK-DONE drops. */
	if (suture_given_out(slot, rq, SUTURE_GIVEN_RETURNED, SUTURE_GIVEN_ALL, visit->site))
		return (__force u8)BLK_STS_OK;
	return failed;
}

/**
 * suture_request_abandon() - a complete() was unwound: its request must end, or begin again
 * @visit:	its visit
 * @failed:	what it returns
 *
 * Context: complete()'s.
 * Return: @failed.
 */
long suture_request_abandon(struct suture_visit *visit, long failed)
{
	struct request *rq = (struct request *)visit->arg[0];

	if (!blk_mq_request_completed(rq) || !atomic_read(&rq->ref) ||
	    suture_given_out(suture_given_slot(given, rq), rq, SUTURE_GIVEN_ENDED,
			     SUTURE_GIVEN_ENDED | SUTURE_GIVEN_RETURNED, visit->site))
		return failed;
	/* How it went the driver did not say. The device has finished with it. */
	if (visit->rule && again(rq))
		blk_mq_requeue_request(rq, true);
	else
		blk_mq_end_request(rq, BLK_STS_IOERR);
	return failed;
}

/* ------------------------------------------------------------ requests */

static const char *what_was_done(unsigned long done)
{
	if (done & SUTURE_GIVEN_RETURNED)
		return "given back";
	return done & SUTURE_GIVEN_ENDED ? "ended" : "completed";
}

/* The driver gives a request back. True if it is not its own. */
static __always_inline bool request_gone(struct request *rq, unsigned long how,
					 unsigned long unless, unsigned long site,
					 const char *api)
{
	struct suture_given *slot = suture_given_slot(given, rq);
	unsigned long done = suture_given_out(slot, rq, how, unless, site);

	if (likely(!done && atomic_read(&rq->ref)))
		return false;
	if (rule_done.action == SUTURE_OFF)
		return false;
	if (done)
		suture_report(&rule_done, SUTURE_DID(rule_done, 0), site,
			      "%s of a request %s at %pS", api, what_was_done(done),
			      (void *)READ_ONCE(slot->site));
	else
		suture_report(&rule_done, SUTURE_DID(rule_done, 0), site,
			      "%s of a request that is not in use", api);
	return suture_may(&rule_done, 0, site);
}

#define END_UNLESS	(SUTURE_GIVEN_ENDED | SUTURE_GIVEN_RETURNED)

SUTURE_DEFINE(void, blk_mq_start_request, struct request *rq)
{
	suture_check_pointer(rq, SUTURE_SITE, "blk_mq_start_request");
	if (unlikely(blk_mq_rq_state(rq) == MQ_RQ_IN_FLIGHT) && rule_done.action != SUTURE_OFF) {
		suture_report(&rule_done, SUTURE_DID(rule_done, 2), SUTURE_SITE,
			      "blk_mq_start_request of a request that is started");
		if (suture_may(&rule_done, 2, SUTURE_SITE))
			return;
	}
	blk_mq_start_request(rq);
}
SUTURE_WRAPPER(blk_mq_start_request);

/* One that the driver got, and works on, without having started it. */
static noinline void start_first(struct request *rq, unsigned long site, const char *api)
{
	if (rule_done.action == SUTURE_OFF ||
	    !suture_given_known(suture_given_slot(given, rq), rq))
		return;
	suture_report(&rule_done, SUTURE_DID(rule_done, 1), site,
		      "%s of a request that was not started", api);
	if (suture_may(&rule_done, 1, site))
		blk_mq_start_request(rq);
}

#define COMPLETE(type, api, dropped)						\
	SUTURE_DEFINE(type, api, struct request *rq)				\
	{									\
		suture_check_pointer(rq, SUTURE_SITE, #api);			\
		if (request_gone(rq, SUTURE_GIVEN_COMPLETED, SUTURE_GIVEN_ALL,	\
				 SUTURE_SITE, #api))				\
			return dropped;						\
		if (unlikely(blk_mq_rq_state(rq) == MQ_RQ_IDLE))		\
			start_first(rq, SUTURE_SITE, #api);			\
		return api(rq);							\
	}									\
	SUTURE_WRAPPER(api)

COMPLETE(void, blk_mq_complete_request, );
/* True: the caller has nothing more to do. */
COMPLETE(bool, blk_mq_complete_request_remote, true);

#define END(api)								\
	SUTURE_DEFINE(void, api, struct request *rq, blk_status_t error)	\
	{									\
		suture_check_pointer(rq, SUTURE_SITE, #api);			\
		if (!request_gone(rq, SUTURE_GIVEN_ENDED, END_UNLESS,		\
				  SUTURE_SITE, #api))				\
			api(rq, error);						\
	}									\
	SUTURE_WRAPPER(api)

END(blk_mq_end_request);
END(__blk_mq_end_request);

SUTURE_DEFINE(void, blk_mq_requeue_request, struct request *rq, bool kick)
{
	suture_check_pointer(rq, SUTURE_SITE, "blk_mq_requeue_request");
	if (!request_gone(rq, SUTURE_GIVEN_RETURNED, END_UNLESS, SUTURE_SITE,
			  "blk_mq_requeue_request"))
		blk_mq_requeue_request(rq, kick);
}
SUTURE_WRAPPER(blk_mq_requeue_request);

/* Of requests that the driver has allocated itself; they may have ended before. */
SUTURE_DEFINE(void, blk_mq_free_request, struct request *rq)
{
	suture_check_pointer(rq, SUTURE_SITE, "blk_mq_free_request");
	if (!request_gone(rq, 0, 0, SUTURE_SITE, "blk_mq_free_request"))
		blk_mq_free_request(rq);
}
SUTURE_WRAPPER(blk_mq_free_request);

/* -------------------------------------------------------------- freeze */

/*
 * The depths count what everybody has done to the queue. One of zero while the driver
 * is about to undo something: then it has not done that before.
 */
static __always_inline bool unbalanced(const int *depth, unsigned long site, const char *api,
				       const char *what)
{
	if (likely(READ_ONCE(*depth) > 0) || rule_freeze.action == SUTURE_OFF)
		return false;
	suture_report(&rule_freeze, SUTURE_DID(rule_freeze, 0), site,
		      "%s of a queue that is not %s", api, what);
	return suture_may(&rule_freeze, 0, site);
}

#define BALANCED(api, depth, what)						\
	SUTURE_DEFINE(void, api, struct request_queue *q)			\
	{									\
		suture_check_pointer(q, SUTURE_SITE, #api);			\
		if (!unbalanced(depth, SUTURE_SITE, #api, what))		\
			api(q);							\
	}									\
	SUTURE_WRAPPER(api)

BALANCED(blk_mq_unfreeze_queue, &q->mq_freeze_depth, "frozen");
BALANCED(blk_mq_unquiesce_queue, &q->quiesce_depth, "quiesced");

/* It would wait for ever. */
SUTURE_DEFINE(void, blk_mq_freeze_queue_wait, struct request_queue *q)
{
	suture_check_pointer(q, SUTURE_SITE, "blk_mq_freeze_queue_wait");
	if (!unbalanced(&q->mq_freeze_depth, SUTURE_SITE, "blk_mq_freeze_queue_wait", "frozen"))
		SUTURE_MAY_BLOCK("blk_mq_freeze_queue_wait", blk_mq_freeze_queue_wait(q));
}
SUTURE_WRAPPER(blk_mq_freeze_queue_wait);

/*
 * A driver that suspends may wait for all that is in flight. In a power-cycle the queue stands
 * still, and what is in flight is done again afterwards.
 */
SUTURE_DEFINE(void, blk_mq_freeze_queue, struct request_queue *q)
{
	suture_check_pointer(q, SUTURE_SITE, "blk_mq_freeze_queue");
	if (!suture_atomic() && suture_block_cycling(q))
		blk_freeze_queue_start(q);
	else
		SUTURE_MAY_BLOCK("blk_mq_freeze_queue", blk_mq_freeze_queue(q));
}
SUTURE_WRAPPER(blk_mq_freeze_queue);

SUTURE_BLOCKING_VOID(blk_mq_quiesce_queue, (struct request_queue *q), (q));

int suture_rules_request_start(void)
{
	suture_rules_add(rules);
	return 0;
}

void suture_rules_request_stop(void)
{
	suture_rules_remove(rules);
}
