internal import Glibc

extension Span<UInt8> {
    /// The first byte at or behind `start` that is not zero; nil where all are.
    package func firstNonZero(from start: Int) -> Int? {
        withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress, start < bytes.count else { return nil }
            if base[start] != 0 { return start }
            // All are zero exactly if each is as its predecessor, and the first is zero.
            let rest = bytes.count - start - 1
            if memcmp(base + start, base + start + 1, rest) == 0 { return nil }
            var at = start
            while at < bytes.count, base[at] == 0 { at += 1 }
            return at
        }
    }

    /// Where `pattern` stands first at or behind `start`; nil where it does not.
    package func firstIndex(of pattern: [UInt8], from start: Int) -> Int? {
        withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return nil }
            var at = start
            while at + pattern.count <= bytes.count {
                let rest = bytes.count - pattern.count + 1 - at
                guard let found = memchr(base + at, Int32(pattern[0]), rest) else { return nil }
                at = UnsafeRawPointer(found) - base
                if memcmp(base + at, pattern, pattern.count) == 0 { return at }
                at += 1
            }
            return nil
        }
    }
}

extension UnsafeRawPointer {
    fileprivate subscript(offset: Int) -> UInt8 { load(fromByteOffset: offset, as: UInt8.self) }
}
