// SPDX-License-Identifier: GPL-2.0-only
/*
 * tty.c - terminals and serial ports: what their entries are for.
 */
#include <linux/serial_core.h>
#include <linux/tty.h>
#include <linux/tty_driver.h>
#include <linux/tty_port.h>

#include <suture/rule.h>
#include "../role.h"

#define ROLE(ident, text, value)						\
	static const struct suture_role ident = { .name = text, .failed = (value) }

ROLE(role_tty, "tty", -EIO);
ROLE(role_tty_void, "tty_void", 0);
ROLE(role_uart, "uart", -EIO);
ROLE(role_uart_void, "uart_void", 0);

/* TIOCSER_TEMT: a port that does not answer must not be waited for. */
ROLE(role_uart_empty, "uart_tx_empty", 1);

#define TTY(field, which) { offsetof(struct tty_operations, field), &(which) }
static const struct suture_role_slot tty_slots[] = {
	TTY(install, role_tty),
	TTY(remove, role_tty_void),
	TTY(open, role_tty),
	TTY(close, role_tty_void),
	TTY(shutdown, role_tty_void),
	TTY(cleanup, role_tty_void),
	TTY(write, role_tty),
	TTY(put_char, role_tty_void),
	TTY(flush_chars, role_tty_void),
	TTY(write_room, role_tty_void),
	TTY(chars_in_buffer, role_tty_void),
	TTY(ioctl, role_tty),
	TTY(compat_ioctl, role_tty),
	TTY(set_termios, role_tty_void),
	TTY(throttle, role_tty_void),
	TTY(unthrottle, role_tty_void),
	TTY(stop, role_tty_void),
	TTY(start, role_tty_void),
	TTY(hangup, role_tty_void),
	TTY(break_ctl, role_tty),
	TTY(flush_buffer, role_tty_void),
	TTY(set_ldisc, role_tty_void),
	TTY(wait_until_sent, role_tty_void),
	TTY(send_xchar, role_tty_void),
	TTY(tiocmget, role_tty),
	TTY(tiocmset, role_tty),
	TTY(resize, role_tty),
	TTY(get_icount, role_tty),
	TTY(get_serial, role_tty),
	TTY(set_serial, role_tty),
	TTY(show_fdinfo, role_tty_void),
	TTY(proc_show, role_tty),
};

#define PORT(field, which) { offsetof(struct tty_port_operations, field), &(which) }
static const struct suture_role_slot port_slots[] = {
	PORT(carrier_raised, role_tty_void),
	PORT(dtr_rts, role_tty_void),
	PORT(shutdown, role_tty_void),
	PORT(activate, role_tty),
	PORT(destruct, role_tty_void),
};

#define UART(field, which) { offsetof(struct uart_ops, field), &(which) }
static const struct suture_role_slot uart_slots[] = {
	UART(tx_empty, role_uart_empty),
	UART(set_mctrl, role_uart_void),
	UART(get_mctrl, role_uart_void),
	UART(stop_tx, role_uart_void),
	UART(start_tx, role_uart_void),
	UART(throttle, role_uart_void),
	UART(unthrottle, role_uart_void),
	UART(send_xchar, role_uart_void),
	UART(stop_rx, role_uart_void),
	UART(enable_ms, role_uart_void),
	UART(break_ctl, role_uart_void),
	UART(startup, role_uart),
	UART(shutdown, role_uart_void),
	UART(flush_buffer, role_uart_void),
	UART(set_termios, role_uart_void),
	UART(set_ldisc, role_uart_void),
	UART(pm, role_uart_void),
	UART(type, role_uart_void),
	UART(release_port, role_uart_void),
	UART(request_port, role_uart),
	UART(config_port, role_uart_void),
	UART(verify_port, role_uart),
	UART(ioctl, role_uart),
};

SUTURE_DEFINE(int, tty_register_driver, struct tty_driver *driver)
{
	suture_role_set_ops(driver->ops, tty_slots, ARRAY_SIZE(tty_slots));
	return tty_register_driver(driver);
}
SUTURE_WRAPPER(tty_register_driver);

SUTURE_DEFINE(void, tty_port_link_device,
	      struct tty_port *port, struct tty_driver *driver, unsigned int index)
{
	suture_role_set_ops(port->ops, port_slots, ARRAY_SIZE(port_slots));
	tty_port_link_device(port, driver, index);
}
SUTURE_WRAPPER(tty_port_link_device);

SUTURE_DEFINE(struct device *, tty_port_register_device,
	      struct tty_port *port, struct tty_driver *driver, unsigned int index,
	      struct device *device)
{
	suture_role_set_ops(port->ops, port_slots, ARRAY_SIZE(port_slots));
	return tty_port_register_device(port, driver, index, device);
}
SUTURE_WRAPPER(tty_port_register_device);

SUTURE_DEFINE(int, uart_add_one_port, struct uart_driver *driver, struct uart_port *port)
{
	suture_role_set_ops(port->ops, uart_slots, ARRAY_SIZE(uart_slots));
	return uart_add_one_port(driver, port);
}
SUTURE_WRAPPER(uart_add_one_port);
