// SPDX-License-Identifier: GPL-2.0-only
/*
 * dev_sysfs.c - makes attributes of its device twice, removes them when they are gone, or leaves
 * them behind.
 */
#include "edu.h"

static ssize_t speed_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "fast\n");
}

static DEVICE_ATTR_RO(speed);

static struct attribute *attrs[] = { &dev_attr_speed.attr, NULL };

static const struct attribute_group folder = { .name = "edu", .attrs = attrs };
static const struct attribute_group flat = { .attrs = attrs };

static noinline int file_up(void)
{
	return device_create_file(&edu->dev, &dev_attr_speed);
}

static noinline int group_up(const struct attribute_group *group)
{
	return sysfs_create_group(&edu->dev.kobj, group);
}

static noinline int file_twice(void)
{
	int err = device_create_file(&edu->dev, &dev_attr_speed);

	if (!err && device_create_file(&edu->dev, &dev_attr_speed) != -EEXIST)
		err = -EPROTO;
	device_remove_file(&edu->dev, &dev_attr_speed);
	return err;
}

static noinline int group_twice(const struct attribute_group *group)
{
	int err = sysfs_create_group(&edu->dev.kobj, group);

	if (!err && sysfs_create_group(&edu->dev.kobj, group) != -EEXIST)
		err = -EPROTO;
	sysfs_remove_group(&edu->dev.kobj, group);
	return err;
}

static noinline void remove_twice(void)
{
	group_up(&folder);
	sysfs_remove_group(&edu->dev.kobj, &folder);
	sysfs_remove_group(&edu->dev.kobj, &folder);
}

static int bad_do(const char *word)
{
	if (bad_is(word, "file"))
		return file_twice();
	if (bad_is(word, "group"))
		return group_twice(&folder);
	if (bad_is(word, "flat"))
		return group_twice(&flat);
	if (bad_is(word, "leave-file"))
		return file_up();
	if (bad_is(word, "leave-group"))
		return group_up(&folder);
	if (!bad_is(word, "remove"))
		return -EINVAL;
	remove_twice();
	return 0;
}

static int bad_ok(void)
{
	int err = file_up();

	if (err)
		return err;
	device_remove_file(&edu->dev, &dev_attr_speed);
	err = group_up(&folder);
	if (err)
		return err;
	sysfs_remove_group(&edu->dev.kobj, &folder);
	err = group_up(&flat);
	if (!err)
		sysfs_remove_group(&edu->dev.kobj, &flat);
	return err ? err : edu_ok();
}

MODULE_DESCRIPTION("Test: attributes of its device made twice, removed twice, or left");
