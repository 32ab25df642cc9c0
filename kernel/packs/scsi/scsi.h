/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scsi.h - what the parts of the SCSI pack ask of each other.
 */
#ifndef SUTURE_PACK_SCSI_H
#define SUTURE_PACK_SCSI_H

struct scsi_host_template;
struct suture_rule;
struct suture_visit;

/* roles.c */
void suture_scsi_roles(const struct scsi_host_template *template);

/* command.c */
extern struct suture_rule suture_rule_scsi_done, suture_rule_scsi_ret;
void suture_commands_forget(void);
void suture_queuecommand_enter(struct suture_visit *visit);
long suture_queuecommand_leave(struct suture_visit *visit, long ret);
long suture_queuecommand_abandon(struct suture_visit *visit, long failed);

#endif /* SUTURE_PACK_SCSI_H */
