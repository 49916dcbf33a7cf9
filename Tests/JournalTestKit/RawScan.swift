package import SegmentLog

/// Every byte of every file below a directory, as it stands and, in segments, decompressed: what
/// somebody finds who reads the disk and asks no library.
package struct RawScan {
    /// The bytes of each file, and behind them what its LZ4 frames hold.
    package private(set) var contents: [String: [UInt8]] = [:]

    /// Reads all files below a directory.
    package init(of fileSystem: any FileSystem, below directory: String) throws {
        for name in try fileSystem.names(in: directory) {
            let path = directory + "/" + name
            if try fileSystem.status(of: path)?.kind == .directory {
                contents.merge(try RawScan(of: fileSystem, below: path).contents) { old, _ in old }
            } else {
                let file = try fileSystem.open(path, .read)
                let bytes = try file.read(file.size(), at: 0)
                contents[path] = bytes + Self.plain(bytes)
            }
        }
    }

    /// The files that hold some bytes.
    package func files(holding pattern: [UInt8]) -> [String] {
        contents.filter { $0.value.span.firstIndex(of: pattern, from: 0) != nil }.map(\.key)
            .sorted()
    }

    /// The files that hold a text.
    package func files(holding text: String) -> [String] { files(holding: Array(text.utf8)) }

    /// What the frames of a segment hold, those included that no table names.
    private static func plain(_ bytes: [UInt8]) -> [UInt8] {
        var plain: [UInt8] = []
        for kind in [SkippableFrame.Kind.blockHeader, .sealedFrameHeader] {
            let signature = SkippableFrame.signature(of: kind)
            var start = 0
            while let found = bytes.span.firstIndex(of: signature, from: start) {
                start = found + 1
                let place: (start: Int, stored: Int, plain: Int)
                if kind == .blockHeader, let block = try? BlockHeader.decode(bytes.span, at: found)
                {
                    place = (found + block.encodedSize, block.storedLength, block.plainLength)
                } else if let frame = try? SealedFrameHeader.decode(bytes.span, at: found) {
                    place = (
                        found + SealedFrameHeader.encodedSize, frame.storedLength,
                        frame.plainLength
                    )
                } else {
                    continue
                }
                let range = place.start..<min(bytes.count, place.start + place.stored)
                if let content = try? LZ4Frame.decompress(
                    bytes.span, at: range, plainLength: place.plain)
                {
                    plain += content.content
                }
            }
        }
        return plain
    }
}
