// SPDX-License-Identifier: GPL-2.0-only
/*
 * arena.c - memory that is freed all at once, and what is built on it: buffers
 * that grow and maps from strings to numbers.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "internal.h"

#define CHUNK_SIZE 65536

struct arena_chunk {
	struct arena_chunk *next;
	size_t size;
	size_t used;
	/* the memory follows */
};

#define CHUNK_HEAD ((sizeof(struct arena_chunk) + 15) & ~(size_t)15)

/* arena_zalloc() - zeroed memory for @count objects of @size bytes */
void *arena_zalloc(struct arena *arena, size_t count, size_t size)
{
	struct arena_chunk *chunk = arena->chunks;
	size_t need, room;
	uint8_t *memory;

	if (__builtin_mul_overflow(count, size, &need) || need > SIZE_MAX / 2)
		return NULL;
	need = (need + 15) & ~(size_t)15;
	if (!chunk || chunk->size - chunk->used < need) {
		room = need > CHUNK_SIZE / 4 ? need : CHUNK_SIZE;
		chunk = malloc(CHUNK_HEAD + room);
		if (!chunk)
			return NULL;
		chunk->size = room;
		chunk->used = 0;
		/* A large object must not end the use of a half-empty chunk. */
		if (room == need && arena->chunks) {
			chunk->next = arena->chunks->next;
			arena->chunks->next = chunk;
		} else {
			chunk->next = arena->chunks;
			arena->chunks = chunk;
		}
	}
	memory = (uint8_t *)chunk + CHUNK_HEAD + chunk->used;
	chunk->used += need;
	memset(memory, 0, need);
	return memory;
}

char *arena_strdup(struct arena *arena, const char *s)
{
	size_t size = strlen(s) + 1;
	char *copy = arena_zalloc(arena, 1, size);

	if (copy)
		memcpy(copy, s, size);
	return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *text;
	int length;

	va_start(args, format);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (length < 0)
		return NULL;
	text = arena_zalloc(arena, 1, (size_t)length + 1);
	if (!text)
		return NULL;
	va_start(args, format);
	vsnprintf(text, (size_t)length + 1, format, args);
	va_end(args);
	return text;
}

void arena_free(struct arena *arena)
{
	struct arena_chunk *chunk, *next;

	for (chunk = arena->chunks; chunk; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	arena->chunks = NULL;
}

/* buffer_add() - append bytes (zeros if @data is NULL); return where they are */
size_t buffer_add(struct buffer *b, const void *data, size_t size)
{
	size_t at = b->size, capacity;
	uint8_t *grown;

	if (b->failed)
		return 0;
	if (size > b->capacity - b->size) {
		capacity = b->capacity ? b->capacity * 2 : 256;
		while (capacity - b->size < size)
			capacity *= 2;
		grown = arena_zalloc(b->arena, 1, capacity);
		if (!grown) {
			b->failed = true;
			return 0;
		}
		if (b->size)
			memcpy(grown, b->data, b->size);
		b->data = grown;
		b->capacity = capacity;
	}
	if (data && size)
		memcpy(b->data + at, data, size);
	else if (size)
		memset(b->data + at, 0, size);
	b->size += size;
	return at;
}

size_t buffer_string(struct buffer *b, const char *s)
{
	return buffer_add(b, s, strlen(s) + 1);
}

/* buffer_align() - fill up to a multiple of @align */
void buffer_align(struct buffer *b, size_t align, uint8_t fill)
{
	while (b->size % align && !b->failed)
		buffer_add(b, &fill, 1);
}

struct map_slot {
	const char *key;
	uint32_t value;
};

/* FNV-1a. The keys are symbol names: collisions cost time, nothing else. */
static size_t map_hash(const char *key)
{
	uint64_t hash = 0xcbf29ce484222325ull;

	while (*key)
		hash = (hash ^ (uint8_t)*key++) * 0x100000001b3ull;
	return hash ^ hash >> 32;
}

static struct map_slot *map_slot(const struct map *map, const char *key)
{
	size_t i = map_hash(key) & (map->capacity - 1);

	while (map->slots[i].key && strcmp(map->slots[i].key, key))
		i = (i + 1) & (map->capacity - 1);
	return &map->slots[i];
}

static int map_grow(struct map *map)
{
	struct map bigger = *map;
	size_t i;

	bigger.capacity = map->capacity ? map->capacity * 2 : 64;
	bigger.slots = arena_zalloc(map->arena, bigger.capacity, sizeof(*bigger.slots));
	if (!bigger.slots)
		return -ENOMEM;
	for (i = 0; i < map->capacity; i++)
		if (map->slots[i].key)
			*map_slot(&bigger, map->slots[i].key) = map->slots[i];
	*map = bigger;
	return 0;
}

/* map_put() - set the value of @key, whether it is there or not */
int map_put(struct map *map, const char *key, uint32_t value)
{
	struct map_slot *slot;

	if (map->count * 4 >= map->capacity * 3 && map_grow(map))
		return -ENOMEM;
	slot = map_slot(map, key);
	if (!slot->key) {
		slot->key = key;
		map->count++;
	}
	slot->value = value;
	return 0;
}

bool map_get(const struct map *map, const char *key, uint32_t *value)
{
	const struct map_slot *slot;

	if (!map->capacity)
		return false;
	slot = map_slot(map, key);
	if (!slot->key)
		return false;
	if (value)
		*value = slot->value;
	return true;
}
