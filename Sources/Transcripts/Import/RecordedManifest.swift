internal import SessionJournal
internal import TransparencyLog

extension Journal {
    /// How a file was made of pieces, by the `import.finished` event that says so: in the event, or in a
    /// blob that it names. Nil where that cannot be read.
    func fileManifest(at sequence: UInt64) async throws -> FileManifest? {
        guard let event = try await event(at: sequence), event.kind == .importFinished,
            let reader = try? DataReader(event), let value = reader.value("pieces")
        else { return nil }
        guard let blob = BlobName.digest(value["blob"]?.string) else { return FileManifest(value) }
        let size = value["size"]?.integer ?? -1
        guard size >= 0, size <= 1 << 30 else { return nil }
        var bytes: [UInt8] = []
        var count = 0
        for try await event in events(session: .journal, kinds: [.blobStored]) {
            guard let chunk = BlobChunk(event), chunk.blob == blob, chunk.index == count else {
                continue
            }
            bytes += chunk.bytes
            count += 1
        }
        guard Digest(hashing: bytes.span) == blob else { return nil }
        return (try? JSONValue(parsing: bytes.span)).flatMap(FileManifest.init)
    }
}
