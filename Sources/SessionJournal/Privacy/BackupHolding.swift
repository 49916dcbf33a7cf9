internal import SegmentLog

/// A backup that still holds what was erased: a generation in a folder that was looked into.
public struct BackupHolding: Sendable, Hashable {
    /// The folder, of a backup or of the archive of a compaction.
    public let folder: String
    /// The generation; 0 for a folder that could not be looked into.
    public let generation: UInt64
    /// When it was made; nil where that is not known.
    public let time: Timestamp?
    /// How many of the erased events it holds.
    public let events: Int
    /// Why nothing is known of it; nil where something is.
    public let problem: String?

    /// What the certificate says of it.
    public var json: JSONValue {
        [
            "folder": .string(folder), "generation": JSONValue(generation),
            "time": JSONValue(time?.description), "events": JSONValue(events),
            "until": "it is removed", "problem": JSONValue(problem),
        ]
    }

    init?(_ json: JSONValue) {
        guard let folder = json["folder"]?.string, let generation = json["generation"]?.unsigned
        else { return nil }
        self.folder = folder
        self.generation = generation
        time = json["time"]?.string.flatMap { Timestamp($0) }
        events = json["events"]?.count ?? 0
        problem = json["problem"]?.string
    }

    private init(_ folder: String, _ manifest: BackupManifest, events: Int) {
        self.folder = folder
        generation = manifest.generation
        time = manifest.time
        self.events = events
        problem = nil
    }

    init(_ folder: String, generation: UInt64 = 0, problem: String) {
        self.folder = folder
        self.generation = generation
        time = nil
        events = 0
        self.problem = problem
    }

    /// The generations in a folder that hold something of an erasure: every one that was made before
    /// it was finished and goes as far. What cannot be looked into is named, and not passed over.
    static func all(
        in path: String, _ request: RequestedErasure, _ fileSystem: any FileSystem
    ) -> [BackupHolding] {
        let folder = BackupFolder(path: path, fileSystem: fileSystem)
        let numbers: [UInt64]
        do throws(JournalError) {
            numbers = try folder.generations()
        } catch {
            return [BackupHolding(path, generation: 0, problem: error.message)]
        }
        guard !numbers.isEmpty else {
            return [BackupHolding(path, generation: 0, problem: "there is no backup there")]
        }
        return numbers.compactMap { number in
            do throws(JournalError) {
                let manifest = try folder.manifest(number)
                let held = request.events.reduce(0) { sum, range in
                    range.lowerBound > manifest.events
                        ? sum : sum + range.clamped(to: 1...max(1, manifest.events)).count
                }
                return held > 0 ? BackupHolding(path, manifest, events: held) : nil
            } catch {
                return BackupHolding(path, generation: number, problem: error.message)
            }
        }
    }
}
