/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scsi.h - what the parts of the SCSI pack ask of each other.
 */
#ifndef SUTURE_PACK_SCSI_H
#define SUTURE_PACK_SCSI_H

struct Scsi_Host;
struct device;
struct scsi_cmnd;
struct scsi_host_template;
struct suture_rule;
struct suture_visit;

/* roles.c */
void suture_scsi_roles(const struct scsi_host_template *template);

/* command.c */
extern struct suture_rule suture_rule_scsi_done, suture_rule_scsi_ret;
void suture_commands_forget(void);
void suture_command_taken(const struct scsi_cmnd *cmd);
void suture_queuecommand_enter(struct suture_visit *visit);
long suture_queuecommand_leave(struct suture_visit *visit, long ret);
long suture_queuecommand_abandon(struct suture_visit *visit, long failed);

/* recovery.c */
void suture_host_added(struct Scsi_Host *host, struct device *dev, unsigned long site);
void suture_host_removed(struct Scsi_Host *host);

#endif /* SUTURE_PACK_SCSI_H */
