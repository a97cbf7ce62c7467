# SPDX-License-Identifier: Apache-2.0
"""Reads a store as docs/format.md describes it, with nothing but the standard library and zstd. It
shares no code with mlrepro, so that the document is what both have in common."""

import bisect
import hashlib
import os
import pathlib
import struct

import zstandard

BLOB, TREE, RECIPE, PIECE = range(4)
RAW, ZSTD, ZSTD_PREFIX, GROUPED2, GROUPED4 = range(5)
TREE_PREFIX = b"mlr1\0tree\0"


def crc32c_table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


CRC_TABLE = crc32c_table()


def crc32c(data, before=0):
    value = before ^ 0xFFFFFFFF
    for byte in data:
        value = value >> 8 ^ CRC_TABLE[(value ^ byte) & 0xFF]
    return value ^ 0xFFFFFFFF


def varint(data, at):
    value, shift = 0, 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def ungroup(data, width):
    groups = len(data) // width
    out = bytearray(data)
    for lane in range(width):
        out[lane : groups * width : width] = data[lane * groups : (lane + 1) * groups]
    return bytes(out)


class Pack:
    def __init__(self, path):
        self.data = path.read_bytes()
        assert self.data[:8] == b"MLRPACK1" and self.data[9:16] == bytes(7)
        offset, length, digest, zero, magic = struct.unpack("<QQ32sQ8s", self.data[-64:])
        assert magic == b"MLRPEND1" and zero == 0 and offset + length + 64 == len(self.data)
        footer = self.data[offset : offset + length]
        assert hashlib.sha256(footer).digest() == digest
        assert path.name == digest.hex() + ".pack"
        magic, kind, blocks, records, bases = struct.unpack_from("<8sIIII", footer)
        assert magic == b"MLRINDX1" and kind == self.data[8]
        self.kind = kind
        at = 24
        self.fan_out = struct.unpack_from("<256I", footer, at)
        at += 1024
        self.blocks = [struct.unpack_from("<QIII", footer, at + 20 * i) for i in range(blocks)]
        at += 20 * blocks
        self.records = [struct.unpack_from("<32sIII", footer, at + 44 * i) for i in range(records)]
        at += 44 * records
        self.bases = [struct.unpack_from("<I32s", footer, at + 36 * i) for i in range(bases)]
        assert at + 36 * bases == len(footer)
        self.keys = [record[0] for record in self.records]
        assert self.keys == sorted(self.keys)
        assert all(self.fan_out[b] == bisect.bisect_left(self.keys, bytes([b + 1]) + bytes(31)) for b in range(255))
        self.decoded = {}

    def find(self, key, kinds, depth):
        at = bisect.bisect_left(self.keys, key)
        while at < len(self.keys) and self.keys[at] == key:
            _, block, offset, word = self.records[at]
            if word >> 28 in kinds and self.depth(block) <= depth:
                return block, offset, word & 0xFFFFFFF, word >> 28
            at += 1
        return None

    def depth(self, block):
        return self.data[self.blocks[block][0] + 5]


class Store:
    def __init__(self, folder):
        self.packs = [Pack(path) for path in sorted(pathlib.Path(folder, "objects/packs").iterdir())]

    def find(self, key, *kinds, depth=4):
        """A copy of which the delta is at most so deep."""
        for pack in self.packs:
            place = pack.find(key, kinds, depth)
            if place:
                return pack, place
        raise KeyError(key.hex())

    def record(self, key, *kinds, depth=4):
        pack, (block, offset, length, kind) = self.find(key, *kinds, depth=depth)
        return self.block(pack, block)[offset : offset + length], kind

    def block(self, pack, index):
        if index not in pack.decoded:
            pack.decoded[index] = self.decode(pack, index)
        return pack.decoded[index]

    def decode(self, pack, index):
        offset, length, raw_length, head_crc = pack.blocks[index]
        block = pack.data[offset : offset + length]
        magic, codec, depth, bases, records, raw, stored, crc, effort, own_crc = struct.unpack_from("<4sBBHIIIIII", block)
        head = 32 + 32 * bases + 36 * records
        payload = block[head:]
        assert magic == b"MBLK" and effort <= 22 and raw == raw_length and len(payload) == stored
        assert crc32c(block[32:head], crc32c(block[:28])) == own_crc == head_crc
        assert crc32c(payload) == crc
        keys = [block[32 + 32 * i :][:32] for i in range(bases)]
        assert keys == [key for number, key in pack.bases if number == index]
        assert (depth > 0) == (codec == ZSTD_PREFIX) == bool(keys) and depth <= 4
        rows = [struct.unpack_from("<32sI", block, 32 + 32 * bases + 36 * i) for i in range(records)]
        assert sum(word & 0xFFFFFFF for _, word in rows) == raw
        at = 0
        for key, word in rows:
            assert (key, index, at, word) in pack.records
            at += word & 0xFFFFFFF
        if codec == RAW:
            return payload
        if codec == ZSTD_PREFIX:
            prefix = b"".join(self.record(key, BLOB, PIECE, depth=depth - 1)[0] for key in keys)
            dictionary = zstandard.ZstdCompressionDict(prefix, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
            decompressor = zstandard.ZstdDecompressor(dict_data=dictionary, max_window_size=1 << 30)
        else:
            decompressor = zstandard.ZstdDecompressor()
        content = decompressor.decompress(payload, max_output_size=raw)
        assert len(content) == raw
        if codec in (GROUPED2, GROUPED4):
            content = ungroup(content, 2 if codec == GROUPED2 else 4)
        return content

    def pieces(self, recipe):
        version, nested = recipe[0], recipe[1]
        assert version == 1
        count, at = varint(recipe, 2)
        for _ in range(count):
            length, at = varint(recipe, at)
            key, at = recipe[at : at + 32], at + 32
            content, _ = self.record(key, PIECE)
            assert hashlib.sha256(content).digest() == key
            if nested:
                yield from self.pieces(content)
            else:
                assert len(content) == length
                yield content
        assert at == len(recipe)

    def file(self, key):
        content, kind = self.record(key, BLOB, RECIPE)
        if kind == RECIPE:
            content = b"".join(self.pieces(content))
        assert hashlib.sha256(content).digest() == key
        return content

    def tree(self, key):
        """(name, type, executable, key) of each entry."""
        node, _ = self.record(key, TREE)
        assert hashlib.sha256(TREE_PREFIX + node).digest() == key
        count, at = varint(node, 0)
        for _ in range(count):
            size, at = varint(node, at)
            name, at = node[at : at + size], at + size
            kind, at = node[at], at + 1
            _, at = varint(node, at)
            _, at = varint(node, at)
            yield name, kind & 3, bool(kind & 4), node[at : at + 32]
            at += 32
        assert at == len(node)

    def restore(self, key, target):
        target = os.fsencode(target)
        os.mkdir(target)
        for name, kind, executable, child in self.tree(key):
            path = os.path.join(target, name)
            if kind == 1:
                self.restore(child, path)
            elif kind == 2:
                os.symlink(self.file(child), path)
            else:
                with open(path, "wb") as out:
                    out.write(self.file(child))
                os.chmod(path, 0o755 if executable else 0o644)
