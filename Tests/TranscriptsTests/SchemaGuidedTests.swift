import Foundation
import SessionJournal
import Testing

@testable import Transcripts

/// Dialogues whose state after every user turn is known: what the journal answers must be that.
@Suite struct SchemaGuidedTests {
    /// The folder of the dialogues that come with the project.
    private static let path: String = {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { folder.deleteLastPathComponent() }
        return folder.appendingPathComponent("Fixtures/schema-guided/dialogues.json").path
    }()

    private func run(_ paths: [String]) async throws -> (Journal, ImportReport) {
        let journal = Journal.inMemory()
        let importer = TranscriptImporter(writer: journal.as("user:ada"))
        return (journal, try await importer.importPaths(paths))
    }

    private func dialogues(_ path: String) throws -> [JSONValue] {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        return try JSONValue(parsing: bytes.span).array ?? []
    }

    /// The turns of a dialogue with the event at which each is over: that of its last change.
    private func ends(_ dialogue: JSONValue, _ events: [Event]) throws -> [UInt64] {
        let name = dialogue["dialogue_id"]?.string ?? ""
        var ends: [UInt64] = []
        for index in (dialogue["turns"]?.array ?? []).indices {
            let message = try #require(
                try events.first { try $0.data()["message"]?.string == "\(name)/\(index)" })
            let change = events.first { $0.cause == message.sequence }
            ends.append(change?.sequence ?? message.sequence)
        }
        return ends
    }

    /// Asks the journal for the state after every user turn, and who set each slot.
    ///
    /// - Returns: How many user turns there were, and how many values were asked for.
    private func check(
        _ dialogue: JSONValue, in journal: Journal
    ) async throws -> (turns: Int, values: Int) {
        let name = try #require(dialogue["dialogue_id"]?.string)
        let session = try await journal.resolve(name)
        var events: [Event] = []
        for try await event in journal.events(session: session) { events.append(event) }
        let turns = dialogue["turns"]?.array ?? []
        let ends = try ends(dialogue, events)
        var counts = (turns: 0, values: 0)
        // The turn that last stated something else, by field.
        var setBy: [String: (value: JSONValue, turn: Int)] = [:]
        for (index, turn) in turns.enumerated() where turn["speaker"]?.string == "USER" {
            counts.turns += 1
            let point = PointInTime.sequence(ends[index])
            let state = try await journal.state(of: session, at: point)
            #expect(state.tree.messages.last?.id == "\(name)/\(index)")
            let metadata = state.metadata()
            for frame in turn["frames"]?.array ?? [] {
                let service = try #require(frame["service"]?.string)
                let stated = frame["state"]
                #expect(metadata["\(service).active_intent"] == stated?["active_intent"])
                #expect(metadata["\(service).requested_slots"] == stated?["requested_slots"])
                // The slots that have a value are those that are stated, and no others.
                let prefix = "\(service).slots."
                var found: JSONObject = [:]
                for member in metadata where member.name.hasPrefix(prefix) && !member.value.isNull {
                    found.append(String(member.name.dropFirst(prefix.count)), member.value)
                }
                #expect(found == stated?["slot_values"]?.object ?? [:], "\(name) \(index)")
                for slot in stated?["slot_values"]?.object ?? [:] {
                    let field = prefix + slot.name
                    if setBy[field]?.value != slot.value { setBy[field] = (slot.value, index) }
                    counts.values += 1
                }
                // A slot that is stated no more was taken away by this turn.
                for (field, setting) in setBy where field.hasPrefix(prefix) {
                    let slot = String(field.dropFirst(prefix.count))
                    if stated?["slot_values"]?[slot] == nil, !setting.value.isNull {
                        setBy[field] = (.null, index)
                    }
                }
            }
        }
        let blames = try await journal.blame(in: session)
        for (field, setting) in setBy {
            let blame = try #require(blames.first { $0.field == field })
            #expect(blame.origin?.basis == .cause)
            #expect(blame.origin?.message?.id == "\(name)/\(setting.turn)", "\(name) \(field)")
        }
        return counts
    }

    @Test func theStateIsTheOneThatTheDataSetStates() async throws {
        let (journal, report) = try await run([Self.path])
        #expect(report.files.first?.format == "schema-guided-dialogue")
        // Two dialogues, and the file itself.
        #expect(report.sessions.count == 3)
        var turns = 0
        for dialogue in try dialogues(Self.path) {
            turns += try await check(dialogue, in: journal).turns
        }
        #expect(turns == 5)
        let tea = try await journal.resolve("tea-1")
        let history = try await journal.history(of: "Teahouse_1.slots.time", in: tea)
        #expect(history.map(\.value) == [["4 pm"], ["5 pm"], nil])
        // What a turn does not speak of is not touched.
        let intent = try await journal.history(of: "Teahouse_1.active_intent", in: tea)
        #expect(intent.count == 1)
        let tree = try await journal.tree(of: tea)
        #expect(
            tree.messages.map { $0.role?.rawValue } == [
                "user", "assistant", "user", "assistant", "tool", "assistant", "user",
            ])
        #expect(tree.path(ofBranch: "main")?.messages.count == 7)
        let call = tree.messages[3].parts().first
        guard case .toolUse(let use)? = call else {
            Issue.record("no call: \(String(describing: call))")
            return
        }
        #expect(use.name == "BookTable" && use.input == ["time": "5 pm"])
    }

    @Test func theFileComesBackAndIsNotReadTwice() async throws {
        let (journal, _) = try await run([Self.path])
        let target = try Folder()
        let export = try await OriginalExporter(journal).export(to: target.path)
        #expect(export.mismatches.isEmpty && export.files == 1)
        let original = try Data(contentsOf: URL(fileURLWithPath: Self.path))
        #expect(try target.read("dialogues.json") == [UInt8](original))
        // The same file again, and a longer one with the same dialogues.
        let again = try await TranscriptImporter(writer: journal.as("user:ada")).importPaths(
            [Self.path])
        #expect(again.events == 1)
        let before = try await journal.sessionHeads().count
        let folder = try Folder()
        try folder.write("more.json", "\n" + String(decoding: original, as: UTF8.self))
        _ = try await TranscriptImporter(writer: journal.as("user:ada")).importPaths(
            [folder.path + "/more.json"])
        #expect(try await journal.sessionHeads().count == before + 1)
    }

    @Test func whatIsNoDialogueIsKeptAndReadAsFarAsItGoes() async throws {
        let folder = try Folder()
        try folder.write(
            "odd.json",
            """
            [
              {"dialogue_id": "odd-1", "turns": [
                {"speaker": "USER", "frames": [{"state": 4}, 7, {"service": "S", "state": {}}]},
                {"speaker": "SYSTEM", "utterance": 9, "frames": [{"service_call": {}}]},
                3
              ]},
              {"dialogue_id": "odd-1", "turns": [{"speaker": "USER", "utterance": "again"}]},
              {"dialogue_id": "odd\\u0000", "turns": []}, {"turns": []}, 5
            ]

            """)
        let (journal, report) = try await run([folder.path + "/odd.json"])
        #expect(report.sessions.count == 2)
        let tree = try await journal.tree(of: journal.resolve("odd-1"))
        #expect(tree.messages.count == 4)
        #expect(try await journal.verify().verdict == .ok)
        let target = try Folder()
        #expect(try await OriginalExporter(journal).export(to: target.path).mismatches.isEmpty)
        #expect(try target.read("odd.json") == folder.read("odd.json"))
    }

    @Test(.enabled(if: RealData.root != nil)) func everyDialogueOfTheDataSet() async throws {
        let folder = try #require(RealData.root) + "/sgd"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        let paths = names.filter { $0.hasSuffix(".json") }.map { folder + "/" + $0 }
        let (journal, report) = try await run(paths)
        #expect(report.skipped.isEmpty)
        var turns = 0
        var values = 0
        var dialogueCount = 0
        for path in paths {
            for dialogue in try dialogues(path) {
                let counts = try await check(dialogue, in: journal)
                dialogueCount += 1
                turns += counts.turns
                values += counts.values
            }
        }
        #expect(report.sessions.count == dialogueCount + paths.count)
        #expect(dialogueCount > 0 && turns > dialogueCount && values > turns)
    }
}
