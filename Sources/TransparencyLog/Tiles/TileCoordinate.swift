/// Where a tile stands in the tree (C2SP tlog-tiles, "Merkle Tree").
///
/// A tile holds up to 256 hashes of one level: level 0 the leaves, each level above the roots of the
/// full tiles below it. A full tile is 8,192 bytes.
package struct TileCoordinate: Hashable, Sendable {
    /// 0 holds leaves; at most ``maximumLevel``.
    package let level: Int
    /// The how-manieth tile of its level, from 0.
    package let index: UInt64
    /// The number of hashes in it: 256 of a full tile, fewer of the last of a level.
    package let width: Int

    /// The number of hashes in a full tile.
    package static let fullWidth = 256
    /// The levels of the tree that one tile spans.
    package static let height = 8
    /// No tree comes near to a level above it.
    package static let maximumLevel = 7

    package init(level: Int, index: UInt64, width: Int = fullWidth) {
        self.level = level
        self.index = index
        self.width = width
    }

    package var isFull: Bool { width == Self.fullWidth }

    /// The number of bytes of the tile.
    package var size: Int { width * Hash.size }

    /// The number of leaves below one hash of a level.
    package static func leaves(perHashOf level: Int) -> UInt64 { 1 << UInt64(level * height) }

    /// The first hash of the tile among those of its level.
    package var firstHash: UInt64 { index * UInt64(Self.fullWidth) }

    /// The leaves that the tile spans.
    package var leaves: Range<UInt64> {
        let unit = Self.leaves(perHashOf: level)
        return firstHash * unit..<(firstHash + UInt64(width)) * unit
    }

    /// The tile that holds the root of this one, and where in it; meaningful for full tiles.
    package var parent: (level: Int, index: UInt64, column: Int) {
        (level + 1, index >> UInt64(Self.height), Int(index & UInt64(Self.fullWidth - 1)))
    }

    /// The tile of a level and index in the tree of `size` leaves, as wide as it is there; nil where
    /// the tree has no such tile.
    package static func inTree(
        of size: UInt64, level: Int, index: UInt64
    ) -> TileCoordinate? {
        guard (0...maximumLevel).contains(level) else { return nil }
        let hashes = size >> UInt64(level * height)
        guard index <= hashes >> UInt64(height) else { return nil }
        let width = min(hashes - index << UInt64(height), UInt64(fullWidth))
        return width == 0 ? nil : TileCoordinate(level: level, index: index, width: Int(width))
    }

    /// The last tile of each level of the tree of `size` leaves that is not full: the tree's right
    /// edge, the lowest level first.
    package static func partial(in size: UInt64) -> [TileCoordinate] {
        (0...maximumLevel).compactMap { level in
            let hashes = size >> UInt64(level * height)
            let width = Int(hashes & UInt64(fullWidth - 1))
            guard width > 0 else { return nil }
            return TileCoordinate(
                level: level, index: hashes >> UInt64(height), width: width)
        }
    }

    /// The directory and the name of the tile: `0/x001/x234/067`, behind which a partial tile says
    /// its width: `.p/8` (C2SP tlog-tiles, "Merkle Tree").
    package var path: String { isFull ? fullPath : "\(partialDirectory)/\(width)" }

    /// The path that the tile has once it is full.
    package var fullPath: String {
        var parts = [Self.digits(index % 1_000)]
        var rest = index / 1_000
        while rest > 0 {
            parts.append("x" + Self.digits(rest % 1_000))
            rest /= 1_000
        }
        parts.append(String(level))
        return parts.reversed().joined(separator: "/")
    }

    /// Where the tile's partial versions stand, one for each width that was asked for.
    package var partialDirectory: String { fullPath + ".p" }

    private static func digits(_ number: UInt64) -> String {
        let digits = String(number)
        return String(repeating: "0", count: 3 - digits.count) + digits
    }
}
