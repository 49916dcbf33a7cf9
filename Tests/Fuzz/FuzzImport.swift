import Foundation
import SessionJournal
import Transcripts

/// Files of hostile bytes that are imported. Whatever is imported comes back byte for byte, adds
/// nothing when it is imported again, and its sessions can be read.
enum FuzzImport {
    private static let folder: String = {
        let path = FileManager.default.temporaryDirectory.path + "/fuzz-\(getpid())"
        try? FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
        return path
    }()

    static func run(_ bytes: [UInt8], _ name: String) {
        let file = folder + "/" + name
        let copy = folder + "/copy"
        try? FileManager.default.removeItem(atPath: copy)
        guard (try? Data(bytes).write(to: URL(fileURLWithPath: file))) != nil else { return }
        waiting {
            let journal = Journal.inMemory()
            let importer = TranscriptImporter(writer: journal.as("user:fuzz"))
            guard let report = try? await importer.importPaths([file]) else { return }
            do {
                for session in report.sessions { _ = try await journal.state(of: session) }
                let again = try await importer.importPaths([file])
                precondition(again.events == again.files.count, "importing again adds something")
                let written = try await OriginalExporter(journal).export(to: copy)
                precondition(written.mismatches.isEmpty, "what was imported does not come back")
            } catch {
                preconditionFailure("what was imported cannot be read: \(error)")
            }
        }
    }
}
