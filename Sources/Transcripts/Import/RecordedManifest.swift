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
        guard let bytes = try await bytes(of: blob, blobIndex(of: .journal)) else { return nil }
        return (try? JSONValue(parsing: bytes.span)).flatMap(FileManifest.init)
    }
}
