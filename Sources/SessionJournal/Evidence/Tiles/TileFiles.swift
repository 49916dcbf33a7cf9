internal import SegmentLog
internal import TransparencyLog

/// The files of the folder `tiles/`: full tiles by C2SP tlog-tiles, `<level>/<index>`, and `edge`,
/// the partial tiles at the tree's right end.
///
/// They are a cache: nothing is synced, nothing that is read is believed, and what cannot be read or
/// written is as good as absent.
struct TileFiles: Sendable {
    let folder: String
    let fileSystem: any FileSystem

    static let folderName = "tiles"

    init(directory: String, fileSystem: any FileSystem) {
        folder = directory + "/" + Self.folderName
        self.fileSystem = fileSystem
    }

    // MARK: Full tiles

    /// The bytes of a full tile; nil where there are not as many as it has.
    func read(_ level: Int, _ index: UInt64) -> [UInt8]? {
        let tile = TileCoordinate(level: level, index: index)
        return bytes(of: tile.fullPath, size: tile.size)
    }

    func write(_ tile: TileCoordinate, _ bytes: [UInt8]) throws(Errno) {
        let path = folder + "/" + tile.fullPath
        do throws(Errno) {
            try write(bytes, to: path)
        } catch {
            guard error == .noSuchFile else { throw error }
            try makeDirectories(of: tile.fullPath)
            try write(bytes, to: path)
        }
    }

    private func write(_ bytes: [UInt8], to path: String) throws(Errno) {
        let isThere = try fileSystem.status(of: path) != nil
        let file = try fileSystem.open(path, isThere ? .update : .create)
        if isThere, try file.size() != bytes.count { try file.truncate(to: 0) }
        try file.write(bytes.span, at: 0)
    }

    /// Removes tiles of level 0, and the edge, which holds leaves too; durably.
    func remove(leafTiles indexes: [UInt64]) throws(Errno) {
        var touched: Set<String> = []
        let paths = indexes.map { TileCoordinate(level: 0, index: $0).fullPath }
        for path in paths + [Self.edgeName, Self.edgeName + SegmentName.asideSuffix] {
            guard try fileSystem.status(of: folder + "/" + path) != nil else { continue }
            try fileSystem.remove(folder + "/" + path)
            let parts = path.split(separator: "/").dropLast()
            touched.insert(([folder] + parts.map(String.init)).joined(separator: "/"))
        }
        for directory in touched.sorted() { try fileSystem.syncDirectory(directory) }
    }

    /// Makes the folders that a path below the tiles' folder needs.
    private func makeDirectories(of path: String) throws(Errno) {
        var directory = folder
        var parts = path.split(separator: "/").dropLast()[...]
        while true {
            if try fileSystem.status(of: directory) == nil {
                try fileSystem.makeDirectory(directory)
            }
            guard let part = parts.popFirst() else { return }
            directory += "/" + part
        }
    }

    private func bytes(of path: String, size: Int) -> [UInt8]? {
        guard let file = try? fileSystem.open(folder + "/" + path, .read),
            let bytes = try? file.read(size + 1, at: 0), bytes.count == size
        else { return nil }
        return bytes
    }

    // MARK: The edge

    /// ```
    /// 0        magic "SJG1"
    /// 4        u32 CRC-32C of what follows
    /// 8        u64 leaves
    /// 16       the partial tiles of a tree of so many leaves, the lowest level first
    /// ```
    private static let edgeName = "edge"
    private static let edgeMagic = Array("SJG1".utf8)
    private static let edgeHeaderSize = 16
    private static let edgeSizeLimit =
        edgeHeaderSize + 8 * TileCoordinate(level: 0, index: 0).size

    /// The partial tiles that were kept; empty where none were.
    func readEdge() -> [TileCoordinate: [UInt8]] {
        guard let file = try? fileSystem.open(folder + "/" + Self.edgeName, .read),
            let bytes = try? file.read(Self.edgeSizeLimit, at: 0),
            bytes.count > Self.edgeHeaderSize, bytes.starts(with: Self.edgeMagic)
        else { return [:] }
        var cursor = ByteCursor(Self.edgeMagic.count..<bytes.count)
        let checksum = cursor.u32(bytes.span)
        let content = bytes.span.extracting(cursor.offset..<bytes.count)
        guard CRC32C.checksum(content) == checksum else { return [:] }
        let size = cursor.u64(bytes.span)
        var tiles: [TileCoordinate: [UInt8]] = [:]
        for tile in TileCoordinate.partial(in: size) {
            guard bytes.count - cursor.offset >= tile.size else { return [:] }
            tiles[tile] = cursor.array(tile.size, bytes.span)
        }
        return tiles
    }

    func writeEdge(_ edge: TileEdge) throws(Errno) {
        var content: [UInt8] = []
        content.append(u64: edge.size)
        for tile in edge.partial { content += tile.bytes }
        var bytes = Self.edgeMagic
        bytes.append(u32: CRC32C.checksum(content.span))
        bytes += content
        let path = folder + "/" + Self.edgeName
        let aside = path + SegmentName.asideSuffix
        if try fileSystem.status(of: folder) == nil { try fileSystem.makeDirectory(folder) }
        if try fileSystem.status(of: aside) != nil { try fileSystem.remove(aside) }
        try fileSystem.open(aside, .create).write(bytes.span, at: 0)
        try fileSystem.rename(aside, to: path)
    }
}
